import type { Response } from '../../../ocpp/mod.js';
import { elementsOf, Tariffs, type DefaultTariff } from '../tariffs.js';
import type { Handler2x } from './handler.js';
import { evseCharging } from './remote-control.js';

type Assignment = NonNullable<Response<'2.1', 'GetTariffs'>['tariffAssignments']>[number];

/** 2.0.1 I02: the cost so far, for a display that this station does not have. */
export const costUpdated: Handler2x<'CostUpdated'> = () => ({});

/** 2.1 I07. */
export const setDefaultTariff: Handler2x<'SetDefaultTariff'> = ({ station, features }, request) => {
  const { evseId, tariff } = request;
  if (evseId !== 0 && station.evse(evseId) === undefined) return { status: 'Rejected' };
  if (elementsOf(tariff) > Tariffs.MAX_ELEMENTS) return { status: 'TooManyElements' };
  return { status: features.tariffs.setDefault(evseId, tariff) };
};

function assignmentOf({ evseId, tariff }: DefaultTariff): Assignment {
  return {
    tariffId: tariff.tariffId,
    tariffKind: 'DefaultTariff',
    ...(tariff.validFrom === undefined ? {} : { validFrom: tariff.validFrom }),
    evseIds: [evseId],
  };
}

/** 2.1 I09. */
export const getTariffs: Handler2x<'GetTariffs'> = ({ station, features }, { evseId }) => {
  if (evseId !== 0 && station.evse(evseId) === undefined) return { status: 'Rejected' };
  const found = features.tariffs.defaultsOf(evseId);
  if (found.length === 0) return { status: 'NoTariff' };
  return { status: 'Accepted', tariffAssignments: found.map(assignmentOf) };
};

/** 2.1 I10. A result for each id that was asked for; without ids, one for each that is gone, or NoTariff. */
export const clearTariffs: Handler2x<'ClearTariffs'> = ({ features }, { tariffIds, evseId }) => {
  const gone = features.tariffs.clear(tariffIds, evseId);
  const results = (tariffIds ?? gone).map((tariffId) => ({
    tariffId,
    status: gone.includes(tariffId) ? ('Accepted' as const) : ('NoTariff' as const),
  }));
  return { clearTariffsResult: results.length === 0 ? [{ status: 'NoTariff' }] : results };
};

/** 2.1 I11. */
export const changeTransactionTariff: Handler2x<'ChangeTransactionTariff'> = (
  { station, features },
  { transactionId, tariff },
) => {
  if (evseCharging(station, transactionId) === undefined) return { status: 'TxNotFound' };
  if (elementsOf(tariff) > Tariffs.MAX_ELEMENTS) return { status: 'TooManyElements' };
  return { status: features.tariffs.setForTransaction(transactionId, tariff) };
};

/** 2.1 I05: a driver pays on a web page; the EVSE shows it for `timeout` seconds. */
export const notifyWebPaymentStarted: Handler2x<'NotifyWebPaymentStarted'> = () => ({});

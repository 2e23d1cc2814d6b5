import type { Request } from '../../../ocpp/mod.js';
import { certificateRequest } from '../../csr.js';
import type { Evse } from '../../model/evse.js';
import type { Dialect2x } from '../dialect.js';
import { tellFirmware, tellLog, tellPublishing } from './firmware.js';
import type { Handler2x } from './handler.js';

type Wanted = Request<'2.1', 'TriggerMessage'>;
type Answer = ReturnType<Handler2x<'TriggerMessage'>>;
type SignRequest = Request<'2.1', 'SignCertificate'>;

/** Sends the message for the EVSEs that are meant. False: it cannot be sent now. */
type Messenger = (dialect: Dialect2x, evses: readonly Evse[]) => (() => void) | 'Rejected' | 'NotImplemented';

const always =
  (send: (dialect: Dialect2x, evses: readonly Evse[]) => void): Messenger =>
  (dialect, evses) =>
  () =>
    send(dialect, evses);

/** Once accepted, a station does not boot again for this (F06.FR.17). */
const boot: Messenger = ({ station }) =>
  station.registration === 'Accepted' ? 'Rejected' : () => station.session.boot();

const statuses = always((dialect, evses) => {
  for (const evse of evses) {
    dialect.station.session.call('StatusNotification', dialect.statusRequest(evse), { triggered: true });
  }
});

const meterValues = always((dialect, evses) => {
  for (const evse of evses) {
    const request = dialect.meterValuesRequest(evse, 'Trigger');
    dialect.station.session.call('MeterValues', request, { triggered: true });
  }
});

const transactionEvents: Messenger = ({ transactions }, evses) => {
  const charging = evses.filter((evse) => evse.transaction !== undefined);
  if (charging.length === 0) return 'Rejected';
  return () => {
    for (const evse of charging) transactions.sampled(evse, 'Trigger');
  };
};

function sign(certificateType: NonNullable<SignRequest['certificateType']>): Messenger {
  return always(({ station }) => {
    const request: SignRequest = { csr: certificateRequest(station), certificateType };
    station.session.call('SignCertificate', request, { triggered: true });
  });
}

const MESSENGERS: Readonly<Record<Wanted['requestedMessage'], Messenger>> = {
  BootNotification: boot,
  Heartbeat: always(({ station }) => station.session.call('Heartbeat', {}, { triggered: true })),
  StatusNotification: statuses,
  MeterValues: meterValues,
  TransactionEvent: transactionEvents,
  LogStatusNotification: always(({ station }) => tellLog(station, station.jobs.current('log'), true)),
  FirmwareStatusNotification: always(({ station }) =>
    tellFirmware(station, station.jobs.current('firmware'), true),
  ),
  PublishFirmwareStatusNotification: always(({ station }) =>
    tellPublishing(station, station.jobs.current('publish'), [], true),
  ),
  SignChargingStationCertificate: sign('ChargingStationCertificate'),
  SignV2GCertificate: sign('V2GCertificate'),
  SignV2G20Certificate: sign('V2G20Certificate'),
  SignCombinedCertificate: () => 'NotImplemented',
  CustomTrigger: () => 'NotImplemented',
};

/** 2.0.1 F06. */
export const triggerMessage: Handler2x<'TriggerMessage'> = (dialect, request): Answer => {
  const { station } = dialect;
  const evse = request.evse === undefined ? undefined : station.evse(request.evse.id);
  if (request.evse !== undefined && evse === undefined) return { status: 'Rejected' };
  const send = MESSENGERS[request.requestedMessage](dialect, evse === undefined ? station.evses : [evse]);
  if (typeof send === 'string') return { status: send };
  station.afterAnswer(send);
  return { status: 'Accepted' };
};

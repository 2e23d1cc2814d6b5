import { formatTimestamp, type Request } from '../../ocpp/mod.js';
import { samplesOf } from '../charging/samples.js';
import type { Origin, ReadingContext, TransactionWriter } from '../dialect.js';
import type { Configuration } from '../model/configuration.js';
import type { Evse } from '../model/evse.js';
import type { Station } from '../station.js';
import type { IdToken, StopReason } from '../transaction.js';

type MeterValue = Request<'1.6', 'MeterValues'>['meterValue'][number];
type Reason = NonNullable<Request<'1.6', 'StopTransaction'>['reason']>;

/** 1.6 knows the same reasons; its names begin where 2.x went on. */
const REASONS: Readonly<Record<StopReason, Reason>> = {
  Local: 'Local',
  Remote: 'Remote',
  DeAuthorized: 'DeAuthorized',
  EVDisconnected: 'EVDisconnected',
  UnlockCommand: 'UnlockCommand',
  SoftReset: 'SoftReset',
  HardReset: 'HardReset',
  EmergencyStop: 'EmergencyStop',
  PowerLoss: 'PowerLoss',
  Reboot: 'Reboot',
};

/** One reading of a meter in the shape of 1.6: every value is a string. */
export function meterValueOf(
  evse: Evse,
  measurands: string,
  context: ReadingContext,
  now: number,
): MeterValue {
  return {
    timestamp: formatTimestamp(now),
    sampledValue: samplesOf(evse, measurands, now).map((sample) => ({
      value: String(sample.value),
      context,
      measurand: sample.measurand as NonNullable<MeterValue['sampledValue'][number]['measurand']>,
      unit: sample.unit,
    })),
  };
}

/**
 * StartTransaction, MeterValues, StopTransaction (1.6 4.8, 4.7, 4.10). The transaction begins when somebody is authorised
 * and a vehicle is plugged in. Its id is the central system's: messages get it when they are sent.
 */
export class TransactionWriter16 implements TransactionWriter {
  readonly #station: Station;
  readonly #configuration: Configuration;

  constructor(station: Station, configuration: Configuration) {
    this.#station = station;
    this.#configuration = configuration;
  }

  plugged(): void {}

  authorised(evse: Evse, idToken: IdToken, _origin: Origin): void {
    const transaction = this.#station.beginTransaction(evse, { id: undefined, idToken });
    const request: Request<'1.6', 'StartTransaction'> = {
      connectorId: evse.id,
      idTag: idToken.idToken,
      meterStart: Math.floor(transaction.meterStartWh),
      timestamp: formatTimestamp(transaction.startedAt),
      ...(transaction.reservationId === undefined ? {} : { reservationId: transaction.reservationId }),
    };
    this.#station.enqueue(transaction, 'StartTransaction', 'start', request);
  }

  powerChanged(): void {}

  sampled(evse: Evse, context: ReadingContext): void {
    const { transaction } = evse;
    if (transaction === undefined) return;
    const measurands = this.#configuration.value('MeterValuesSampledData');
    const request: Request<'1.6', 'MeterValues'> = {
      connectorId: evse.id,
      meterValue: [meterValueOf(evse, measurands, context, this.#station.clock.now())],
    };
    this.#station.enqueue(transaction, 'MeterValues', 'update', request);
  }

  stopped(evse: Evse, reason: StopReason, idToken: IdToken | undefined): void {
    const { transaction } = evse;
    if (transaction === undefined) return;
    const now = this.#station.clock.now();
    const request: Omit<Request<'1.6', 'StopTransaction'>, 'transactionId'> = {
      meterStop: Math.floor(evse.meter.read(now)),
      timestamp: formatTimestamp(now),
      reason: REASONS[reason],
      ...(idToken === undefined ? {} : { idTag: idToken.idToken }),
    };
    this.#station.enqueue(transaction, 'StopTransaction', 'end', request);
    this.#station.endTransaction(evse);
  }

  unplugged(): void {}
}

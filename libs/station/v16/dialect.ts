import { formatTimestamp, type Request } from '../../ocpp/mod.js';
import type { CommandReply } from '../calls.js';
import type { Dialect, ReadingContext, Tuning } from '../dialect.js';
import { Configuration } from '../model/configuration.js';
import type { Evse } from '../model/evse.js';
import { readMember } from '../payload.js';
import type { Station } from '../station.js';
import type { IdToken, TransactionMessage } from '../transaction.js';
import { runCommand16 } from './commands/table.js';
import { meterValueOf, TransactionWriter16 } from './transactions.js';

/** What the central system's answer must have told before a message can name its transaction (errata 3.18). */
const UNKNOWN_TRANSACTION = -1;

/** The side of a station that speaks OCPP 1.6. */
export class Dialect16 implements Dialect {
  readonly station: Station;
  readonly configuration = new Configuration();
  readonly transactions: TransactionWriter16;
  readonly tuning: Tuning;

  constructor(station: Station) {
    this.station = station;
    this.transactions = new TransactionWriter16(station, this.configuration);
    this.tuning = tuningOf(this.configuration);
    this.configuration.set('NumberOfConnectors', String(station.settings.evses));
  }

  booted(): void {}

  bootRequest(): Request<'1.6', 'BootNotification'> {
    const { vendor, model, serialNumber } = this.station.settings;
    const { firmwareVersion } = this.station;
    return {
      chargePointVendor: vendor,
      chargePointModel: model,
      firmwareVersion,
      ...(serialNumber === undefined ? {} : { chargePointSerialNumber: serialNumber }),
    };
  }

  statusOf(evse: Evse): string {
    return evse.status;
  }

  statusRequest(evse: Evse): Request<'1.6', 'StatusNotification'> {
    return {
      connectorId: evse.id,
      errorCode: evse.status === 'Faulted' ? 'OtherError' : 'NoError',
      status: evse.status,
      timestamp: formatTimestamp(this.station.clock.now()),
    };
  }

  /** Connector 0 is the station itself: Available, Unavailable or Faulted (1.6 4.9). */
  stationStatusRequest(): Request<'1.6', 'StatusNotification'> {
    return {
      connectorId: 0,
      errorCode: 'NoError',
      status: this.station.operative ? 'Available' : 'Unavailable',
      timestamp: formatTimestamp(this.station.clock.now()),
    };
  }

  authorizeRequest(idToken: IdToken): Request<'1.6', 'Authorize'> {
    return { idTag: idToken.idToken };
  }

  authorizationStatus(answer: unknown): string | undefined {
    return textOf(readMember(answer, 'idTagInfo', 'status'));
  }

  meterValuesRequest(evse: Evse, context: ReadingContext): Request<'1.6', 'MeterValues'> {
    const transactionId = evse.transaction?.id;
    const measurands = this.configuration.value('MeterValuesSampledData');
    return {
      connectorId: evse.id,
      ...(typeof transactionId === 'number' ? { transactionId } : {}),
      meterValue: [meterValueOf(evse, measurands, context, this.station.clock.now())],
    };
  }

  finalPayload(message: TransactionMessage): object {
    if (message.part === 'start') return message.payload;
    return { ...message.payload, transactionId: message.transaction.id ?? UNKNOWN_TRANSACTION };
  }

  takeAnswer(message: TransactionMessage, answer: unknown): string | undefined {
    if (message.part === 'start') {
      const id = readMember(answer, 'transactionId');
      if (typeof id === 'number') message.transaction.id = id;
    }
    return this.authorizationStatus(answer);
  }

  command(action: string, payload: unknown): CommandReply {
    return runCommand16(this, action, payload);
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function tuningOf(configuration: Configuration): Tuning {
  return {
    meterIntervalMs: () => configuration.number('MeterValueSampleInterval') * 1000,
    retry: () => ({
      attempts: configuration.number('TransactionMessageAttempts'),
      intervalMs: configuration.number('TransactionMessageRetryInterval') * 1000,
    }),
    authorizeRemoteStart: () => configuration.flag('AuthorizeRemoteTxRequests'),
    stopOnInvalidId: () => configuration.flag('StopTransactionOnInvalidId'),
    allowUnknownOffline: () => configuration.flag('AllowOfflineTxForUnknownId'),
    setHeartbeatSeconds: (seconds) => configuration.set('HeartbeatInterval', String(seconds)),
  };
}

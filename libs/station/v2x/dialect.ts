import { formatTimestamp, type Request } from '../../ocpp/mod.js';
import type { CommandReply } from '../calls.js';
import type { BootReason, Dialect, ReadingContext, Tuning } from '../dialect.js';
import { occupancyOf, type Evse } from '../model/evse.js';
import { Variables } from '../model/variables.js';
import { readMember } from '../payload.js';
import type { Station } from '../station.js';
import type { IdToken, TransactionMessage } from '../transaction.js';
import { runCommand2x } from './commands/table.js';
import { derivedValue } from './derived.js';
import { Features } from './features.js';
import { meterValueOf, TransactionWriter2x } from './transactions.js';

/**
 * The side of a station that speaks OCPP 2.0.1 or 2.1. Where the two differ, 2.1 only adds: what 2.0.1 does not know is
 * never sent to a 2.0.1 central system, because nothing there asks for it.
 */
export class Dialect2x implements Dialect {
  readonly station: Station;
  readonly variables: Variables;
  readonly transactions: TransactionWriter2x;
  readonly tuning: Tuning;
  readonly features: Features;

  constructor(station: Station) {
    this.station = station;
    this.features = new Features(this);
    this.variables = new Variables(station.settings.evses, (variable) => derivedValue(this, variable));
    this.transactions = new TransactionWriter2x(station, this.variables, (transactionId) =>
      this.features.tariffs.forget(transactionId),
    );
    this.tuning = tuningOf(this.variables);
  }

  booted(): void {
    this.features.streams.clear();
    this.features.monitors.restart();
  }

  bootRequest(reason: BootReason): Request<'2.1', 'BootNotification'> {
    const { vendor, model, serialNumber } = this.station.settings;
    const { firmwareVersion } = this.station;
    return {
      reason,
      chargingStation: {
        vendorName: vendor,
        model,
        firmwareVersion,
        ...(serialNumber === undefined ? {} : { serialNumber }),
      },
    };
  }

  statusOf(evse: Evse): string {
    return occupancyOf(evse.status);
  }

  statusRequest(evse: Evse): Request<'2.1', 'StatusNotification'> {
    return {
      timestamp: formatTimestamp(this.station.clock.now()),
      connectorStatus: occupancyOf(evse.status),
      evseId: evse.id,
      connectorId: 1,
    };
  }

  stationStatusRequest(): undefined {
    return undefined;
  }

  authorizeRequest(idToken: IdToken): Request<'2.1', 'Authorize'> {
    return { idToken: { idToken: idToken.idToken, type: idToken.type } };
  }

  authorizationStatus(answer: unknown): string | undefined {
    const status = readMember(answer, 'idTokenInfo', 'status');
    return typeof status === 'string' ? status : undefined;
  }

  meterValuesRequest(evse: Evse, context: ReadingContext): Request<'2.1', 'MeterValues'> {
    const measurands = this.variables.get('AlignedDataCtrlr', 'Measurands');
    return {
      evseId: evse.id,
      meterValue: [meterValueOf(evse, measurands, context, this.station.clock.now())],
    };
  }

  finalPayload(message: TransactionMessage): object {
    return message.payload;
  }

  takeAnswer(_message: TransactionMessage, answer: unknown): string | undefined {
    return this.authorizationStatus(answer);
  }

  command(action: string, payload: unknown): CommandReply {
    return runCommand2x(this, action, payload);
  }
}

function tuningOf(variables: Variables): Tuning {
  return {
    meterIntervalMs: () => variables.number('SampledDataCtrlr', 'TxUpdatedInterval') * 1000,
    retry: () => ({
      attempts: variables.number('OCPPCommCtrlr', 'MessageAttempts'),
      intervalMs: variables.number('OCPPCommCtrlr', 'MessageAttemptInterval') * 1000,
    }),
    authorizeRemoteStart: () => variables.flag('AuthCtrlr', 'AuthorizeRemoteStart'),
    stopOnInvalidId: () => variables.flag('TxCtrlr', 'StopTxOnInvalidId'),
    allowUnknownOffline: () => variables.flag('AuthCtrlr', 'OfflineTxForUnknownIdEnabled'),
    setHeartbeatSeconds: (seconds) => variables.put('OCPPCommCtrlr', 'HeartbeatInterval', String(seconds)),
  };
}

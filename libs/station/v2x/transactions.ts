import { formatTimestamp, type Request } from '../../ocpp/mod.js';
import { samplesOf } from '../charging/samples.js';
import type { Origin, ReadingContext, TransactionWriter } from '../dialect.js';
import type { Evse } from '../model/evse.js';
import type { Variables } from '../model/variables.js';
import type { Station } from '../station.js';
import type { IdToken, StopReason, Transaction } from '../transaction.js';

type TransactionEvent = Request<'2.1', 'TransactionEvent'>;
type MeterValue = NonNullable<TransactionEvent['meterValue']>[number];
type SampledValue = MeterValue['sampledValue'][number];
type StoppedReason = NonNullable<TransactionEvent['transactionInfo']['stoppedReason']>;
type TriggerReason = TransactionEvent['triggerReason'];

const REASONS: Readonly<Record<StopReason, StoppedReason>> = {
  Local: 'Local',
  Remote: 'Remote',
  DeAuthorized: 'DeAuthorized',
  EVDisconnected: 'EVDisconnected',
  UnlockCommand: 'Other',
  SoftReset: 'ImmediateReset',
  HardReset: 'ImmediateReset',
  EmergencyStop: 'EmergencyStop',
  PowerLoss: 'PowerLoss',
  Reboot: 'Reboot',
};

const TRIGGERS: Partial<Record<StopReason, TriggerReason>> = {
  Local: 'StopAuthorized',
  Remote: 'RemoteStop',
  DeAuthorized: 'Deauthorized',
  EVDisconnected: 'EVCommunicationLost',
  UnlockCommand: 'UnlockCommand',
  SoftReset: 'ResetCommand',
  HardReset: 'ResetCommand',
};

/** One reading of a meter in the shape of 2.x. */
export function meterValueOf(
  evse: Evse,
  measurands: string,
  context: NonNullable<SampledValue['context']>,
  now: number,
): MeterValue {
  return {
    timestamp: formatTimestamp(now),
    sampledValue: samplesOf(evse, measurands, now).map((sample) => ({
      value: sample.value,
      context,
      measurand: sample.measurand as NonNullable<SampledValue['measurand']>,
      unitOfMeasure: { unit: sample.unit },
    })),
  };
}

/** What an event says beyond what all of them say. */
interface EventFacts {
  readonly trigger: TriggerReason;
  readonly idToken?: IdToken | undefined;
  readonly stoppedReason?: StoppedReason;
  readonly measurands?: { readonly names: string; readonly context: NonNullable<SampledValue['context']> };
}

/**
 * TransactionEvent (2.0.1 E01 to E12). TxStartPoint and TxStopPoint decide when a transaction begins and ends: with
 * `EVConnected` at the plug, with `Authorized` at the card reader.
 */
export class TransactionWriter2x implements TransactionWriter {
  readonly #station: Station;
  readonly #variables: Variables;
  readonly #ended: (transactionId: string) => void;

  /** @param ended is told of every transaction that is over. */
  constructor(station: Station, variables: Variables, ended: (transactionId: string) => void) {
    this.#station = station;
    this.#variables = variables;
    this.#ended = ended;
  }

  plugged(evse: Evse): void {
    if (!this.#startsAt('EVConnected')) return;
    this.#begin(evse, undefined, undefined);
    this.#write(evse, 'Started', { trigger: 'CablePluggedIn', measurands: this.#startReading() });
  }

  authorised(evse: Evse, idToken: IdToken, origin: Origin): void {
    const trigger = origin.kind === 'remote' ? 'RemoteStart' : 'Authorized';
    if (evse.transaction === undefined) {
      this.#begin(evse, idToken, origin);
      this.#write(evse, 'Started', { trigger, idToken, measurands: this.#startReading() });
      return;
    }
    evse.transaction.idToken = idToken;
    evse.transaction.remoteStartId = origin.kind === 'remote' ? origin.remoteStartId : undefined;
    this.#write(evse, 'Updated', { trigger, idToken });
  }

  powerChanged(evse: Evse): void {
    const { transaction } = evse;
    if (transaction === undefined) return;
    const state = evse.meter.powerW > 0 ? 'Charging' : 'SuspendedEVSE';
    if (transaction.chargingState === state) return;
    transaction.chargingState = state;
    this.#write(evse, 'Updated', { trigger: 'ChargingStateChanged' });
  }

  sampled(evse: Evse, context: ReadingContext): void {
    const names = this.#variables.get('SampledDataCtrlr', 'TxUpdatedMeasurands');
    const trigger = SAMPLE_TRIGGERS[context];
    this.#write(evse, 'Updated', { trigger, measurands: { names, context } });
  }

  stopped(evse: Evse, reason: StopReason, idToken: IdToken | undefined): void {
    const { transaction } = evse;
    if (transaction === undefined) return;
    const trigger = TRIGGERS[reason] ?? 'AbnormalCondition';
    transaction.chargingState = 'EVConnected';
    if (this.#stopsAt('Authorized') || reason === 'SoftReset' || reason === 'HardReset') {
      this.#end(evse, { trigger, idToken, stoppedReason: REASONS[reason] });
    } else {
      this.#write(evse, 'Updated', { trigger, idToken });
    }
  }

  unplugged(evse: Evse): void {
    const { transaction } = evse;
    if (transaction === undefined) return;
    transaction.chargingState = 'Idle';
    const stoppedReason = REASONS[transaction.stopReason ?? 'EVDisconnected'];
    this.#end(evse, { trigger: 'EVCommunicationLost', stoppedReason });
  }

  #startsAt(point: string): boolean {
    return this.#variables.get('TxCtrlr', 'TxStartPoint').split(',').includes(point);
  }

  #stopsAt(point: string): boolean {
    return this.#variables.get('TxCtrlr', 'TxStopPoint').split(',').includes(point);
  }

  #startReading() {
    const names = this.#variables.get('SampledDataCtrlr', 'TxStartedMeasurands');
    return { names, context: 'Transaction.Begin' } as const;
  }

  #begin(evse: Evse, idToken: IdToken | undefined, origin: Origin | undefined): void {
    const { random, clock } = this.#station;
    this.#station.beginTransaction(evse, {
      id: `${clock.now().toString(36)}-${random.text(16)}`,
      idToken,
      remoteStartId: origin?.kind === 'remote' ? origin.remoteStartId : undefined,
    });
  }

  #end(evse: Evse, facts: EventFacts): void {
    const names = this.#variables.get('SampledDataCtrlr', 'TxEndedMeasurands');
    this.#write(evse, 'Ended', { ...facts, measurands: { names, context: 'Transaction.End' } });
    this.#ended(String(evse.transaction?.id));
    this.#station.endTransaction(evse);
  }

  #write(evse: Evse, eventType: TransactionEvent['eventType'], facts: EventFacts): void {
    const { transaction } = evse;
    if (transaction === undefined) return;
    const now = this.#station.clock.now();
    const { idToken, measurands } = facts;
    const request: TransactionEvent = {
      eventType,
      timestamp: formatTimestamp(now),
      triggerReason: facts.trigger,
      seqNo: transaction.nextSeqNo++,
      ...(this.#station.ready ? {} : { offline: true }),
      transactionInfo: this.#info(transaction, facts),
      ...(eventType === 'Started' ? { evse: { id: evse.id, connectorId: 1 } } : {}),
      ...(eventType === 'Started' && transaction.reservationId !== undefined
        ? { reservationId: transaction.reservationId }
        : {}),
      ...(idToken === undefined ? {} : { idToken: { idToken: idToken.idToken, type: idToken.type } }),
      ...(measurands === undefined
        ? {}
        : { meterValue: [meterValueOf(evse, measurands.names, measurands.context, now)] }),
    };
    this.#station.enqueue(transaction, 'TransactionEvent', PARTS[eventType], request);
  }

  #info(transaction: Transaction, facts: EventFacts): TransactionEvent['transactionInfo'] {
    const { id, chargingState, remoteStartId } = transaction;
    const tellsRemoteStart = facts.trigger === 'RemoteStart' && remoteStartId !== undefined;
    return {
      transactionId: String(id),
      chargingState,
      ...(facts.stoppedReason === undefined ? {} : { stoppedReason: facts.stoppedReason }),
      ...(tellsRemoteStart ? { remoteStartId } : {}),
    };
  }
}

const PARTS = { Started: 'start', Updated: 'update', Ended: 'end' } as const;

const SAMPLE_TRIGGERS = {
  'Sample.Periodic': 'MeterValuePeriodic',
  'Sample.Clock': 'MeterValueClock',
  Trigger: 'Trigger',
} as const satisfies Record<ReadingContext, TriggerReason>;

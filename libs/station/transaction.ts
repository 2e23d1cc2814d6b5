import type { CallOutcome } from './outcomes.js';

/** What a driver holds against the reader. `type` is a 2.x IdTokenEnumType. */
export interface IdToken {
  readonly idToken: string;
  readonly type: string;
}

/** One charging transaction, as its station sees it. */
export interface Transaction {
  readonly stationId: string;
  readonly evseId: number;
  /** 2.x: chosen by the station. 1.6: the central system's number, undefined until StartTransaction was answered. */
  id: string | number | undefined;
  /** Undefined until somebody was authorised. */
  idToken: IdToken | undefined;
  /** 2.x: number of the next TransactionEvent. */
  nextSeqNo: number;
  /** 2.x: of the RequestStartTransaction that began it. */
  remoteStartId: number | undefined;
  readonly reservationId: number | undefined;
  readonly startedAt: number;
  readonly meterStartWh: number;
  chargingState: ChargingState;
  /** Why charging was stopped, when the transaction itself goes on until the vehicle leaves. */
  stopReason: StopReason | undefined;
  /** No message will follow. */
  ended: boolean;
  /** Messages that are neither acknowledged nor given up. */
  unsettled: number;
  /** Messages that were given up: the central system will never know them. */
  givenUp: number;
  /** Called once when it has ended and nothing is unsettled. */
  onSettled: (() => void) | undefined;
}

/** TransactionEvent's chargingState, as far as this station gets into them. */
export type ChargingState = 'Idle' | 'EVConnected' | 'Charging' | 'SuspendedEVSE';

/** Why a transaction ends. The names are 2.x's; the 1.6 ones come from a table. */
export type StopReason =
  | 'Local'
  | 'Remote'
  | 'DeAuthorized'
  | 'EVDisconnected'
  | 'UnlockCommand'
  | 'SoftReset'
  | 'HardReset'
  | 'EmergencyStop'
  | 'PowerLoss'
  | 'Reboot';

/**
 * A message of a transaction: it must arrive, in order, also when the station is offline for days. Its content is fixed
 * when it is made, except that a 1.6 message learns its transactionId from the answer to StartTransaction.
 */
export interface TransactionMessage {
  readonly transaction: Transaction;
  readonly action: 'StartTransaction' | 'MeterValues' | 'StopTransaction' | 'TransactionEvent';
  readonly payload: object;
  /** `update` may be dropped when memory runs out (2.0.1 E04.FR.07); the other two never. */
  readonly part: 'start' | 'update' | 'end';
  readonly createdAt: number;
  /** Message id of each transmission. */
  readonly sentAs: string[];
  /** Transmissions that were answered by an error or not at all while the connection stood. */
  failures: number;
  /** How it ended: undefined while it is in the queue. */
  outcome: CallOutcome | { readonly kind: 'given_up' } | undefined;
}

import type { RetryPolicy } from './outbox.js';
import type { Evse } from './model/evse.js';
import type { CommandReply } from './calls.js';
import type { IdToken, StopReason, TransactionMessage } from './transaction.js';

/** Why the station started (2.x BootReasonEnumType; 1.6 does not tell). */
export type BootReason = 'PowerUp' | 'RemoteReset' | 'ScheduledReset' | 'FirmwareUpdate';

/** How a driver was authorised. */
export type Origin =
  { readonly kind: 'local' } | { readonly kind: 'remote'; readonly remoteStartId: number | undefined };

/** Why a meter reading is sent. */
export type ReadingContext = 'Sample.Periodic' | 'Sample.Clock' | 'Trigger';

/** What a station must know of itself, whichever version keeps it where. */
export interface Tuning {
  /** Milliseconds between the meter values of a transaction; 0: none are sent. */
  meterIntervalMs(): number;
  retry(): RetryPolicy;
  /** Ask the central system also for tokens that it sent itself in a remote start. */
  authorizeRemoteStart(): boolean;
  stopOnInvalidId(): boolean;
  /** Charge for anybody while offline, listed or not. */
  allowUnknownOffline(): boolean;
  /** The central system has set the heartbeat interval in its answer to the boot. */
  setHeartbeatSeconds(seconds: number): void;
}

/** What is said differently in 1.6 and 2.x. */
export interface Dialect {
  readonly tuning: Tuning;
  /** The station was accepted after a start: what runs by itself begins anew. */
  booted(): void;
  bootRequest(reason: BootReason): object;
  /** What the central system is told about a connector; equal texts need not be told twice. */
  statusOf(evse: Evse): string;
  statusRequest(evse: Evse): object;
  /** Status of the station as a whole, where the version has one. */
  stationStatusRequest(): object | undefined;
  authorizeRequest(idToken: IdToken): object;
  /** Status in the answer to Authorize; undefined when it cannot be read. */
  authorizationStatus(answer: unknown): string | undefined;
  /** A MeterValues CALL that belongs to no queue. */
  meterValuesRequest(evse: Evse, context: ReadingContext): object;
  /** The payload to be sent now: a 1.6 message gets the transactionId that is known by now. */
  finalPayload(message: TransactionMessage): object;
  /** Takes the answer to a transaction message. The status that it gives the driver's token, if it gives one. */
  takeAnswer(message: TransactionMessage, answer: unknown): string | undefined;
  readonly transactions: TransactionWriter;
  /** Runs the handler of a command whose payload has passed its schema. */
  command(action: string, payload: unknown): CommandReply;
}

/** Turns what happens at an EVSE into transaction messages of one version. */
export interface TransactionWriter {
  plugged(evse: Evse): void;
  authorised(evse: Evse, idToken: IdToken, origin: Origin): void;
  /** Energy flows, or does not any more (a limit of 0 W). */
  powerChanged(evse: Evse): void;
  sampled(evse: Evse, context: ReadingContext): void;
  /** The driver or the central system ends it; `idToken`: whose, when somebody presented one. */
  stopped(evse: Evse, reason: StopReason, idToken: IdToken | undefined): void;
  unplugged(evse: Evse): void;
}

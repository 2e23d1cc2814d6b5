import type { Version } from '../ocpp/mod.js';
import type { CommandReply } from './calls.js';
import type { ConnectionEnd } from './connection.js';
import type { CallOutcome, PeerFault } from './outcomes.js';
import type { Transaction, TransactionMessage } from './transaction.js';

/** Told of everything that a station does, as it happens. One observer may serve any number of stations. */
export interface Observer {
  onOpen?(stationId: string): void;
  /** The connection is gone, or could not be made. */
  onEnd?(stationId: string, end: ConnectionEnd): void;
  /** The answer to a BootNotification. */
  onRegistration?(stationId: string, status: RegistrationStatus): void;
  /** A CALL is on the wire. A repeated transaction message is told again, with the same `message`. */
  onCall?(call: SentCall): void;
  /** How a CALL that was on the wire ended. */
  onAnswer?(call: SentCall, outcome: CallOutcome, roundTripMs: number): void;
  /** A SEND is on the wire. */
  onSend?(stationId: string, action: string, payload: object): void;
  /** A CALL of the central system, and what was answered. */
  onCommand?(command: ReceivedCommand): void;
  onTransaction?(transaction: Transaction, what: TransactionMoment): void;
  onFault?(stationId: string, fault: PeerFault): void;
}

export type RegistrationStatus = 'Accepted' | 'Pending' | 'Rejected';

/** `settled`: ended, and every message of it is acknowledged or given up. */
export type TransactionMoment = 'started' | 'ended' | 'settled';

export interface SentCall {
  readonly stationId: string;
  readonly version: Version;
  readonly id: string;
  readonly action: string;
  readonly payload: object;
  /** Epoch milliseconds by the station's clock. */
  readonly sentAt: number;
  /** Set when the CALL carries a message of a transaction. */
  readonly message: TransactionMessage | undefined;
}

export interface ReceivedCommand {
  readonly stationId: string;
  readonly version: Version;
  readonly id: string;
  readonly action: string;
  readonly payload: unknown;
  readonly reply: CommandReply;
}

import type { Session, TransactionId } from '../client/vocabulary.js';

/** What a message of a driven station is. */
export type Part = 'boot' | 'status' | 'heartbeat' | 'authorize' | 'start' | 'meter' | 'stop';

export interface DrivenTransaction {
  readonly session: Session;
  /** Undefined until the start is acknowledged. */
  id: TransactionId | undefined;
}

/** One message of a station: what it sent, how often, and every answer it got. */
export interface SentMessage {
  readonly part: Part;
  readonly action: string;
  readonly payload: object;
  /** The one that it is about; undefined for parts outside of transactions. */
  readonly transaction?: DrivenTransaction;
  /** When it was sent first, by performance.now(); undefined before. */
  sentAt: number | undefined;
  /** Message id of each transmission. */
  readonly sentAs: string[];
  /** In the order in which they came. */
  readonly answers: Record<string, unknown>[];
}

/** A CALL of the gateway that a station took. */
export interface TakenCommand {
  /** Its message id: the gateway's id of the command. */
  readonly id: string;
  readonly action: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Id of the one that was not answered yet when this one came over the same connection. */
  readonly beside?: string;
}

/** How a station lost a connection and came back. Times by performance.now(), in milliseconds. */
export interface Reconnection {
  readonly closedAt: number;
  /** The WebSocket close code; 1006 when there was none. */
  readonly code: number;
  /** What it waited before each attempt to connect, by its own back-off or a Retry-After. */
  readonly backOffs: number[];
  /** Undefined until it was let in again. */
  backAt: number | undefined;
}

/** What a station wrote down. */
export interface StationRecord {
  readonly stationId: string;
  /** In the order in which they were sent first. */
  readonly messages: readonly SentMessage[];
  readonly commands: readonly TakenCommand[];
  /** What a connection got that it must never get, a line each. */
  readonly strays: readonly string[];
  /** CALLERRORs. */
  readonly errors: readonly unknown[];
}

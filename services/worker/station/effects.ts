import type { CommandOutcome, EventType, Question } from '../../../libs/api/mod.js';
import type { Refusal } from '../../../libs/dispatch/mod.js';
import type { Connection } from '../../../libs/link/mod.js';

/**
 * What a station actor wants done. `event` and `answer` are durable: kept with the state until they are done; they come
 * only with a commit.
 */
export type StationEffect =
  | { readonly type: 'reply'; readonly connection: Connection; readonly id: string; readonly frame: string }
  | OrderEffect
  | ReceivedEffect
  | {
      readonly type: 'close';
      readonly connection: Connection;
      readonly code: number;
      readonly reason: string;
    }
  | { readonly type: 'ask'; readonly askId: string; readonly action: string; readonly question: Question }
  | { readonly type: 'count'; readonly counter: StationCounter }
  /** Tells who handed a message over what became of it. `to`: bus subject. */
  | { readonly type: 'tell'; readonly to: string; readonly word: OwnersWord }
  /** A command that was taken has ended. */
  | { readonly type: 'ended'; readonly outcome: CommandOutcome['status'] }
  | EventEffect
  | { readonly type: 'answer'; readonly reply: string; readonly outcome: CommandOutcome };

/** `taken`: a command is durable here, or known already. `answer`: what a query or a cancel asked for. */
export type OwnersWord = 'taken' | { readonly refused: Refusal } | { readonly answer: unknown };

/** A CALL to the station. */
export interface OrderEffect {
  readonly type: 'order';
  readonly connection: Connection;
  readonly id: string;
  readonly frame: string;
  /** W3C Trace Context of its command, where that is traced. */
  readonly traceparent?: string;
}

/** The answer to CALL `id` has been dealt with. */
export interface ReceivedEffect {
  readonly type: 'received';
  readonly connection: Connection;
  readonly id: string;
  /** 2.1: the answer broke the schema; the CALLRESULTERROR frame that tells the station so. */
  readonly error?: string;
}

export interface EventEffect {
  readonly type: 'event';
  readonly incarnation: number;
  readonly number: number;
  readonly eventType: EventType;
  /** CloudEvents 1.0, structured JSON, UTF-8. */
  readonly json: Uint8Array;
  /** For the log line of the event, if it has one: not kept with the state, so that it is missing after a restart. */
  readonly connectionId?: string;
}

/** Events that get a log line each; the others are too many, and stand in the event log. */
export const LOGGED_EVENTS: ReadonlySet<EventType> = new Set<EventType>([
  'station.connected',
  'station.disconnected',
  'station.booted',
  'transaction.started',
  'transaction.ended',
  'transaction.orphan',
  'transaction.gap',
]);

/** Things worth counting that leave no other trace. */
export type StationCounter =
  | 'repeated_call'
  | 'conflicting_call'
  | 'repeated_transaction_message'
  | 'orphan_transaction_message'
  | 'sequence_gap'
  | 'sequence_reused'
  | 'late_result'
  | 'unknown_result'
  | 'invalid_result'
  | 'refused_before_acceptance'
  | 'stale_connection'
  | 'connection_superseded'
  | 'decision_defaulted'
  | 'decision_invalid'
  | 'late_decision'
  | 'tolerated_timestamp'
  | 'unsupported_action'
  | 'foreign_serial_number';

import type { EventType } from '../../../libs/api/mod.js';
import type { Connection } from '../../../libs/link/mod.js';

/**
 * What a station actor wants done. `event` and `answer` are durable: kept with the state until they are done; they come
 * only with a commit.
 */
export type StationEffect =
  | { readonly type: 'reply'; readonly connection: Connection; readonly id: string; readonly frame: string }
  | { readonly type: 'order'; readonly connection: Connection; readonly id: string; readonly frame: string }
  | ReceivedEffect
  | {
      readonly type: 'close';
      readonly connection: Connection;
      readonly code: number;
      readonly reason: string;
    }
  | { readonly type: 'ask'; readonly askId: string; readonly action: string; readonly question: Question }
  | { readonly type: 'count'; readonly counter: StationCounter }
  /** Tells who forwarded a command that it need not be sent again. */
  | { readonly type: 'accepted'; readonly forwarder: string }
  | EventEffect
  | { readonly type: 'answer'; readonly reply: string; readonly outcome: CommandOutcome };

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
}

/**
 * What a business service is asked. It answers with the response's payload in the station's version, without what
 * only the gateway knows (`transactionId`, `currentTime`); a 1.6 station's `idTagInfo` may also be given as 2.1's
 * `idTokenInfo`.
 */
export interface Question {
  /** The same when the same CALL is asked about again, after a crash. */
  readonly askId: string;
  readonly stationId: string;
  readonly version: string;
  readonly action: string;
  /** False: the station is not in the directory. */
  readonly provisioned: boolean;
  /** OCPP security profile of the connection, 0 to 3. */
  readonly securityProfile: number;
  /** The token that the CALL is about, if it is about one. A 1.6 station does not tell its type. */
  readonly idToken?: { readonly idToken: string; readonly type?: string };
  /** The CALL's payload. */
  readonly payload: unknown;
}

/** How a command ended; exactly one for each. */
export type CommandOutcome =
  | { readonly status: 'result'; readonly payload: unknown }
  | {
      readonly status: 'error';
      readonly code: string;
      readonly description: string;
      readonly details: unknown;
    }
  | {
      readonly status: 'timeout' | 'offline' | 'expired' | 'superseded' | 'refused';
      readonly description: string;
    };

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
  | 'unsupported_action';

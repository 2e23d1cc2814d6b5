/** How a CALL of the station ended. */
export type CallOutcome =
  | { readonly kind: 'result'; readonly payload: unknown }
  | {
      readonly kind: 'error';
      readonly code: string;
      readonly description: string;
      readonly details: unknown;
    }
  /** Answered, but not as the schema wants it. */
  | { readonly kind: 'invalid'; readonly detail: string; readonly payload: unknown }
  | { readonly kind: 'timeout' }
  /** The connection went while the answer was awaited: nobody knows whether the CALL arrived. */
  | { readonly kind: 'lost' }
  /** It never left. */
  | { readonly kind: 'unsent'; readonly why: 'offline' | 'not_accepted' | 'queue_full' };

/** Something that the peer did wrong: a frame that cannot be read, an answer that nobody waits for. */
export interface PeerFault {
  readonly kind: string;
  readonly detail: string;
}

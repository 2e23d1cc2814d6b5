/**
 * Who owns which shard. A lease is granted to one owner at a time, lapses after its ttl unless renewed, and each
 * grant raises the shard's epoch, for ever: also after the lease lapsed, was released, or its owner died.
 * @throws StoreError, each of them: `unavailable`, `refused`, `bad_argument`.
 */
export interface Leases {
  /**
   * Grants the shard if nobody holds it (or `owner` itself does: a new epoch). Never overwrites another's lease.
   * After `unavailable` the lease may have been granted nevertheless.
   */
  acquire(shard: number, owner: string, ttlMs: number): Promise<Grant>;
  /**
   * Extends the lease to `ttlMs` from now. False when this epoch is not the holder's any more: stop at once.
   * After `unavailable` it may have been extended nevertheless.
   */
  renew(shard: number, owner: string, epoch: number, ttlMs: number): Promise<boolean>;
  /**
   * Ends the lease now. False when it was not held. Writes of its epoch are still fenced only by the next grant.
   * After `unavailable` it may have ended nevertheless; else it lapses.
   */
  release(shard: number, owner: string, epoch: number): Promise<boolean>;
}

export type Grant =
  | { readonly granted: true; readonly epoch: number }
  | {
      readonly granted: false;
      readonly holder: string;
      readonly epoch: number;
      readonly remainingMs: number;
    };

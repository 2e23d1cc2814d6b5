/**
 * The workers of a cluster that say they are alive. Only advice on who should own what: leases decide who does.
 * A call that rejects with `unavailable` may have taken effect nevertheless.
 * @throws StoreError, each of them: `unavailable`, `refused`; `bad_argument` for a name or a time that cannot be.
 */
export interface Workers {
  /** Puts `worker` in the set for `ttlMs` from now, or extends its time to that. */
  beat(worker: string, ttlMs: number): Promise<void>;
  /** Takes `worker` out at once, whether or not it is in. */
  leave(worker: string): Promise<void>;
  /** The names of those whose time has not passed, sorted by UTF-16 units. */
  live(): Promise<string[]>;
}

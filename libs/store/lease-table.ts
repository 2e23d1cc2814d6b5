import type { Clock } from '../clock/mod.js';
import type { Grant } from './leases.js';

interface Lease {
  readonly owner: string;
  /** Of the clock's `monotonic`. */
  readonly until: number;
}

/** Leases and epochs of a store that lives in one process: the rules of `Leases`, without waiting. */
export class LeaseTable {
  readonly #clock: Clock;
  readonly #epochs: Float64Array;
  readonly #leases: (Lease | undefined)[];

  /** @param epochs newest epoch granted so far of each shard, 0 for none. Nobody holds a lease at first. */
  constructor(clock: Clock, epochs: Float64Array) {
    this.#clock = clock;
    this.#epochs = epochs;
    this.#leases = new Array<Lease | undefined>(epochs.length).fill(undefined);
  }

  acquire(shard: number, owner: string, ttlMs: number): Grant {
    const now = this.#clock.monotonic();
    const lease = this.#leases[shard];
    if (lease !== undefined && lease.owner !== owner && lease.until > now) {
      return {
        granted: false,
        holder: lease.owner,
        epoch: this.epoch(shard),
        remainingMs: lease.until - now,
      };
    }
    const epoch = this.epoch(shard) + 1;
    this.#epochs[shard] = epoch;
    this.#leases[shard] = { owner, until: now + ttlMs };
    return { granted: true, epoch };
  }

  renew(shard: number, owner: string, epoch: number, ttlMs: number): boolean {
    if (!this.#holds(shard, owner, epoch)) return false;
    this.#leases[shard] = { owner, until: this.#clock.monotonic() + ttlMs };
    return true;
  }

  release(shard: number, owner: string, epoch: number): boolean {
    if (!this.#holds(shard, owner, epoch)) return false;
    this.#leases[shard] = undefined;
    return true;
  }

  /** Newest epoch granted, 0 for none. */
  epoch(shard: number): number {
    return this.#epochs[shard] ?? 0;
  }

  /** True when a write with `epoch` is not fenced. */
  mayWrite(shard: number, epoch: number): boolean {
    return epoch > 0 && epoch === this.epoch(shard);
  }

  #holds(shard: number, owner: string, epoch: number): boolean {
    const lease = this.#leases[shard];
    if (lease === undefined || lease.until <= this.#clock.monotonic()) return false;
    return lease.owner === owner && epoch === this.epoch(shard);
  }
}

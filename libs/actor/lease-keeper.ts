import { sleep, type Clock } from '../clock/mod.js';
import type { Leases } from '../store/mod.js';
import { Backoff } from './backoff.js';
import type { HeldLease } from './lease.js';

export interface LeaseKeeperOptions {
  readonly leases: Leases;
  readonly clock: Clock;
  /** Name under which the leases are held. */
  readonly owner: string;
  readonly ttlMs: number;
  /** The lease must not be used any more: stop at once. */
  lost(lease: HeldLease, why: Loss): void;
  failed(what: 'acquire' | 'renew' | 'release', error: unknown): void;
}

/**
 * `lapsed`: our deadline has passed; `taken`: the store says that the lease is not ours; `fenced`: it has refused a commit of
 * our epoch; `not_loaded`: the shard's states could not be read; `not_handed_over`: giving it up failed, what was under way is dropped.
 */
export type Loss = 'lapsed' | 'taken' | 'fenced' | 'not_loaded' | 'not_handed_over';

/** `held`: by another process, for `remainingMs` more unless it renews. `failed`: it may have been granted nevertheless. */
export type Acquired =
  | { readonly outcome: 'granted'; readonly lease: HeldLease }
  | { readonly outcome: 'held'; readonly remainingMs: number }
  | { readonly outcome: 'failed' };

/** Part of the ttl that is left unused: the store's clock may run faster than ours by as much. */
const MARGIN = 0.2;
/** A lease is renewed after a third of its ttl; without an answer, again after a twelfth. */
const RENEWALS_IN_TTL = 3;
const ATTEMPTS_IN_TTL = 12;

const FIRST_RELEASE_RETRY_MS = 50;
const LAST_RELEASE_RETRY_MS = 800;
const RELEASE_ATTEMPTS = 5;

class Lease implements HeldLease {
  renewAt = -Infinity;
  /** When the store gives the shard to others, if it does not hear from us again. */
  lapsesAt = -Infinity;
  deadline = -Infinity;

  constructor(
    readonly shard: number,
    readonly epoch: number,
    asked: number,
    readonly ttlMs: number,
  ) {
    this.extend(asked);
  }

  extend(asked: number): void {
    if (asked + this.ttlMs <= this.lapsesAt) return;
    this.renewAt = asked + this.ttlMs / RENEWALS_IN_TTL;
    this.deadline = asked + this.ttlMs * (1 - MARGIN);
    this.lapsesAt = asked + this.ttlMs;
  }
}

/**
 * Keeps the leases of one owner. A lease is counted from before the request for it was sent, on this process's monotonic
 * clock, and ends a fifth of its ttl earlier than the store ends it. What has to be right about clocks is only that:
 * within one ttl the store's clock and ours advance alike to a fifth. Their values are never compared. Should even that
 * not hold, a commit of the older epoch is still refused by the store.
 *
 * Every lease is renewed by a call of its own, so that a slow one holds up no other; a store client that sends the calls
 * of one turn together makes that cheap.
 */
export class LeaseKeeper {
  readonly #held = new Map<number, Lease>();
  /** Shards that may have been granted without our knowing, with the time at which such a grant has lapsed. */
  readonly #uncertain = new Map<number, number>();

  constructor(private readonly options: LeaseKeeperOptions) {}

  get shards(): Iterable<number> {
    return this.#held.keys();
  }

  get(shard: number): HeldLease | undefined {
    return this.#held.get(shard);
  }

  /** True while everything may be done in the shard's name. */
  holds(shard: number): boolean {
    const lease = this.#held.get(shard);
    return lease !== undefined && this.options.clock.monotonic() < lease.deadline;
  }

  /** Milliseconds since the lease that was renewed longest ago was asked for; 0 without leases. */
  get oldestMs(): number {
    let earliest = Infinity;
    for (const { lapsesAt } of this.#held.values()) earliest = Math.min(earliest, lapsesAt);
    if (earliest === Infinity) return 0;
    return this.options.clock.monotonic() + this.options.ttlMs - earliest;
  }

  /** Shards that were asked for without an answer, and may stand under our name in the store. */
  get uncertain(): readonly number[] {
    if (this.#uncertain.size === 0) return [];
    const now = this.options.clock.monotonic();
    for (const [shard, until] of this.#uncertain) if (until <= now) this.#uncertain.delete(shard);
    return [...this.#uncertain.keys()];
  }

  /** Never rejects. A grant under our own name is taken over, under a new epoch. */
  async acquire(shard: number): Promise<Acquired> {
    const { leases, clock, owner, ttlMs } = this.options;
    const asked = clock.monotonic();
    try {
      const grant = await leases.acquire(shard, owner, ttlMs);
      this.#uncertain.delete(shard);
      if (!grant.granted) return { outcome: 'held', remainingMs: grant.remainingMs };
      const lease = new Lease(shard, grant.epoch, asked, ttlMs);
      if (clock.monotonic() < lease.deadline) {
        this.#held.set(shard, lease);
        return { outcome: 'granted', lease };
      }
      // The answer came too late to be of use; the store may still hold the shard for us.
      this.#uncertain.set(shard, clock.monotonic() + ttlMs);
      return { outcome: 'held', remainingMs: 0 };
    } catch (error) {
      this.#uncertain.set(shard, clock.monotonic() + ttlMs);
      this.options.failed('acquire', error);
      return { outcome: 'failed' };
    }
  }

  /** Gives up leases whose deadline has passed and renews those that are due; to be called several times in a ttl. */
  turn(): void {
    const now = this.options.clock.monotonic();
    for (const lease of this.#held.values()) {
      if (now >= lease.deadline) this.#lapse(lease, now);
      else if (now >= lease.renewAt) void this.#renew(lease, now);
    }
  }

  /** The lease must not be used any more, whatever the store says. */
  lose(shard: number, why: Loss): void {
    const lease = this.#held.get(shard);
    if (lease === undefined) return;
    this.#held.delete(shard);
    lease.deadline = -Infinity;
    this.options.lost(lease, why);
  }

  /** Ends the lease, here at once. True: the store has ended it too; false: it could not be told, the lease will lapse. */
  async release({ shard, epoch }: HeldLease): Promise<boolean> {
    const { leases, clock, owner } = this.options;
    const lease = this.#held.get(shard);
    if (lease?.epoch !== epoch) return false;
    this.#held.delete(shard);
    lease.deadline = -Infinity;
    const backoff = new Backoff(FIRST_RELEASE_RETRY_MS, LAST_RELEASE_RETRY_MS);
    for (let attempt = 1; ; attempt++) {
      try {
        await leases.release(shard, owner, epoch);
        return true;
      } catch (error) {
        this.options.failed('release', error);
        const delayMs = backoff.next();
        if (attempt === RELEASE_ATTEMPTS || clock.monotonic() + delayMs >= lease.lapsesAt) return false;
        await sleep(clock, delayMs);
      }
    }
  }

  /** A renewal on its way may still keep the lease alive in the store. */
  #lapse(lease: Lease, now: number): void {
    this.#uncertain.set(lease.shard, now + this.options.ttlMs);
    this.lose(lease.shard, 'lapsed');
  }

  async #renew(lease: Lease, asked: number): Promise<void> {
    const { leases, clock, owner, ttlMs } = this.options;
    lease.renewAt = asked + ttlMs / ATTEMPTS_IN_TTL;
    try {
      const renewed = await leases.renew(lease.shard, owner, lease.epoch, ttlMs);
      if (this.#held.get(lease.shard) !== lease) return;
      const now = clock.monotonic();
      if (!renewed) this.lose(lease.shard, 'taken');
      else if (now < lease.deadline) lease.extend(asked);
      // Who looked at the lease meanwhile has taken it for lost already.
      else this.#lapse(lease, now);
    } catch (error) {
      this.options.failed('renew', error);
    }
  }
}

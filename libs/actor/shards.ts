import type { Clock } from '../clock/mod.js';
import type { Leases, Workers } from '../store/mod.js';
import { Backoff } from './backoff.js';
import type { HeldLease } from './lease.js';
import { LeaseKeeper, type Loss } from './lease-keeper.js';
import { Membership } from './membership.js';
import { Reports, type FailedCall, type StoreCall } from './reports.js';
import { shardsWonBy } from './rendezvous.js';
import { Turns } from './turns.js';

export interface ShardOwnerOptions {
  readonly leases: Leases;
  readonly workers: Workers;
  readonly clock: Clock;
  /** Name of this process, unique in the cluster. */
  readonly owner: string;
  /** Of a lease. */
  readonly ttlMs: number;
  /** Number of shards of the cluster. */
  readonly shards: number;
  /** Shards that are handed over at the same time: fewer make each one's pause shorter. 32 unless told. */
  readonly movesAtOnce?: number;
  /** The shard is ours: load it. A rejection gives it up again, to be tried later. */
  granted(lease: HeldLease): Promise<void>;
  /**
   * The shard must be given up: finish what is under way, in bounded time. The lease is released when this resolves; it may
   * be lost before.
   */
  revoked(shard: number): Promise<void>;
  /** The lease of a shard that was granted is lost or can no longer be trusted: stop at once. */
  lost(shard: number, why: Loss): void;
  /** The shard is free: its next owner may take it. */
  released?(shard: number): void;
  /** Calls of the store failed, `calls` of this kind since the last report, and are made again. */
  failed?(call: FailedCall, error: unknown, calls: number): void;
}

/** `acquiring`: asked for; `loading`: granted, not served yet; `leaving`: being handed over. */
type Phase = 'acquiring' | 'loading' | 'serving' | 'leaving';

const MOVES_AT_ONCE = 32;
/** Deadlines are looked at so often in a ttl. */
const TURNS_IN_TTL = 24;
const LONGEST_TURN_MS = 250;
/** A shard that another process holds is tried again when its lease could have lapsed, but at least so often. */
const TRY_AT_LEAST_EVERY_MS = 500;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1_000;
/** A shard that could not be loaded is tried again after so long. */
const LOAD_RETRY_MS = 500;
/** Others that cannot serve for the same reason as we stand by within this time, and are seen to. */
const OTHERS_STAND_BY_MS = 1_000;
/** And when the reason is gone, all are back within this time: reconnecting pauses for 2 s at most. */
const OTHERS_COME_BACK_MS = 3_000;

/**
 * Owns the shards that rendezvous hashing over the live workers gives to this process: takes those that are free, hands
 * over those that another worker should have, and holds each by a lease. Which workers are seen to live only says who tries;
 * a lease says who owns, and nobody's lease is ever taken: it is released by its holder, or lapses.
 *
 * While the store cannot be reached, shards stay owned until their deadlines, and are taken again when it can.
 */
export class ShardOwner {
  readonly #keeper: LeaseKeeper;
  readonly #membership: Membership;
  readonly #reports: Reports;
  readonly #phases = new Map<number, Phase>();
  readonly #moves = new Set<Promise<void>>();
  #leaving = 0;
  #wanted: ReadonlySet<number> = new Set();
  /** Knows when a shard that could not be had is tried again. */
  readonly #turns: Turns;
  /** Shards that were told to be free while they were asked for. */
  readonly #freed = new Set<number>();
  readonly #backoff = new Backoff(FIRST_RETRY_MS, LAST_RETRY_MS);
  /** On the monotonic clock; undefined: not standing by. */
  #standingBySince: number | undefined;
  #stopping = false;
  #stopped = false;

  constructor(private readonly options: ShardOwnerOptions) {
    const { leases, workers, clock, owner, ttlMs } = options;
    this.#reports = new Reports(clock, (call, error, calls) => options.failed?.(call, error, calls));
    const failed = (call: StoreCall, error: unknown) => this.#reports.add(call, error);
    this.#keeper = new LeaseKeeper({
      leases,
      clock,
      owner,
      ttlMs,
      failed,
      lost: ({ shard }, why) => this.#lost(shard, why),
    });
    this.#membership = new Membership({
      workers,
      clock,
      worker: owner,
      leaseTtlMs: ttlMs,
      failed,
      changed: () => this.#choose(),
    });
    this.#turns = new Turns(clock, Math.min(ttlMs / TURNS_IN_TTL, LONGEST_TURN_MS), () => {
      this.#keeper.turn();
      if (!this.#stopping) this.#membership.turn();
      if (this.#wanted.size > 0 && this.#yields()) this.#choose();
      this.#settle();
    });
  }

  /** Shards whose lease is held. */
  get held(): readonly number[] {
    return [...this.#keeper.shards];
  }

  /** The live workers as this one sees them. */
  get members(): readonly string[] {
    return this.#membership.members;
  }

  /** Milliseconds since the lease that was renewed longest ago was asked for; 0 without leases. */
  get oldestLeaseMs(): number {
    return this.#keeper.oldestMs;
  }

  /** True while everything may be done in the shard's name. */
  holds(shard: number): boolean {
    return this.#keeper.holds(shard);
  }

  /** Resolves when the shards that are this worker's and free are served. */
  async start(): Promise<void> {
    this.#turns.start();
    await this.#membership.join();
    while (this.#moves.size > 0) await Promise.all(this.#moves);
  }

  /** Somebody has released the shard: if it should be ours, it is taken at once. */
  freed(shard: number): void {
    if (this.#stopping) return;
    if (!this.#wanted.has(shard)) {
      // Perhaps a worker has left, and we have not seen it yet.
      void this.#membership.look();
      return;
    }
    this.#turns.forget(shard);
    if (this.#phases.get(shard) === 'acquiring') this.#freed.add(shard);
    this.#settle();
  }

  /** Gives the shard up at once: who acted for it has noticed that its lease is lost. */
  lose(shard: number, why: 'lapsed' | 'fenced'): void {
    this.#keeper.lose(shard, why);
  }

  /**
   * True: the others shall own the shards, because this process cannot serve them at present. It keeps what it has while
   * there are no others, or only such as may stand by for the same reason, or have just come back from that.
   */
  async standBy(standingBy: boolean): Promise<void> {
    if ((this.#standingBySince !== undefined) === standingBy || this.#stopping) return;
    this.#standingBySince = standingBy ? this.options.clock.monotonic() : undefined;
    if (standingBy) {
      await this.#membership.leave();
      await this.#membership.look();
    } else {
      await this.#membership.join();
    }
    this.#choose();
  }

  /** Leaves the cluster: the others see it at once, and every shard is handed over. */
  async stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    await this.#membership.leave();
    this.#wanted = new Set();
    this.#settle();
    while (this.#moves.size > 0) await Promise.all(this.#moves);
    this.#stopped = true;
    this.#turns.stop();
  }

  /** The members have changed. */
  #choose(): void {
    if (this.#stopping) return;
    const { owner, shards } = this.options;
    const { members } = this.#membership;
    let wanted: ReadonlySet<number>;
    if (this.#standingBySince === undefined) wanted = shardsWonBy(owner, members, shards);
    else wanted = new Set(this.#yields() ? [] : this.#keeper.shards);
    // What others thought of a shard that we did not want is no reason to wait.
    for (const shard of wanted) if (!this.#wanted.has(shard)) this.#turns.forget(shard);
    this.#wanted = wanted;
    this.#settle();
  }

  /** The others can serve, and we cannot. */
  #yields(): boolean {
    const since = this.#standingBySince;
    if (since === undefined || this.options.clock.monotonic() - since < OTHERS_STAND_BY_MS) return false;
    return this.#membership.hasOtherFor(OTHERS_COME_BACK_MS);
  }

  /** Begins whatever brings us nearer to what is wanted. */
  #settle(): void {
    if (this.#stopped) return;
    for (const shard of this.#wanted) if (this.#isDue(shard)) this.#begin(this.#take(shard));
    // What was granted without our knowing and is not wanted: taken, to be released.
    for (const shard of this.#keeper.uncertain) if (this.#isDue(shard)) this.#begin(this.#take(shard));
    const most = this.options.movesAtOnce ?? MOVES_AT_ONCE;
    for (const [shard, phase] of this.#phases) {
      if (this.#leaving >= most) break;
      if (phase === 'serving' && !this.#wanted.has(shard)) this.#begin(this.#leave(shard));
    }
  }

  #isDue(shard: number): boolean {
    return !this.#phases.has(shard) && this.#turns.isDue(shard);
  }

  /** Moves never reject. */
  #begin(move: Promise<void>): void {
    const tracked = move.then(() => {
      this.#moves.delete(tracked);
    });
    this.#moves.add(tracked);
  }

  async #take(shard: number): Promise<void> {
    this.#phases.set(shard, 'acquiring');
    this.#turns.forget(shard);
    const answer = await this.#keeper.acquire(shard);
    const freed = this.#freed.delete(shard);
    if (answer.outcome === 'granted') {
      this.#backoff.reset();
      await this.#load(answer.lease);
    } else {
      this.#phases.delete(shard);
      if (answer.outcome === 'failed') this.#turns.tryIn(shard, this.#backoff.next());
      else this.#turns.tryIn(shard, freed ? 0 : Math.min(answer.remainingMs + 1, TRY_AT_LEAST_EVERY_MS));
    }
    this.#settle();
  }

  async #load(lease: HeldLease): Promise<void> {
    const { shard } = lease;
    if (!this.#wanted.has(shard)) {
      await this.#release(lease);
      this.#phases.delete(shard);
      return;
    }
    this.#phases.set(shard, 'loading');
    try {
      await this.options.granted(lease);
    } catch (error) {
      if (this.#isCurrent(lease)) {
        this.#reports.add('load', error);
        this.options.lost(shard, 'not_loaded');
        this.#turns.tryIn(shard, LOAD_RETRY_MS);
      }
      // Nobody is told: the others do not want it.
      await this.#keeper.release(lease);
      this.#phases.delete(shard);
      return;
    }
    if (this.#isCurrent(lease)) this.#phases.set(shard, 'serving');
    else this.#phases.delete(shard);
  }

  async #leave(shard: number): Promise<void> {
    const lease = this.#keeper.get(shard);
    this.#phases.set(shard, 'leaving');
    this.#leaving++;
    try {
      await this.options.revoked(shard);
    } catch (error) {
      this.#reports.add('handover', error);
      if (lease !== undefined && this.#isCurrent(lease)) this.options.lost(shard, 'not_handed_over');
    }
    if (lease !== undefined) await this.#release(lease);
    this.#phases.delete(shard);
    this.#leaving--;
    this.#settle();
  }

  /** The caller ends the shard's phase, once: nobody else may have begun another one by then. */
  async #release(lease: HeldLease): Promise<void> {
    if (this.#isCurrent(lease) && (await this.#keeper.release(lease))) this.options.released?.(lease.shard);
  }

  #isCurrent(lease: HeldLease): boolean {
    return this.#keeper.get(lease.shard) === lease;
  }

  /** What is loading or leaving notices it by itself. */
  #lost(shard: number, why: Loss): void {
    if (this.#phases.get(shard) === 'serving') this.#phases.delete(shard);
    this.options.lost(shard, why);
  }
}

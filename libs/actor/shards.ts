import type { Clock, Timer } from '../clock/mod.js';
import type { Leases } from '../store/mod.js';

export interface ShardOwnerOptions {
  readonly leases: Leases;
  readonly clock: Clock;
  /** Name of this process, unique in the cluster. */
  readonly owner: string;
  readonly ttlMs: number;
  /** The shard is ours under `epoch`: load it. A rejection gives it up again, to be tried later. */
  granted(shard: number, epoch: number): Promise<void>;
  /** The shard must be given up: finish what is under way. The lease is released when this resolves. */
  revoked(shard: number): Promise<void>;
  /** The lease is lost or can no longer be trusted: stop at once. */
  lost(shard: number): void;
  /** Something failed and is tried again. */
  failed?(what: 'acquire' | 'renew' | 'release', shard: number, error: unknown): void;
}

interface Held {
  readonly epoch: number;
  /** Monotonic time after which the lease may have lapsed in the store. */
  deadline: number;
  leaving: boolean;
}

/** Part of the ttl that is left unused: the store's clock may run faster, and a turn may come late. */
const MARGIN = 0.2;
/** Turns in one ttl: deadlines are looked at in each, leases renewed in every eighth. */
const TURNS = 24;
const RENEW_EVERY = 8;

/**
 * Holds the leases of the shards that this process wants. Renews each at a third of its ttl, and gives a shard up by
 * its own monotonic clock before the store could grant it to somebody else, whether or not the store can be reached.
 */
export class ShardOwner {
  readonly #held = new Map<number, Held>();
  readonly #acquiring = new Set<number>();
  #wanted = new Set<number>();
  #timer: Timer | undefined;
  #stopped = false;
  #turn = 0;

  constructor(private readonly options: ShardOwnerOptions) {}

  /** Shards that are held now. */
  get held(): readonly number[] {
    return [...this.#held.keys()];
  }

  /**
   * Sets the shards to own. Resolves when those that are free are held and those not wanted any more are released; a
   * shard that another process holds is tried again at every turn.
   */
  async want(shards: Iterable<number>): Promise<void> {
    this.#wanted = new Set(shards);
    this.#arm();
    await this.#reconcile();
  }

  /** Gives all shards up gracefully. */
  async stop(): Promise<void> {
    this.#wanted = new Set();
    await this.#reconcile();
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async #reconcile(): Promise<void> {
    const missing = [...this.#wanted].filter((shard) => !this.#held.has(shard));
    const unwanted = [...this.#held.keys()].filter((shard) => !this.#wanted.has(shard));
    await Promise.all([
      ...missing.map((shard) => this.#acquire(shard)),
      ...unwanted.map((shard) => this.#leave(shard)),
    ]);
  }

  async #acquire(shard: number): Promise<void> {
    if (this.#acquiring.has(shard)) return;
    this.#acquiring.add(shard);
    const { leases, clock, owner, ttlMs } = this.options;
    const asked = clock.monotonic();
    try {
      const grant = await leases.acquire(shard, owner, ttlMs);
      if (!grant.granted) return;
      this.#held.set(shard, { epoch: grant.epoch, deadline: this.#deadline(asked), leaving: false });
      await this.options.granted(shard, grant.epoch);
    } catch (error) {
      this.options.failed?.('acquire', shard, error);
      this.#lose(shard);
    } finally {
      this.#acquiring.delete(shard);
    }
  }

  async #leave(shard: number): Promise<void> {
    const held = this.#held.get(shard);
    if (held === undefined || held.leaving) return;
    held.leaving = true;
    await this.options.revoked(shard);
    if (this.#held.get(shard) !== held) return;
    this.#held.delete(shard);
    try {
      await this.options.leases.release(shard, this.options.owner, held.epoch);
    } catch (error) {
      this.options.failed?.('release', shard, error);
    }
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#stopped) return;
    this.#timer = this.options.clock.setTimer(this.options.ttlMs / TURNS, () => {
      this.#timer = undefined;
      this.#arm();
      this.#expire();
      if (++this.#turn % RENEW_EVERY === 0) void this.#renewAll().then(() => this.#reconcile());
    });
  }

  async #renewAll(): Promise<void> {
    await Promise.all([...this.#held].map(([shard, held]) => this.#renew(shard, held)));
  }

  async #renew(shard: number, held: Held): Promise<void> {
    const { leases, clock, owner, ttlMs } = this.options;
    const asked = clock.monotonic();
    try {
      const renewed = await leases.renew(shard, owner, held.epoch, ttlMs);
      if (this.#held.get(shard) !== held) return;
      if (renewed) held.deadline = this.#deadline(asked);
      else this.#lose(shard);
    } catch (error) {
      this.options.failed?.('renew', shard, error);
    }
  }

  #expire(): void {
    const now = this.options.clock.monotonic();
    for (const [shard, held] of this.#held) if (now >= held.deadline) this.#lose(shard);
  }

  #lose(shard: number): void {
    if (this.#held.delete(shard)) this.options.lost(shard);
  }

  #deadline(asked: number): number {
    return asked + this.options.ttlMs * (1 - MARGIN);
  }
}

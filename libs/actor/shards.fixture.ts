import { ManualClock } from '../clock/mod.js';
import { memoryStore, StoreError, type Leases, type Store, type Workers } from '../store/mod.js';
import { FrozenClock } from './frozen-clock.fixture.js';
import { ShardOwner, type ShardOwnerOptions } from './shards.js';

export const TTL = 9_000;

/** A store whose leases and workers can be made to fail: `before` they do anything, or `after`, when their answer is lost. */
export class FaultyLeases {
  failing: 'before' | 'after' | undefined;
  calls = 0;
  /** Every call waits for it. */
  gate: Promise<void> | undefined;

  constructor(private readonly store: Store) {}

  readonly leases: Leases = {
    acquire: (...call) => this.#call(() => this.store.leases.acquire(...call)),
    renew: (...call) => this.#call(() => this.store.leases.renew(...call)),
    release: (...call) => this.#call(() => this.store.leases.release(...call)),
  };

  readonly workers: Workers = {
    beat: (...call) => this.#call(() => this.store.workers.beat(...call)),
    leave: (...call) => this.#call(() => this.store.workers.leave(...call)),
    live: () => this.#call(() => this.store.workers.live()),
  };

  async #call<T>(call: () => Promise<T>): Promise<T> {
    this.calls++;
    await this.gate;
    if (this.failing === 'before') throw new StoreError('unavailable', 'the store is down');
    const answer = await call();
    if (this.failing === 'after') throw new StoreError('unavailable', 'the connection to the store broke');
    return answer;
  }
}

/** Shard owners on one store; what they release is told to all of them, as the bus does. */
export class OwnersBench {
  readonly clock = new ManualClock();
  readonly store: Store;
  readonly owners: ShardOwner[] = [];
  /** What is told about `released` shards arrives. */
  tells = true;

  constructor(readonly shards = 64) {
    this.store = memoryStore({ clock: this.clock, shards });
  }

  open(owner: string, options: Partial<ShardOwnerOptions> = {}) {
    const log: string[] = [];
    const clock = new FrozenClock(this.clock);
    const faults = new FaultyLeases(this.store);
    const shardOwner = new ShardOwner({
      leases: faults.leases,
      workers: faults.workers,
      clock,
      owner,
      ttlMs: TTL,
      shards: this.shards,
      granted: ({ shard, epoch }) => {
        log.push(`granted ${shard} ${epoch}`);
        return Promise.resolve();
      },
      revoked: (shard) => {
        log.push(`revoked ${shard}`);
        return Promise.resolve();
      },
      released: (shard) => {
        log.push(`released ${shard}`);
        if (this.tells) this.clock.soon(() => this.owners.forEach((other) => other.freed(shard)));
      },
      lost: (shard, why) => log.push(`lost ${shard} ${why}`),
      failed: (call, _error, calls) => log.push(`failed ${call} ${calls}`),
      ...options,
    });
    this.owners.push(shardOwner);
    return { owner: shardOwner, log, clock, faults };
  }
}

/** Entries of the log that begin with `word`. */
export const of = (log: readonly string[], word: string): string[] =>
  log.filter((entry) => entry.startsWith(`${word} `));

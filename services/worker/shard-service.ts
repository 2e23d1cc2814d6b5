import type { ActorHost, HeldLease, Loss } from '../../libs/actor/mod.js';
import { BusError, type Bus, type BusMessage, type Subscription } from '../../libs/bus/mod.js';
import { within, type Clock } from '../../libs/clock/mod.js';
import { subjects } from '../../libs/link/mod.js';
import type { Logger } from '../../libs/ops/mod.js';
import type { ShardMetrics } from './metrics.js';
import { SharedFlush } from './shared-flush.js';

export interface ShardServiceOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ShardMetrics;
  readonly host: Pick<ActorHost<never, never, never>, 'grant' | 'revoke' | 'drop'>;
  /** A message for an actor of a shard that is served. */
  receive(message: BusMessage): void;
}

interface Served {
  readonly lease: HeldLease;
  readonly subscription: Subscription;
}

/** How long a shard that is handed over may take for what is under way; what is not done then is done by its next owner. */
const HANDOVER_MS = 2_000;
/** How long the bus may take for a subscription to begin or end. */
const BUS_MS = 1_000;
const EMPTY = new Uint8Array(0);

/**
 * Serves the shards that this worker owns: their actors are hosted, their messages taken from the bus, and the edges told
 * who the owner is.
 */
export class ShardService {
  readonly #served = new Map<number, Served>();
  /** When each of those that are handed over began to be. */
  readonly #leavingSince = new Map<number, number>();
  readonly #flush: SharedFlush;
  readonly #losses: LossLog;

  constructor(private readonly options: ShardServiceOptions) {
    this.#flush = new SharedFlush(options.bus);
    this.#losses = new LossLog(options.clock, options.logger);
  }

  /** Loads the shard, then takes its messages; when they arrive here, the edges are told. */
  async granted(lease: HeldLease): Promise<void> {
    const { bus, clock, metrics, host } = this.options;
    const { shard } = lease;
    const began = clock.monotonic();
    await host.grant(lease);
    // Who lost it meanwhile found nothing to unsubscribe.
    if (clock.monotonic() >= lease.deadline) throw new Error(`shard ${shard} was lost while it was loaded`);
    this.#unsubscribe(shard);
    const subscription = bus.subscribe(subjects.upOfShard(shard), (message) => this.options.receive(message));
    this.#served.set(shard, { lease, subscription });
    // A subscription is not heard of before it is flushed: edges that are told too early would publish to nobody.
    await within(clock, BUS_MS, this.#flush.flush());
    this.#announce(lease);
    metrics.handovers.granted.add();
    metrics.takeSeconds.observe((clock.monotonic() - began) / 1000);
  }

  /** Takes no new message, finishes those that are here. What edges publish from now on they publish again. */
  async revoked(shard: number): Promise<void> {
    const { clock, logger, host } = this.options;
    this.#leavingSince.set(shard, clock.monotonic());
    const served = this.#served.get(shard);
    if (served !== undefined) await within(clock, BUS_MS, served.subscription.drain());
    this.#unsubscribe(shard);
    if (!(await host.revoke(shard, HANDOVER_MS))) logger.warn({ shard }, 'shard_handed_over_unfinished');
  }

  /** The lease is released: who is next takes it at once. */
  released(shard: number): void {
    const { clock, metrics } = this.options;
    this.#publish(subjects.free(shard), EMPTY);
    metrics.handovers.released.add();
    const since = this.#leavingSince.get(shard);
    if (since !== undefined) metrics.leaveSeconds.observe((clock.monotonic() - since) / 1000);
    this.#leavingSince.delete(shard);
  }

  lost(shard: number, why: Loss): void {
    const { metrics, host } = this.options;
    this.#unsubscribe(shard);
    this.#leavingSince.delete(shard);
    host.drop(shard);
    metrics.handovers[why].add();
    this.#losses.add(why);
  }

  /** The bus is back: edges may have missed who owns what. Resolves when they are told. */
  async announceAll(): Promise<void> {
    await within(this.options.clock, BUS_MS, this.#flush.flush());
    for (const { lease } of this.#served.values()) this.#announce(lease);
  }

  #announce({ shard, epoch, deadline }: HeldLease): void {
    if (this.options.clock.monotonic() >= deadline) return;
    this.#publish(subjects.shard(shard), Buffer.from(String(epoch)));
  }

  /** Not connected: the edges are told when the bus is back, and the next owner tries by itself. */
  #publish(subject: string, data: Uint8Array): void {
    try {
      this.options.bus.publish(subject, data);
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
    }
  }

  #unsubscribe(shard: number): void {
    this.#served.get(shard)?.subscription.unsubscribe();
    this.#served.delete(shard);
  }
}

/** One line for all shards that are lost together. */
class LossLog {
  readonly #counts = new Map<Loss, number>();

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  add(why: Loss): void {
    if (this.#counts.size === 0) this.clock.soon(() => this.#write());
    this.#counts.set(why, (this.#counts.get(why) ?? 0) + 1);
  }

  #write(): void {
    for (const [why, shards] of this.#counts) this.logger.warn({ shards, why }, 'shard_lost');
    this.#counts.clear();
  }
}

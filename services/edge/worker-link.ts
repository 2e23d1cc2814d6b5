import { BusError, type Bus, type BusMessage, type Subscription } from '../../libs/bus/mod.js';
import type { Clock } from '../../libs/clock/mod.js';
import { decodeDown, encodeUp, subjects, subjectToken, type DecodedDown } from '../../libs/link/mod.js';
import type { Logger } from '../../libs/ops/mod.js';
import { Announcements } from './announcements.js';
import type { EdgeConfig } from './config.js';
import type { Published, Route, StationConnection } from './connection/mod.js';
import { Departures } from './departures.js';
import type { EdgeMetrics } from './metrics.js';
import type { Registry } from './registry.js';

export interface WorkerLinkOptions {
  readonly bus: Bus;
  readonly config: EdgeConfig;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: EdgeMetrics;
}

/** The edge's side of the bus: connections speak to the owners of their shards, and hear from them. */
export class WorkerLink {
  /** The newest epoch seen of each shard. */
  readonly #epochs: Float64Array;
  readonly #departures: Departures;
  readonly #announcements: Announcements;
  #stopWatching: (() => void) | undefined;
  #subscriptions: Subscription[] = [];

  constructor(private readonly options: WorkerLinkOptions) {
    const { clock, metrics, config } = options;
    this.#epochs = new Float64Array(config.shards);
    this.#announcements = new Announcements(clock);
    this.#departures = new Departures({
      clock,
      metrics,
      publish: (departed) =>
        this.#publish(departed.subject, departed.envelope, departed.reply) !== 'unavailable',
      connected: () => options.bus.connected,
    });
  }

  start(): void {
    const { bus, config } = this.options;
    this.#stopWatching = bus.onStatus((connected) => {
      if (connected) this.#reconnected();
    });
    this.#subscriptions = [
      bus.subscribe(subjects.connectionsOf(config.edgeId), (message) => {
        this.#receive(message);
      }),
      bus.subscribe(subjects.shards, (message) => {
        this.#announced(message);
      }),
    ];
  }

  publish({ upSubject, replySubject }: Route, envelope: Uint8Array): Published {
    return this.#publish(upSubject, envelope, replySubject);
  }

  disconnected(connection: StationConnection, code: number): void {
    this.#announcements.remove(connection);
    this.#departures.add(connection.link.connectionId, {
      shard: connection.shard,
      subject: connection.upSubject,
      reply: connection.replySubject,
      envelope: encodeUp({ kind: 'disconnected', connection: connection.link, code }),
    });
  }

  stop(): void {
    this.#stopWatching?.();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#announcements.stop();
    this.#departures.stop();
  }

  #publish(subject: string, envelope: Uint8Array, reply: string): Published {
    try {
      this.options.bus.publish(subject, envelope, reply);
      return 'published';
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      if (error.code === 'unavailable') return 'unavailable';
      if (error.code !== 'too_large') throw error;
      this.options.metrics.dropped('too_large');
      return 'too_large';
    }
  }

  #receive({ subject, data, noResponders }: BusMessage): void {
    const connection = this.options.registry.get(subject);
    if (noResponders === true) {
      if (connection === undefined) this.#departures.unowned(subjectToken(subject, 3));
      else connection.unowned();
      return;
    }
    if (connection === undefined) return this.options.metrics.dropped('no_connection');
    const down = this.#decode(data);
    if (down === undefined) return;
    if (!this.#isCurrent(connection.shard, down.epoch)) return this.options.metrics.dropped('stale_epoch');
    connection.down(down);
  }

  #decode(data: Uint8Array): DecodedDown | undefined {
    try {
      return decodeDown(data);
    } catch (error) {
      this.options.logger.error({ err: error }, 'worker_message_not_understood');
      return undefined;
    }
  }

  /** A new owner says its epoch, in decimal digits. */
  #announced({ subject, data }: BusMessage): void {
    const shard = Number(subjectToken(subject, 2));
    const epoch = Number(Buffer.from(data).toString());
    if (
      !Number.isInteger(shard) ||
      shard < 0 ||
      shard >= this.options.config.shards ||
      !Number.isFinite(epoch)
    ) {
      this.options.logger.warn({ subject }, 'announcement_not_understood');
      return;
    }
    if (!this.#isCurrent(shard, epoch)) return;
    this.#announcements.add(this.options.registry.ofShard(shard));
    this.#departures.owned(shard);
  }

  /** What was published before the bus went away may be lost, and so may announcements of new owners. */
  #reconnected(): void {
    this.#announcements.add(this.options.registry.all());
    this.#departures.reconnected();
  }

  /** False for an epoch that is over. */
  #isCurrent(shard: number, epoch: number): boolean {
    if (epoch < (this.#epochs[shard] ?? 0)) return false;
    this.#epochs[shard] = epoch;
    return true;
  }
}

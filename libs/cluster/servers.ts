import type { Bus, NatsLink } from '../bus/mod.js';
import type { Clock } from '../clock/mod.js';
import type { JetStreamEventLog } from '../eventlog/mod.js';
import type { Closers, Logger, Metrics } from '../ops/mod.js';
import type { Store } from '../store/mod.js';
import { mustBeConnected, mustServe } from './checks.js';
import { openEvents, type EventsUse } from './events.js';
import { linkMetrics } from './metrics.js';
import { openBus, openNats } from './nats.js';
import type { NatsSettings, RedisSettings } from './options.js';
import { openRedis, type RedisUse } from './redis.js';

export interface ServersUse {
  /** Of the process: `worker-7f3a`. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long each server is waited for. */
  readonly waitMs: number;
  readonly redis: Pick<RedisUse, 'shards' | 'replicas' | 'commandTimeoutMs'>;
  readonly events?: Pick<EventsUse, 'replicas' | 'retention'>;
}

export interface OpenServers {
  readonly bus: Bus;
  readonly store: Store;
  readonly eventlog: JetStreamEventLog;
}

/** NATS, Redis and JetStream of one process, as far as they have been reached. */
export class Servers {
  #nats: NatsLink | undefined;
  #eventNats: NatsLink | undefined;
  #store: Store | undefined;
  #eventlog: JetStreamEventLog | undefined;

  /** For readiness: each throws, or rejects, while its server does not serve. */
  readonly checks = {
    nats: () => mustBeConnected(this.#nats),
    redis: () => mustServe(this.#store, (store) => store.check()),
    events: () => mustServe(this.#eventlog, (log) => log.last()),
  };

  /** Events that the log has not acknowledged yet. */
  get eventsWaiting(): number {
    return this.#eventlog?.waiting ?? 0;
  }

  measure(metrics: Metrics): void {
    linkMetrics(metrics, () => ({ bus: this.#nats, events: this.#eventNats }));
  }

  /**
   * Waits for all of them, one after the other; `closers` get what is opened, at once. Two links to NATS, so that a burst of
   * events delays no reply.
   * @throws ConfigError, StartError
   */
  async open(
    settings: NatsSettings & RedisSettings,
    use: ServersUse,
    closers: Closers,
  ): Promise<OpenServers> {
    const { name, clock, logger, waitMs } = use;
    const common = { clock, logger, waitMs };
    const { bus, link } = await openBus(settings, { ...common, name });
    closers.add(() => bus.close());
    this.#nats = link;
    const store = await openRedis(settings, { ...common, name, ...use.redis });
    closers.add(() => store.close());
    this.#store = store;
    const eventLink = await openNats(settings, { ...common, name: `${name} events` });
    closers.add(() => eventLink.close());
    this.#eventNats = eventLink;
    const eventlog = await openEvents({ ...common, link: eventLink, ...use.events });
    closers.add(() => eventlog.close());
    this.#eventlog = eventlog;
    return { bus, store, eventlog };
  }
}

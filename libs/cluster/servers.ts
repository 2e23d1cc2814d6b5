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
import { RoundTrips, type RoundTripUse } from './round-trips.js';

export interface ServersUse {
  /** Of the process: `worker-7f3a`. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where their links and round trips are shown. */
  readonly metrics: Metrics;
  /** How long each server is waited for. */
  readonly waitMs: number;
  readonly redis: Pick<RedisUse, 'shards' | 'replicas' | 'commandTimeoutMs'>;
}

export interface OpenServers {
  readonly bus: Bus;
  readonly store: Store;
}

/** NATS and Redis of one process, as far as they have been reached. */
export class Servers {
  #link: NatsLink | undefined;
  #bus: Bus | undefined;
  #store: Store | undefined;

  /** For readiness: each throws, or rejects, while its server does not serve. */
  checks() {
    return {
      nats: () => mustBeConnected(this.#link),
      redis: () => mustServe(this.#store, (store) => store.check()),
    };
  }

  /** Undefined: not reached yet. */
  get bus(): Bus | undefined {
    return this.#bus;
  }

  /**
   * Waits for all of them, one after the other; `closers` get what is opened, at once.
   * @throws ConfigError, StartError
   */
  async open(
    settings: NatsSettings & RedisSettings,
    use: ServersUse,
    closers: Closers,
  ): Promise<OpenServers> {
    const { name, clock, logger, metrics, waitMs } = use;
    linkMetrics(metrics, () => this.links());
    const roundTrips = new RoundTrips(metrics, clock, this.#questions());
    const common = { name, clock, logger, waitMs };
    const { bus, link } = await openBus(settings, common);
    closers.add(() => bus.close());
    this.#link = link;
    this.#bus = bus;
    const store = await openRedis(settings, { ...common, ...use.redis });
    closers.add(() => store.close());
    this.#store = store;
    roundTrips.start();
    closers.add(async () => roundTrips.stop());
    return { bus, store };
  }

  protected links(): Readonly<Record<string, NatsLink | undefined>> {
    return { bus: this.#link };
  }

  /** For the round trips. */
  #questions(): RoundTripUse[] {
    const links = Object.keys(this.links()).map((name) => ({
      name: `nats_${name}`,
      ask: () => flushed(this.links()[name]),
    }));
    return [...links, { name: 'redis', ask: () => this.#store?.check() }];
  }
}

export interface EventServersUse extends ServersUse {
  /** Left out: an event log that others have made. */
  readonly events?: Pick<EventsUse, 'replicas' | 'retention'>;
}

export interface OpenEventServers extends OpenServers {
  readonly eventlog: JetStreamEventLog;
}

/** As Servers, with the event log in JetStream, over a link of its own, so that a burst of events delays no reply. */
export class EventServers extends Servers {
  #eventLink: NatsLink | undefined;
  #eventlog: JetStreamEventLog | undefined;

  override checks() {
    return { ...super.checks(), events: () => mustServe(this.#eventlog, (log) => log.last()) };
  }

  /** Events that the log has not acknowledged yet. */
  get eventsWaiting(): number {
    return this.#eventlog?.waiting ?? 0;
  }

  override async open(
    settings: NatsSettings & RedisSettings,
    use: EventServersUse,
    closers: Closers,
  ): Promise<OpenEventServers> {
    const opened = await super.open(settings, use, closers);
    const { name, clock, logger, waitMs, events } = use;
    const common = { clock, logger, waitMs };
    const link = await openNats(settings, { ...common, name: `${name} events` });
    closers.add(() => link.close());
    this.#eventLink = link;
    const eventlog = await openEvents({ ...common, link, ...events });
    closers.add(() => eventlog.close());
    this.#eventlog = eventlog;
    return { ...opened, eventlog };
  }

  protected override links(): Readonly<Record<string, NatsLink | undefined>> {
    return { ...super.links(), events: this.#eventLink };
  }
}

/** Undefined while there is no connection. */
function flushed(link: NatsLink | undefined): Promise<void> | undefined {
  return link?.connected === true ? link.connection.flush() : undefined;
}

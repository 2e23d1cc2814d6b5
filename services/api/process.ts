import { randomBytes } from 'node:crypto';
import type { NatsLink } from '../../libs/bus/mod.js';
import { systemClock, type Clock } from '../../libs/clock/mod.js';
import {
  linkMetrics,
  mustBeConnected,
  mustServe,
  openBus,
  openEvents,
  openNats,
  openRedis,
} from '../../libs/cluster/mod.js';
import type { JetStreamEventLog } from '../../libs/eventlog/mod.js';
import { SHARDS } from '../../libs/link/mod.js';
import { openOps, startOrStop, type Closers, type Logger, type Metrics } from '../../libs/ops/mod.js';
import type { Store } from '../../libs/store/mod.js';
import { apiConfigOf } from './configuration.js';
import type { ApiOptionValues } from './options.js';
import { startApi } from './start.js';

export interface ApiProcessOptions {
  readonly logger: Logger;
  /** The system's when left out. */
  readonly clock?: Clock;
  /** Get what is opened, at once: to close them stops also an API that still starts. Its own when left out. */
  readonly closers?: Closers;
}

/** A running API of a cluster. */
export interface ApiProcess {
  readonly apiId: string;
  readonly grpcPort: number;
  readonly opsPort: number;
  readonly metrics: Metrics;
  /** Reads certificates and the clients file again; false when one was refused (then the old one holds on). */
  reload(): Promise<boolean>;
  /** Not ready any more; ends streams, gives calls under way some time, and leaves the servers. */
  close(): Promise<void>;
}

/**
 * Starts an API over NATS, Redis and JetStream, which are waited for. Resolves when calls are served. Its ops port answers
 * before; a server lost later ends its readiness, until it is back.
 * @throws ConfigError, StartError. What had been started is stopped again.
 */
export async function startApiProcess(
  config: ApiOptionValues,
  options: ApiProcessOptions,
): Promise<ApiProcess> {
  return await startOrStop(options.logger, (closers) => start(config, options, closers), options.closers);
}

/** What is opened after the ops port answers. */
interface Reached {
  nats?: NatsLink;
  eventNats?: NatsLink;
  redis?: Store;
  eventLog?: JetStreamEventLog;
}

async function start(
  config: ApiOptionValues,
  { logger: parent, clock = systemClock() }: ApiProcessOptions,
  closers: Closers,
): Promise<ApiProcess> {
  const apiId = config.apiId ?? `api-${randomBytes(4).toString('hex')}`;
  const logger = parent.child({ apiId });
  const reached: Reached = {};
  const checks = {
    nats: () => mustBeConnected(reached.nats),
    redis: () => mustServe(reached.redis, (store) => store.check()),
    events: () => mustServe(reached.eventLog, (log) => log.last()),
  };
  const ops = await openOps(config, { checks, logger, clock }, closers);
  const { metrics } = ops;
  linkMetrics(metrics, () => ({ bus: reached.nats, events: reached.eventNats }));

  const use = { clock, logger, waitMs: config.serverWait };
  const { bus, link } = await openBus(config, { ...use, name: apiId });
  closers.add(() => bus.close());
  reached.nats = link;
  const store = await openRedis(config, { ...use, name: apiId, shards: SHARDS });
  closers.add(() => store.close());
  reached.redis = store;
  const eventLink = await openNats(config, { ...use, name: `${apiId} events` });
  closers.add(() => eventLink.close());
  reached.eventNats = eventLink;
  const eventlog = await openEvents({ ...use, link: eventLink });
  closers.add(() => eventlog.close());
  reached.eventLog = eventlog;

  const asked = new Set<string>(config.decisions);
  const api = await startApi({
    bus,
    store,
    eventlog,
    clock,
    logger,
    metrics,
    config: apiConfigOf(config, { apiId, asked }),
  });
  closers.add(() => api.close());
  closers.add(async () => ops.setReady(false));
  ops.setReady(true);
  return {
    apiId,
    grpcPort: api.port,
    opsPort: ops.port,
    metrics,
    reload: () => api.reload(),
    close: () => closers.close(),
  };
}

import { randomBytes } from 'node:crypto';
import { systemClock, type Clock } from '../../libs/clock/mod.js';
import { EventServers } from '../../libs/cluster/mod.js';
import { SHARDS } from '../../libs/link/mod.js';
import { openOps, startOrStop, type Closers, type Logger, type Metrics } from '../../libs/ops/mod.js';
import { openTracing } from '../../libs/tracing/mod.js';
import { apiConfigOf } from './configuration.js';
import type { ApiOptionValues } from './options.js';
import { checkSecurity } from './security/mod.js';
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

async function start(
  config: ApiOptionValues,
  { logger: parent, clock = systemClock() }: ApiProcessOptions,
  closers: Closers,
): Promise<ApiProcess> {
  // Before servers are waited for.
  checkSecurity(config);
  const apiId = config.apiId ?? `api-${randomBytes(4).toString('hex')}`;
  const logger = parent.child({ apiId });
  const servers = new EventServers();
  const ops = await openOps(config, { checks: servers.checks(), logger, clock }, closers);
  const { metrics } = ops;
  const service = { name: 'stationmaster-api', instanceId: apiId };
  const tracer = await openTracing(config, service, { clock, logger, metrics }, closers);
  const { bus, store, eventlog } = await servers.open(
    config,
    { name: apiId, clock, logger, metrics, waitMs: config.serverWait, redis: { shards: SHARDS } },
    closers,
  );

  const asked = new Set<string>(config.decisions);
  const api = await startApi({
    bus,
    store,
    eventlog,
    clock,
    logger,
    metrics,
    tracer,
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

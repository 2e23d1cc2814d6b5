import type { Bus } from '../../libs/bus/mod.js';
import { systemClock, type Clock } from '../../libs/clock/mod.js';
import { Servers } from '../../libs/cluster/mod.js';
import { SHARDS } from '../../libs/link/mod.js';
import { openOps, startOrStop, type Closers, type Logger, type Metrics } from '../../libs/ops/mod.js';
import { openTracing } from '../../libs/tracing/mod.js';
import { edgeConfigOf } from './configuration.js';
import { mustCarryMessages } from './max-payload.js';
import type { EdgeOptionValues } from './options.js';
import { reloadTls } from './reload-tls.js';
import { startEdge, type Edge } from './start.js';
import { explainedByEdge } from './start-errors.js';

export interface EdgeProcessOptions {
  readonly logger: Logger;
  /** The system's when left out. */
  readonly clock?: Clock;
}

/** A running edge of a cluster. */
export interface EdgeProcess {
  readonly ocppPort: number;
  readonly tlsPort: number | undefined;
  readonly opsPort: number;
  readonly edge: Edge;
  readonly bus: Bus;
  readonly metrics: Metrics;
  /** Reads the certificates again; false when they were refused (then the old ones hold on). */
  reload(): Promise<boolean>;
  /** Not ready any more, stations told to go spread over the drain time, then as `close`. */
  drain(): Promise<void>;
  /** Cuts connections and leaves the servers. */
  close(): Promise<void>;
}

/**
 * Starts an edge over NATS and Redis, which are waited for. Resolves when stations are served. Its ops port answers
 * before; NATS or Redis lost later end its readiness, until they are back.
 * @throws ConfigError, StartError. What had been started is stopped again.
 */
export async function startEdgeProcess(
  config: EdgeOptionValues,
  options: EdgeProcessOptions,
): Promise<EdgeProcess> {
  try {
    return await startOrStop(options.logger, (closers) => start(config, options, closers));
  } catch (error) {
    throw explainedByEdge(error);
  }
}

async function start(
  config: EdgeOptionValues,
  { logger: parent, clock = systemClock() }: EdgeProcessOptions,
  closers: Closers,
): Promise<EdgeProcess> {
  const { mode, sharePort, edgeId, serverWait: waitMs } = config;
  const edgeConfig = edgeConfigOf(config, {
    mode,
    sharePort,
    shards: SHARDS,
    ...(edgeId === undefined ? {} : { edgeId }),
  });
  const logger = parent.child({ edgeId: edgeConfig.edgeId });
  const servers = new Servers();
  const { nats: mustBeConnected, redis } = servers.checks();
  const nats = () => {
    mustBeConnected();
    if (servers.bus !== undefined) mustCarryMessages(servers.bus, edgeConfig.maxMessageBytes);
  };
  const ops = await openOps(config, { checks: { nats, redis }, logger, clock }, closers);
  const { metrics } = ops;
  const service = { name: 'stationmaster-edge', instanceId: edgeConfig.edgeId };
  const tracer = await openTracing(config, service, { clock, logger, metrics }, closers);
  const { bus, store } = await servers.open(
    config,
    { name: edgeConfig.edgeId, clock, logger, metrics, waitMs, redis: { shards: SHARDS } },
    closers,
  );

  const edge = await startEdge({
    bus,
    directory: store.directory,
    running: store.running,
    clock,
    logger,
    metrics,
    tracer,
    config: edgeConfig,
  });
  closers.add(() => edge.close());
  await bus.flush();
  ops.setReady(true);
  return {
    ocppPort: edge.port,
    tlsPort: edge.tlsPort,
    opsPort: ops.port,
    edge,
    bus,
    metrics,
    reload: () => reloadTls(edge),
    drain: () => ops.stop(() => edge.drain()),
    close: () => ops.stop(),
  };
}

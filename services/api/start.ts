import type { Bus } from '../../libs/bus/mod.js';
import type { Clock } from '../../libs/clock/mod.js';
import { Dispatcher } from '../../libs/dispatch/mod.js';
import type { EventLog } from '../../libs/eventlog/mod.js';
import { startOrStop, type Closers, type Logger, type Metrics } from '../../libs/ops/mod.js';
import type { Store } from '../../libs/store/mod.js';
import type { Tracer } from '../../libs/tracing/mod.js';
import { Calls } from './calls.js';
import type { ApiConfig } from './config.js';
import { HealthWatch } from './health.js';
import { apiMetrics, type ApiMetrics } from './metrics.js';
import { NatsDoor } from './nats/mod.js';
import { openSecurity } from './security/mod.js';
import { startGrpcServer } from './server.js';
import { startServices } from './services.js';

export interface ApiOptions {
  readonly bus: Bus;
  readonly store: Store;
  readonly eventlog: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Left out: nothing is traced. */
  readonly tracer?: Tracer | undefined;
  readonly config: ApiConfig;
}

export interface Api {
  /** Of gRPC. */
  readonly port: number;
  /** Reads certificates and the clients file again; false when one was refused (then the old one holds on). */
  reload(): Promise<boolean>;
  /** Takes no new call; streams end, other calls have some time to end by themselves. */
  close(): Promise<void>;
}

/**
 * Serves the API over gRPC and over the bus. Resolves when both doors are open.
 * @throws ConfigError, StartError. What had been started is stopped again.
 */
export async function startApi(options: ApiOptions): Promise<Api> {
  return await startOrStop(options.logger, (closers) => start(options, closers));
}

async function start(options: ApiOptions, closers: Closers): Promise<Api> {
  const { bus, store, clock, logger, config } = options;
  const security = await openSecurity(config.security, { clock, logger });
  closers.add(() => security.close());

  const metrics: ApiMetrics = apiMetrics(options.metrics, () => ({
    calls: calls.running,
    waiting: commands.waiting,
    kept: dispatcher.kept,
    keptBytes: dispatcher.keptBytes,
  }));
  const calls = new Calls({ clock, logger, metrics });
  const { apiId: processId, graceMs } = config;
  const dispatcher = new Dispatcher({ bus, clock, metrics, processId, shards: store.shards, graceMs });
  dispatcher.start();
  closers.add(() => dispatcher.drain());
  const lateOutcome = () => metrics.lateOutcomes.add();
  const { all: services, commands, decisions } = startServices({ ...options, dispatcher, lateOutcome });
  closers.add(async () => commands.close());

  const server = await startGrpcServer({
    host: config.security.grpcHost,
    port: config.port,
    credentials: security.credentials,
    security: security.middleware,
    calls,
    services,
    clock,
  });
  closers.add(() => server.stop(config.stopMs));
  // Before the calls are ended: what waits for a decision is handed to others.
  closers.add(() => decisions.close());
  const door = new NatsDoor({ bus, clock, calls, services, audit: (call) => security.audit(call) });
  door.start();
  closers.add(() => door.stop());
  await bus.flush();
  const health = new HealthWatch({
    bus,
    clock,
    check: () => store.check(),
    lookMs: config.healthMs,
    tell: (healthy) => server.setHealthy(healthy),
  });
  closers.add(async () => health.stop());
  await health.start();
  return { port: server.port, reload: () => security.reload(), close: () => closers.close() };
}

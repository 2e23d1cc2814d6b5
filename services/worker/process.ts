import { randomBytes } from 'node:crypto';
import { systemClock, type Clock } from '../../libs/clock/mod.js';
import { EventServers, type EventServersUse, type OpenEventServers } from '../../libs/cluster/mod.js';
import { SHARDS } from '../../libs/link/mod.js';
import {
  openOps,
  StartError,
  startOrStop,
  type Closers,
  type Logger,
  type Metrics,
} from '../../libs/ops/mod.js';
import { openTracing } from '../../libs/tracing/mod.js';
import { retentionOf, workerConfigOf } from './configuration.js';
import type { WorkerOptionValues } from './options.js';
import { startWorker, type Worker } from './start.js';
import type { DecisionAction } from './station/mod.js';
import { openTokenDoor, tokenDoorOf, type TokenDoor } from './token-door.js';

/** A connection to Redis that stalls is given up early enough for leases to be renewed over a new one. */
const COMMANDS_IN_LEASE = 5;
const LAST_COMMAND_TIMEOUT_MS = 2_000;

export interface WorkerProcessOptions {
  readonly logger: Logger;
  /** The system's when left out. */
  readonly clock?: Clock;
  /** The decisions that are asked for, in place of the setting's. */
  readonly asks?: readonly DecisionAction[];
  /** Get what is opened, at once: to close them stops also a worker that still starts. Its own when left out. */
  readonly closers?: Closers;
}

/** A running worker of a cluster. */
export interface WorkerProcess {
  readonly workerId: string;
  readonly opsPort: number;
  readonly tokens: TokenDoor;
  readonly worker: Worker;
  readonly metrics: Metrics;
  /** Reads the tokens file again; false when it was refused (then the old one holds on). */
  reload(): Promise<boolean>;
  /** Not ready any more; hands its shards over, with everything that was begun finished, and leaves the servers. */
  close(): Promise<void>;
}

/**
 * Starts a worker over NATS and Redis, which are waited for. Resolves when it serves the shards that were free. Its ops port
 * answers before; NATS or Redis lost later end its readiness, until they are back.
 * @throws ConfigError, StartError: also when it is closed before it serves. What had been started is stopped again.
 */
export async function startWorkerProcess(
  config: WorkerOptionValues,
  options: WorkerProcessOptions,
): Promise<WorkerProcess> {
  return await startOrStop(options.logger, (closers) => start(config, options, closers), options.closers);
}

async function start(
  config: WorkerOptionValues,
  options: WorkerProcessOptions,
  closers: Closers,
): Promise<WorkerProcess> {
  const { clock = systemClock(), asks } = options;
  const workerId = config.workerId ?? `worker-${randomBytes(4).toString('hex')}`;
  const logger = options.logger.child({ workerId });
  const servers = new EventServers();
  const ops = await openOps(config, { checks: servers.checks(), logger, clock }, closers);
  const { metrics } = ops;
  const service = { name: 'stationmaster-worker', instanceId: workerId };
  const tracer = await openTracing(config, service, { clock, logger, metrics }, closers);
  showWaitingEvents(metrics, servers);

  const use = { name: workerId, clock, logger, metrics };
  const { bus, store, eventlog } = await openServers(config, servers, use, closers);
  const tokens = await openTokenDoor(config, { bus, clock, logger });
  closers.add(() => tokens.close());
  mustGoOn(closers);
  const worker = await startWorker({
    bus,
    store,
    eventlog,
    clock,
    logger,
    metrics,
    tracer,
    closers,
    config: workerConfigOf(config, {
      workerId,
      leaseTtlMs: config.leaseTime,
      ...(asks === undefined ? {} : { asks }),
    }),
  });
  await bus.flush();
  mustGoOn(closers);
  closers.add(async () => ops.setReady(false));
  ops.setReady(true);
  return {
    workerId,
    opsPort: ops.port,
    tokens: tokenDoorOf(config),
    worker,
    metrics,
    reload: () => tokens.reload(),
    close: () => closers.close(),
  };
}

/** A worker that took shards after the others were stopped would keep them from everybody until its leases lapse. */
function mustGoOn(closers: Closers): void {
  if (closers.closing) throw new StartError('the worker was stopped before it served');
}

function showWaitingEvents(metrics: Metrics, servers: EventServers): void {
  const name = 'stationmaster_event_log_waiting';
  const help = 'Events that the event log has not acknowledged yet';
  metrics.gauge({ name, help }, () => servers.eventsWaiting);
}

async function openServers(
  config: WorkerOptionValues,
  servers: EventServers,
  use: Pick<EventServersUse, 'name' | 'clock' | 'logger' | 'metrics'>,
  closers: Closers,
): Promise<OpenEventServers> {
  const { redisReplicas: replicas, leaseTime, eventReplicas, serverWait: waitMs } = config;
  const commandTimeoutMs = Math.min(LAST_COMMAND_TIMEOUT_MS, leaseTime / COMMANDS_IN_LEASE);
  const redis = { shards: SHARDS, replicas, commandTimeoutMs };
  const events = {
    retention: retentionOf(config),
    ...(eventReplicas === undefined ? {} : { replicas: eventReplicas }),
  };
  return await servers.open(config, { ...use, waitMs, redis, events }, closers);
}

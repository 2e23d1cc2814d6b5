import { randomBytes } from 'node:crypto';
import type { Bus, NatsLink } from '../../libs/bus/mod.js';
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
import type { EventLog, JetStreamEventLog } from '../../libs/eventlog/mod.js';
import { SHARDS } from '../../libs/link/mod.js';
import {
  openOps,
  StartError,
  startOrStop,
  type Closers,
  type Logger,
  type Metrics,
} from '../../libs/ops/mod.js';
import type { Store } from '../../libs/store/mod.js';
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

/** What is opened after the ops port answers. */
interface Reached {
  nats?: NatsLink;
  eventNats?: NatsLink;
  redis?: Store;
  eventLog?: JetStreamEventLog;
}

async function start(
  config: WorkerOptionValues,
  options: WorkerProcessOptions,
  closers: Closers,
): Promise<WorkerProcess> {
  const { clock = systemClock(), asks } = options;
  const workerId = config.workerId ?? `worker-${randomBytes(4).toString('hex')}`;
  const logger = options.logger.child({ workerId });
  const reached: Reached = {};
  const ops = await openOps(config, { checks: checksOf(reached), logger, clock }, closers);
  const { metrics } = ops;
  measure(metrics, reached);

  const { bus, store, eventlog } = await openServers(config, workerId, reached, clock, logger, closers);
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

function checksOf(reached: Reached) {
  return {
    nats: () => mustBeConnected(reached.nats),
    redis: () => mustServe(reached.redis, (store) => store.check()),
    events: () => mustServe(reached.eventLog, (log) => log.last()),
  };
}

function measure(metrics: Metrics, reached: Reached): void {
  linkMetrics(metrics, () => ({ bus: reached.nats, events: reached.eventNats }));
  const name = 'stationmaster_event_log_waiting';
  const help = 'Events that the event log has not acknowledged yet';
  metrics.gauge({ name, help }, () => reached.eventLog?.waiting ?? 0);
}

/** Two links to NATS, so that a burst of events delays no reply. */
async function openServers(
  config: WorkerOptionValues,
  workerId: string,
  reached: Reached,
  clock: Clock,
  logger: Logger,
  closers: Closers,
): Promise<{ bus: Bus; store: Store; eventlog: EventLog }> {
  const { redisReplicas, leaseTime, eventReplicas, serverWait: waitMs } = config;
  const use = { clock, logger, waitMs };
  const { bus, link } = await openBus(config, { ...use, name: workerId });
  closers.add(() => bus.close());
  reached.nats = link;
  const store = await openRedis(config, {
    ...use,
    name: workerId,
    shards: SHARDS,
    replicas: redisReplicas,
    commandTimeoutMs: Math.min(LAST_COMMAND_TIMEOUT_MS, leaseTime / COMMANDS_IN_LEASE),
  });
  closers.add(() => store.close());
  reached.redis = store;
  const eventLink = await openNats(config, { ...use, name: `${workerId} events` });
  closers.add(() => eventLink.close());
  reached.eventNats = eventLink;
  const eventlog = await openEvents({
    ...use,
    link: eventLink,
    ...(eventReplicas === undefined ? {} : { replicas: eventReplicas }),
    retention: retentionOf(config),
  });
  closers.add(() => eventlog.close());
  reached.eventLog = eventlog;
  return { bus, store, eventlog };
}

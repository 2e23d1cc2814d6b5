import { memoryBus, type Bus } from '../../libs/bus/mod.js';
import { systemClock, type Clock } from '../../libs/clock/mod.js';
import { openLmdbEventLog, type EventLog } from '../../libs/eventlog/mod.js';
import { SHARDS } from '../../libs/link/mod.js';
import {
  openOps,
  startOrStop,
  WatchedFile,
  type Closers,
  type Logger,
  type Metrics,
} from '../../libs/ops/mod.js';
import { openLmdb, openLmdbStore, type Store } from '../../libs/store/mod.js';
import { openTracing } from '../../libs/tracing/mod.js';
import { startApi } from '../api/mod.js';
import { reloadTls, startEdge, type Edge } from '../edge/mod.js';
import { openTokenDoor, retentionOf, startWorker, type Worker } from '../worker/mod.js';
import { doorsOf, standaloneApi, standaloneEdge, standaloneWorker, type Doors } from './configuration.js';
import { makeFolder } from './data-folder.js';
import type { StandaloneConfig } from './options.js';
import { explained } from './start-errors.js';
import { loadStations } from './stations.js';

export interface StandaloneOptions {
  readonly logger: Logger;
  /** The system's when left out. */
  readonly clock?: Clock;
}

/** A running gateway. */
export interface Standalone {
  readonly ocppPort: number;
  readonly tlsPort: number | undefined;
  readonly opsPort: number;
  readonly grpcPort: number;
  readonly doors: Doors;
  readonly edge: Edge;
  readonly worker: Worker;
  readonly bus: Bus;
  readonly store: Store;
  readonly eventlog: EventLog;
  readonly metrics: Metrics;
  /** Reads stations, tokens, API clients and certificates again; false when a file was refused (then the old one holds on). */
  reload(): Promise<boolean>;
  /** Not ready any more, stations told to go spread over the drain time, then as `close`. */
  drain(): Promise<void>;
  /** Cuts connections, finishes what was begun, closes the files. */
  close(): Promise<void>;
}

/**
 * Starts a whole gateway in this process. Resolves when stations are served.
 * @throws ConfigError, StartError. What had been started is stopped again.
 */
export async function startStandalone(
  config: StandaloneConfig,
  options: StandaloneOptions,
): Promise<Standalone> {
  try {
    return await startOrStop(options.logger, (closers) => start(config, options, closers));
  } catch (error) {
    throw explained(error);
  }
}

async function start(
  config: StandaloneConfig,
  options: StandaloneOptions,
  closers: Closers,
): Promise<Standalone> {
  const { logger, clock = systemClock() } = options;
  const doors = doorsOf(config);
  const edgeConfig = standaloneEdge(config);

  const { store, eventlog } = await openState(config, clock, logger, closers);
  const ops = await openOps(config, { checks: { store: () => store.check() }, logger, clock }, closers);
  const { metrics } = ops;
  const service = { name: 'stationmaster-standalone', instanceId: edgeConfig.edgeId };
  const tracer = await openTracing(config, service, { clock, logger, metrics }, closers);
  const bus = memoryBus({
    clock,
    onError: (error, subject) => logger.error({ err: error, subject }, 'bus_handler_threw'),
  });
  closers.add(() => bus.close());
  // Before the edge is there, nobody is connected.
  let disconnect: Edge['disconnect'] = () => 0;
  const load = (file: string) => loadStations(file, store.directory, (stationIds) => disconnect(stationIds));
  const stations = await openStations(config.stationsFile, load, clock, logger);
  closers.add(async () => await stations?.close());
  const tokens = await openTokenDoor(config, { bus, clock, logger });
  closers.add(() => tokens.close());

  const parts = { bus, clock, logger, metrics, tracer };
  const worker = await startWorker({ ...parts, store, eventlog, config: standaloneWorker(config) });
  closers.add(() => worker.close());
  const { directory, running } = store;
  const edge = await startEdge({ ...parts, directory, running, config: edgeConfig });
  closers.add(() => edge.close());
  disconnect = (stationIds) => edge.disconnect(stationIds);
  const api = await startApi({ ...parts, store, eventlog, config: standaloneApi(config) });
  closers.add(() => api.close());
  ops.setReady(true);

  return {
    ocppPort: edge.port,
    tlsPort: edge.tlsPort,
    opsPort: ops.port,
    grpcPort: api.port,
    doors,
    edge,
    worker,
    bus,
    store,
    eventlog,
    metrics,
    reload: async () => {
      const reloads = [
        tokens.reload(),
        reloadTls(edge),
        api.reload(),
        ...(stations === undefined ? [] : [stations.reload()]),
      ];
      return (await Promise.all(reloads)).every(Boolean);
    },
    drain: () => ops.stop(() => edge.drain()),
    close: () => ops.stop(),
  };
}

/** The files in the data folder: one environment, so that one flush makes state and events durable. */
async function openState(config: StandaloneConfig, clock: Clock, logger: Logger, closers: Closers) {
  await makeFolder(config.dataDir);
  const onError = (error: unknown) => logger.error({ err: error }, 'data_directory_failed');
  const environment = await openLmdb({ path: config.dataDir, clock, onError });
  closers.add(() => environment.close());
  const store = await openLmdbStore({ environment, clock, shards: SHARDS });
  closers.add(() => store.close());
  const eventlog = await openLmdbEventLog({ environment, clock, ...retentionOf(config) });
  closers.add(() => eventlog.close());
  return { store, eventlog };
}

/** The stations file, loaded and watched; undefined when there is none. */
async function openStations(
  file: string | undefined,
  load: (file: string) => Promise<object>,
  clock: Clock,
  logger: Logger,
): Promise<WatchedFile | undefined> {
  if (file === undefined) return undefined;
  return await WatchedFile.open({ file, load, clock, logger });
}

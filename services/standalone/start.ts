import { memoryBus, type Bus } from '../../libs/bus/mod.js';
import { systemClock, type Clock } from '../../libs/clock/mod.js';
import { openLmdbEventLog, type EventLog } from '../../libs/eventlog/mod.js';
import { SHARDS } from '../../libs/link/mod.js';
import { createMetrics, startOpsServer, type Logger, type Metrics } from '../../libs/ops/mod.js';
import { openLmdb, openLmdbStore, type Store } from '../../libs/store/mod.js';
import { startEdge, type Edge } from '../edge/mod.js';
import { startWorker, type Worker } from '../worker/start.js';
import { doorsOf, edgeConfigOf, retentionOf, workerConfigOf, type Doors } from './configuration.js';
import { startDecider } from './decider.js';
import { makeFolder } from './data-folder.js';
import { readStations } from './files/stations.js';
import { readTokens, type Tokens } from './files/tokens.js';
import type { StandaloneConfig } from './options.js';
import { provision } from './provision.js';
import { explained } from './start-errors.js';
import { WatchedFile } from './watched-file.js';

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
  readonly doors: Doors;
  readonly edge: Edge;
  readonly worker: Worker;
  readonly bus: Bus;
  readonly store: Store;
  readonly eventlog: EventLog;
  readonly metrics: Metrics;
  /** Reads stations, tokens and certificates again; false when a file was refused (then the old one holds on). */
  reload(): Promise<boolean>;
  /** Not ready any more, stations told to go spread over the drain time, then as `close`. */
  drain(): Promise<void>;
  /** Cuts connections, finishes what was begun, closes the files. */
  close(): Promise<void>;
}

/** How often the stations and tokens files are looked at. */
const WATCH_MS = 2000;

/**
 * Starts a whole gateway in this process. Resolves when stations are served.
 * @throws ConfigError, StartError. What had been started is stopped again.
 */
export async function startStandalone(
  config: StandaloneConfig,
  options: StandaloneOptions,
): Promise<Standalone> {
  const closers = new Closers(options.logger);
  try {
    return await start(config, options, closers);
  } catch (error) {
    await closers.close();
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
  const edgeConfig = edgeConfigOf(config, SHARDS);
  const metrics = createMetrics();

  const { store, eventlog } = await openState(config, clock, logger, closers);
  const ops = await startOpsServer({
    port: config.opsPort,
    host: config.opsHost,
    metrics,
    checks: { store: () => store.check() },
    logger,
    clock,
  });
  closers.add(() => ops.close());
  const bus = memoryBus({
    clock,
    onError: (error, subject) => logger.error({ err: error, subject }, 'bus_handler_threw'),
  });
  closers.add(() => bus.close());
  // Before the edge is there, nobody is connected.
  let disconnect: Edge['disconnect'] = () => 0;
  const loadStations = async (file: string) => {
    const { shutOut, ...counts } = await provision(store.directory, await readStations(file));
    return { ...counts, disconnected: disconnect(shutOut) };
  };
  const files = await openFiles(config, loadStations, clock, logger);
  closers.add(() => files.close());
  const tokens = () => (doors.tokens === 'any' ? 'any' : files.tokens());
  if (doors.tokens !== 'ask') closers.add(startDecider({ bus, clock, logger, tokens }));

  const parts = { bus, clock, logger, metrics };
  const worker = await startWorker({ ...parts, store, eventlog, config: workerConfigOf(config) });
  closers.add(() => worker.close());
  const edge = await startEdge({ ...parts, directory: store.directory, config: edgeConfig });
  closers.add(() => edge.close());
  disconnect = (stationIds) => edge.disconnect(stationIds);
  ops.setReady(true);

  return {
    ocppPort: edge.port,
    tlsPort: edge.tlsPort,
    opsPort: ops.port,
    doors,
    edge,
    worker,
    bus,
    store,
    eventlog,
    metrics,
    reload: async () => (await Promise.all([files.reload(), reloadTls(edge)])).every(Boolean),
    drain: async () => {
      ops.setReady(false);
      await edge.drain();
      await closers.close();
    },
    close: () => {
      ops.setReady(false);
      return closers.close();
    },
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

/** False when the certificates were refused; the edge has logged why. */
function reloadTls(edge: Edge): Promise<boolean> {
  return edge.reloadTls().then(
    () => true,
    () => false,
  );
}

/** The stations and tokens files, loaded and watched. */
async function openFiles(
  config: StandaloneConfig,
  loadStations: (file: string) => Promise<object>,
  clock: Clock,
  logger: Logger,
) {
  let tokens: Tokens = new Map();
  const watched: WatchedFile[] = [];
  const open = async (file: string | undefined, load: (file: string) => Promise<object>): Promise<void> => {
    if (file !== undefined)
      watched.push(await WatchedFile.open({ file, load, clock, logger, intervalMs: WATCH_MS }));
  };
  const close = async (): Promise<void> => {
    await Promise.all(watched.map((file) => file.close()));
  };
  try {
    await open(config.stationsFile, loadStations);
    await open(config.tokensFile, async (file) => {
      tokens = await readTokens(file);
      return { tokens: tokens.size };
    });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    tokens: () => tokens,
    reload: async () => (await Promise.all(watched.map((file) => file.reload()))).every(Boolean),
    close,
  };
}

/** What has to be stopped, the newest first. */
class Closers {
  readonly #closers: (() => Promise<void>)[] = [];
  #closed: Promise<void> | undefined;

  constructor(private readonly logger: Logger) {}

  add(closer: () => Promise<void>): void {
    this.#closers.push(closer);
  }

  /** Stops everything, also when some of it fails (which is logged); asked again, waits for the same. */
  close(): Promise<void> {
    this.#closed ??= this.#closeAll();
    return this.#closed;
  }

  async #closeAll(): Promise<void> {
    for (const closer of this.#closers.reverse()) {
      try {
        await closer();
      } catch (error) {
        this.logger.error({ err: error }, 'stop_failed');
      }
    }
  }
}

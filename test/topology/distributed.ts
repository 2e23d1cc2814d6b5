import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Bus } from '../../libs/bus/mod.js';
import { systemClock } from '../../libs/clock/mod.js';
import { openBus, openEvents, openNats } from '../../libs/cluster/mod.js';
import type { EventLog } from '../../libs/eventlog/mod.js';
import { Closers, defaultsOf, silentLogger } from '../../libs/ops/mod.js';
import { LOOPBACK, NatsServer, RedisServer } from '../../libs/servers/mod.js';
import { OPTIONS as API_OPTIONS, type ApiOptionValues } from '../../services/api/options.js';
import { startApiProcess, type ApiProcess } from '../../services/api/process.js';
import { OPTIONS as EDGE_OPTIONS, type EdgeOptionValues } from '../../services/edge/options.js';
import { startEdgeProcess, type EdgeProcess } from '../../services/edge/process.js';
import { OPTIONS as PROVISION_OPTIONS } from '../../services/provision/options.js';
import { runProvision } from '../../services/provision/run.js';
import { retentionOf } from '../../services/worker/configuration.js';
import { OPTIONS as WORKER_OPTIONS, type WorkerOptionValues } from '../../services/worker/options.js';
import { startWorkerProcess, type WorkerProcess } from '../../services/worker/process.js';
import { readEvents } from './read-events.js';
import type { Settings, StartTopology, Topology } from './topology.js';

const EDGES = 2;
const WORKERS = 2;
const clock = systemClock();
const logger = silentLogger();

/**
 * Two edges, two workers and one API, each with its own links to a real NATS and a real Redis that nobody else uses. Stations are
 * spread over the edges: one that comes back comes to the other edge.
 */
export const distributed: StartTopology = async (settings) => {
  const closers = new Closers(logger);
  try {
    return await start(settings, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
};

async function start(settings: Settings, closers: Closers): Promise<Topology> {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-'));
  closers.add(() => rm(folder, { recursive: true }));
  const nats = await NatsServer.start({ folder: path.join(folder, 'nats') });
  closers.add(() => nats.kill9());
  const redis = await RedisServer.start({ folder: path.join(folder, 'redis') });
  closers.add(() => redis.kill9());

  const servers = { natsUrl: [nats.url], redisUrl: redis.url };
  const stationsFile = await listFile(folder, 'stations', settings.stations);
  const tokensFile = await listFile(folder, 'tokens', settings.tokens);
  if (stationsFile !== undefined) {
    const config = { ...defaultsOf(PROVISION_OPTIONS), ...servers, stationsFile };
    await runProvision(config, { logger, print: () => undefined });
  }
  const gateway = new Gateway(settings, { ...servers, stationsFile, tokensFile });
  closers.add(() => gateway.close());
  await gateway.start();

  const { bus } = await openBus(
    { ...defaultsOf(PROVISION_OPTIONS), ...servers },
    { name: 'business', clock, logger },
  );
  closers.add(() => bus.close());
  const events = await openLog(servers, closers);
  return new Distributed(gateway, bus, events, nats.url, closers);
}

class Distributed implements Topology {
  #connections = 0;

  constructor(
    private readonly gateway: Gateway,
    readonly bus: Bus,
    private readonly eventlog: EventLog,
    readonly natsUrl: string,
    private readonly closers: Closers,
  ) {}

  /** Another edge's each time. */
  get ocppUrl(): string {
    const { ocppPorts } = this.gateway;
    return `ws://${LOOPBACK}:${ocppPorts[this.#connections++ % ocppPorts.length]}/ocpp`;
  }

  get opsUrl(): string {
    return `http://${LOOPBACK}:${this.gateway.opsPort}`;
  }

  get grpcAddress(): string {
    return `${LOOPBACK}:${this.gateway.grpcPort}`;
  }

  async events(token?: string): ReturnType<Topology['events']> {
    return await readEvents(this.eventlog, token);
  }

  async restart(): Promise<void> {
    await this.gateway.drain();
    await this.gateway.start();
  }

  async close(): Promise<void> {
    await this.closers.close();
  }
}

interface Given extends Pick<EdgeOptionValues, 'natsUrl' | 'redisUrl'> {
  readonly stationsFile: string | undefined;
  readonly tokensFile: string | undefined;
}

/** The processes of the gateway. Started again they have the same ports and names. */
class Gateway {
  #edges: EdgeProcess[] = [];
  #workers: WorkerProcess[] = [];
  #api: ApiProcess | undefined;
  ocppPorts: readonly number[] = Array.from({ length: EDGES }, () => 0);
  opsPort = 0;
  grpcPort = 0;

  constructor(
    private readonly settings: Settings,
    private readonly given: Given,
  ) {}

  async start(): Promise<void> {
    const { asks } = this.settings;
    const options = { logger, clock, ...(asks === undefined ? {} : { asks }) };
    for (let at = 0; at < WORKERS; at++) {
      this.#workers.push(await startWorkerProcess(this.#workerOptions(at), options));
    }
    for (const [at, port] of this.ocppPorts.entries()) {
      this.#edges.push(await startEdgeProcess(this.#edgeOptions(at, port), { logger, clock }));
    }
    this.#api = await startApiProcess(this.#apiOptions(), { logger, clock });
    this.grpcPort = this.#api.grpcPort;
    this.ocppPorts = this.#edges.map(({ ocppPort }) => ocppPort);
    this.opsPort = this.#edges[0]?.opsPort ?? 0;
  }

  /** As SIGTERM does to every process: the edges first. */
  async drain(): Promise<void> {
    await Promise.all(this.#edges.map((edge) => edge.drain()));
    await this.close();
  }

  async close(): Promise<void> {
    await Promise.all(this.#edges.map((edge) => edge.close()));
    await this.#api?.close();
    await Promise.all(this.#workers.map((worker) => worker.close()));
    this.#edges = [];
    this.#workers = [];
    this.#api = undefined;
  }

  #edgeOptions(at: number, ocppPort: number): EdgeOptionValues {
    const {
      stations,
      tokens: _tokens,
      commandTimeoutMs: _timeout,
      asks: _asks,
      maxConnections,
      ...limits
    } = this.settings;
    const { natsUrl, redisUrl } = this.given;
    return {
      ...defaultsOf(EDGE_OPTIONS),
      natsUrl,
      redisUrl,
      mode: stations === undefined ? 'open' : 'provisioned',
      edgeId: `edge-${at + 1}`,
      host: LOOPBACK,
      ocppPort,
      opsHost: LOOPBACK,
      opsPort: at === 0 ? this.opsPort : 0,
      drainTime: 0,
      ...limits,
      // The gateway's limit is shared out among its edges.
      ...(maxConnections === undefined ? {} : { maxConnections: maxConnections / EDGES }),
    };
  }

  #apiOptions(): ApiOptionValues {
    const { asks, commandTimeoutMs } = this.settings;
    const { natsUrl, redisUrl } = this.given;
    return {
      ...defaultsOf(API_OPTIONS),
      natsUrl,
      redisUrl,
      mode: 'open',
      apiId: 'api-1',
      grpcHost: LOOPBACK,
      grpcPort: this.grpcPort,
      opsHost: LOOPBACK,
      opsPort: 0,
      ...(asks === undefined ? {} : { decisions: asks }),
      ...(commandTimeoutMs === undefined ? {} : { commandTimeout: commandTimeoutMs }),
    };
  }

  #workerOptions(at: number): WorkerOptionValues {
    const { commandTimeoutMs, asks } = this.settings;
    const { natsUrl, redisUrl, tokensFile } = this.given;
    return {
      ...defaultsOf(WORKER_OPTIONS),
      natsUrl,
      redisUrl,
      mode: asks === undefined ? 'open' : 'provisioned',
      tokensFile,
      workerId: `worker-${at + 1}`,
      opsHost: LOOPBACK,
      opsPort: 0,
      ...(commandTimeoutMs === undefined ? {} : { commandTimeout: commandTimeoutMs }),
    };
  }
}

async function openLog(servers: Pick<Given, 'natsUrl'>, closers: Closers): Promise<EventLog> {
  const settings = { ...defaultsOf(WORKER_OPTIONS), ...servers };
  const link = await openNats(settings, { name: 'reader', clock, logger });
  closers.add(() => link.close());
  const eventlog = await openEvents({ link, retention: retentionOf(settings), clock, logger });
  closers.add(() => eventlog.close());
  return eventlog;
}

/** Path of a stations or tokens file; undefined when there is to be none. */
async function listFile(
  folder: string,
  name: string,
  list: readonly object[] | undefined,
): Promise<string | undefined> {
  if (list === undefined) return undefined;
  const file = path.join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify({ [name]: list }));
  return file;
}

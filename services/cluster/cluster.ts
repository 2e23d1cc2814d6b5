import path from 'node:path';
import { systemClock } from '../../libs/clock/mod.js';
import { StartError, type Logger } from '../../libs/ops/mod.js';
import { NatsServer, RedisServer, type ServerProcess } from '../../libs/servers/mod.js';
import { memberProcess } from './member.js';
import type { ClusterConfig } from './options.js';
import { choosePorts, type Ports } from './ports.js';

/** In the order of their end: each needs those after it until it has ended. */
const KINDS = ['edge', 'api', 'worker', 'redis', 'nats'] as const;

/** A process of the cluster. */
export interface Part {
  readonly kind: (typeof KINDS)[number];
  readonly name: string;
  readonly process: ServerProcess;
  /** Of its metrics, or of the server itself. */
  readonly url: string;
}

export interface ClusterOptions {
  readonly logger: Logger;
  /** Told of every line that an edge, a worker or the API writes. */
  readonly onLine: (name: string, line: string, stream: 'stdout' | 'stderr') => void;
}

const RESTART_MS = 1000;

/** Servers, workers, edges and an API of this machine, each a process of its own. */
export class Cluster {
  readonly #parts: Part[] = [];
  #stopping = false;
  natsUrl = '';
  redisUrl = '';

  private constructor(
    private readonly config: ClusterConfig,
    private readonly options: ClusterOptions,
    readonly ports: Ports,
  ) {}

  /** Nothing runs yet. @throws StartError when a port is in use. */
  static async prepare(config: ClusterConfig, options: ClusterOptions): Promise<Cluster> {
    return new Cluster(config, options, await choosePorts(config));
  }

  /** In the order in which they were started: servers, workers, edges, API. */
  get parts(): readonly Part[] {
    return this.#parts;
  }

  /**
   * Resolves when all serve; never when it is stopped meanwhile.
   * @throws StartError; what had been started is ended again.
   */
  async start(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      if (this.#stopping) return await new Promise<never>(() => undefined);
      await this.stop();
      throw new StartError(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  /** Ends everything gracefully: edges, then the API, workers, servers. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const kind of KINDS) {
      const ending = this.#parts.filter((part) => part.kind === kind);
      await Promise.all(ending.map(({ process }) => process.stop()));
    }
  }

  async #start(): Promise<void> {
    const { dataDir, workers } = this.config;
    const { nats: natsPort, redis: redisPort, ocpp } = this.ports;
    const nats = await NatsServer.start({
      folder: path.join(dataDir, 'nats'),
      port: natsPort,
      detached: true,
    });
    this.natsUrl = nats.url;
    this.#addServer({ kind: 'nats', name: 'nats-server', process: nats, url: nats.url });
    const redis = await RedisServer.start({
      folder: path.join(dataDir, 'redis'),
      port: redisPort,
      detached: true,
    });
    this.redisUrl = redis.url;
    this.#addServer({ kind: 'redis', name: 'redis-server', process: redis, url: redis.url });
    await this.#startMembers(Array.from({ length: workers }, (_, at) => this.#worker(at)));
    await this.#startMembers(ocpp.map((port, at) => this.#edge(at, port)));
    await this.#startMembers([this.#api()]);
  }

  #addServer(part: Part): void {
    this.#parts.push(part);
    this.#watch(part);
  }

  async #startMembers(members: readonly Part[]): Promise<void> {
    if (this.#stopping) throw new Error('stopped at its start');
    this.#parts.push(...members);
    await Promise.all(members.map(({ process }) => process.start()));
    for (const member of members) this.#watch(member);
  }

  #worker(at: number): Part {
    const { leaseTime } = this.config;
    const name = `worker-${at + 1}`;
    const flags = ['--worker-id', name, '--lease-time', `${leaseTime}ms`];
    return this.#member('worker', name, flags, this.config.edges + at);
  }

  #edge(at: number, ocppPort: number): Part {
    const { host } = this.config;
    const name = `edge-${at + 1}`;
    const flags = ['--edge-id', name, '--host', host, '--ocpp-port', String(ocppPort), '--drain-time', '1s'];
    const share = this.ports.shared ? ['--share-port'] : [];
    return this.#member('edge', name, [...flags, ...share], at);
  }

  #api(): Part {
    const { workers, edges } = this.config;
    const flags = ['--api-id', 'api', '--grpc-port', String(this.ports.grpc)];
    return this.#member('api', 'api', flags, edges + workers);
  }

  #member(kind: 'edge' | 'worker' | 'api', name: string, flags: readonly string[], at: number): Part {
    const { logLevel } = this.config;
    const opsPort = this.ports.ops[at] ?? 0;
    const servers = ['--nats-url', this.natsUrl, '--redis-url', this.redisUrl];
    const process = memberProcess({
      name,
      main: `../${kind}/main.js`,
      flags: ['--mode', 'open', '--log-level', logLevel, ...servers, ...flags],
      opsPort,
      onLine: (line, stream) => this.options.onLine(name, line, stream),
    });
    return { kind, name, process, url: `http://localhost:${opsPort}` };
  }

  /** Tells when it ends by itself, and starts it again if that is asked for. */
  #watch(part: Part): void {
    const { name, process } = part;
    const { pid } = process;
    void process.exited.then((exit) => {
      if (this.#stopping) return;
      const { restart } = this.config;
      this.options.logger.error({ process: name, endedPid: pid, exit, restart }, 'process_ended');
      if (restart) systemClock().setTimer(RESTART_MS, () => void this.#restart(part));
    });
  }

  async #restart(part: Part): Promise<void> {
    if (this.#stopping) return;
    const { logger } = this.options;
    try {
      await part.process.start();
      logger.info({ process: part.name, newPid: part.process.pid }, 'process_started_again');
    } catch (error) {
      logger.error({ process: part.name, err: error }, 'process_not_started_again');
    }
    this.#watch(part);
  }
}

import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePorts, LOOPBACK } from '../../libs/servers/mod.js';
import { ServiceProcess } from '../topology/process.js';
import { Proxies, type Link } from './proxies.js';
import type { ServerName, Servers } from './servers.js';

export interface ClusterOptions {
  /** For the servers' data and the logs. */
  readonly folder: string;
  readonly edges: number;
  readonly workers: number;
  readonly leaseMs: number;
  /** 1 s when left out. */
  readonly drainMs?: number;
  /** How long a station has to answer a command; 3 s when left out. */
  readonly commandTimeoutMs?: number;
  /** Beside those of every edge, as `--connection-rate 100`; asked for at each start. */
  edgeFlags?(): readonly string[];
  /** A proxy stands between each process and each server. */
  readonly proxied: boolean;
}

/** Where an edge listens. 0: at any free port. */
export interface EdgePorts {
  readonly ocpp: number;
  readonly ops: number;
}

export type Role = 'edge' | 'worker';

/** A process of the gateway. */
export interface Member {
  readonly role: Role;
  readonly name: string;
  readonly process: ServiceProcess;
  /** The last lines that it wrote, but for what is routine. */
  readonly said: readonly string[];
  /** Of the process that runs; 0 before. */
  readonly opsPort: number;
  /** Its own ways to the servers, where there are proxies. */
  readonly links: Readonly<Partial<Record<ServerName, Link>>>;
}

/** Beside the lease, for CALLs that wait for a decision of a process that has gone. */
const DECISION_TIMEOUT = '2s';
const COMMAND_TIMEOUT_MS = 3000;
const DRAIN_MS = 1000;

/** Edges and workers as processes of their own, over real servers. */
export class Cluster {
  readonly edges: Member[] = [];
  readonly workers: Member[] = [];
  readonly #logs = new Map<string, WriteStream>();
  readonly #proxies: Proxies | undefined;
  #started = 0;

  private constructor(
    private readonly options: ClusterOptions,
    readonly servers: Servers,
  ) {
    this.#proxies = options.proxied ? new Proxies() : undefined;
  }

  static async start(
    options: ClusterOptions,
    startServers: (folder: string) => Promise<Servers>,
  ): Promise<Cluster> {
    await mkdir(path.join(options.folder, 'logs'), { recursive: true });
    const cluster = new Cluster(options, await startServers(options.folder));
    try {
      await Promise.all(Array.from({ length: options.workers }, async () => await cluster.addWorker()));
      await Promise.all(Array.from({ length: options.edges }, async () => await cluster.addEdge()));
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  get logFolder(): string {
    return path.join(this.options.folder, 'logs');
  }

  /** Longest time in which a caller of a command must have been told how it ended. */
  get commandDeadlineMs(): number {
    return 2 * this.#commandTimeoutMs + this.options.leaseMs + 1000;
  }

  get leaseMs(): number {
    return this.options.leaseMs;
  }

  /** Endpoints of all edges, without the station id, also of those that do not run. */
  readonly urls: string[] = [];

  get members(): Member[] {
    return [...this.edges, ...this.workers];
  }

  /** Resolves when the new worker serves. */
  async addWorker(): Promise<Member> {
    const flags = [
      ...['--lease-time', `${this.options.leaseMs}ms`, '--decision-timeout', DECISION_TIMEOUT],
      ...['--command-timeout', `${this.#commandTimeoutMs}ms`, ...this.servers.workerFlags],
    ];
    const member = await this.#member('worker', () => flags);
    await member.process.start();
    this.workers.push(member);
    return member;
  }

  /** Resolves when the new edge serves. */
  async addEdge({ ocpp, ops }: EdgePorts = { ocpp: 0, ops: 0 }): Promise<Member> {
    const [port = 0] = ocpp === 0 ? await freePorts(1) : [ocpp];
    const { drainMs = DRAIN_MS } = this.options;
    const flags = ['--ocpp-port', String(port), '--host', LOOPBACK, '--drain-time', `${drainMs}ms`];
    const member = await this.#member('edge', () => [...flags, ...(this.options.edgeFlags?.() ?? [])], ops);
    await member.process.start();
    this.edges.push(member);
    this.urls.push(`ws://${LOOPBACK}:${port}/ocpp`);
    return member;
  }

  /** Takes a worker that has ended off the list. */
  removeWorker(worker: Member): void {
    this.workers.splice(this.workers.indexOf(worker), 1);
  }

  /** Takes an edge that has ended off the list. */
  removeEdge(edge: Member): void {
    const at = this.edges.indexOf(edge);
    this.edges.splice(at, 1);
    this.urls.splice(at, 1);
  }

  /** Ends everything. */
  async close(): Promise<void> {
    await Promise.all(this.members.map(async ({ process }) => await process.kill9()));
    await this.servers.close();
    await this.#proxies?.close();
    for (const log of this.#logs.values()) log.end();
    for (const { name, process } of this.servers.all) {
      await writeFile(path.join(this.logFolder, `${name}.log`), process.output.join('\n'));
    }
  }

  /** Puts what every process counts at this moment into the folder of the logs, as `<process>-<label>.metrics`. */
  async keepMetrics(label: string): Promise<void> {
    for (const { name, opsPort } of this.members) {
      const url = `http://${LOOPBACK}:${opsPort}/metrics`;
      const text = await fetch(url, { signal: AbortSignal.timeout(2000) })
        .then(async (answer) => await answer.text())
        .catch((error: unknown) => `no answer: ${String(error)}\n`);
      await writeFile(path.join(this.logFolder, `${name}-${label}.metrics`), text);
    }
  }

  /** The last lines of every process. */
  tails(): string {
    const tail = (name: string, output: readonly string[]) =>
      [`--- ${name}`, ...output.slice(-TAIL).map((line) => line.slice(0, LINE))].join('\n');
    return [
      ...this.members.map(({ name, said }) => tail(name, said)),
      ...this.servers.all.map(({ name, process }) => tail(name, process.output)),
    ].join('\n');
  }

  get #commandTimeoutMs(): number {
    return this.options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS;
  }

  async #member(role: Role, more: () => readonly string[], opsPort = 0): Promise<Member> {
    const name = `${role}-${++this.#started}`;
    const links = await this.#links();
    const flags = [
      ...['--nats-url', this.servers.natsUrl(links.nats?.port)],
      ...['--redis-url', this.servers.redisUrl(links.redis?.port)],
      ...['--mode', 'open', '--ops-host', LOOPBACK, '--ops-port', String(opsPort)],
    ];
    const process = new ServiceProcess({
      name,
      main: `services/${role}/main.js`,
      started: `${role}_started`,
      flags: () => [...flags, ...more()],
    });
    const log = createWriteStream(path.join(this.logFolder, `${name}.log`), { flags: 'a' });
    this.#logs.set(name, log);
    const said: string[] = [];
    const member = { role, name, process, links, said, opsPort: 0 };
    process.onLine = (line) => {
      log.write(`${line}\n`);
      if (line.includes(`"${role}_started"`)) member.opsPort = (JSON.parse(line) as Started).opsPort;
      if (!ROUTINE.test(line)) said.push(line);
      if (said.length > TAIL) said.shift();
    };
    return member;
  }

  async #links(): Promise<Partial<Record<ServerName, Link>>> {
    const { ports } = this.servers;
    if (this.#proxies === undefined || ports === undefined) return {};
    return { nats: await this.#proxies.start(ports.nats), redis: await this.#proxies.start(ports.redis) };
  }
}

const TAIL = 25;
const LINE = 400;
/** What every transaction, connection and shard writes: too much to see anything else beside. */
const ROUTINE = /"(station_event|connection_ended|shard_lost)"/;

/** What the log line says with which a process serves. */
interface Started {
  readonly opsPort: number;
}

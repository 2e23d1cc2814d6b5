import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SHARDS } from '../../libs/link/mod.js';
import { freePorts, NatsServer, RedisServer, usageOf } from '../../libs/servers/mod.js';
import { CERTIFICATE, KEY } from '../../libs/station/testing/certificate.js';
import { Child, FOLDER } from '../harness/child.js';
import { readMetric } from './metrics.js';
import {
  HOST,
  memoryOf,
  nodeFlagsOf,
  profilingFlags,
  REPORTER,
  waitUntilReady,
  type Memory,
  type Profile,
} from './server.js';

type Service = 'edge' | 'worker' | 'api';

/** A station that may connect, as the stations file has it. */
export interface ProvisionedStation {
  readonly id: string;
  readonly password: string;
}

export interface GatewayClusterOptions {
  readonly edges: number;
  readonly workers: number;
  /** One API beside them. */
  readonly api?: boolean;
  readonly edgeFlags?: readonly string[];
  readonly workerFlags?: readonly string[];
  readonly apiFlags?: readonly string[];
  /** These may connect and no others. Left out: open mode. */
  readonly stations?: readonly ProvisionedStation[];
  /** Edges serve wss:// too, with an ECDSA certificate that nobody trusts. */
  readonly tls?: boolean;
  /** When Redis has its file on the disk; `always` unless told, as the project's guides have it. */
  readonly appendfsync?: 'always' | 'everysec';
  /** CPU profiles of edges, workers and API, each under this name and its own. */
  readonly profile?: Profile;
}

/** A process of the cluster, NATS and Redis included. */
export interface ClusterMember {
  /** `edge-1`, `worker-2`, `api-1`, `nats`, `redis`. */
  readonly name: string;
  readonly kind: Service | 'nats' | 'redis';
  readonly pid: number;
  /** User and system CPU time since its start, in µs, counted in steps of 10 ms. */
  cpuMicros(): number;
  /** Resident memory. */
  rssBytes(): number;
}

interface Member {
  readonly kind: Service;
  readonly child: Child;
  readonly opsUrl: string;
}

const PATIENCE_MS = 60_000;
const PROBE_MS = 50;
/** Stations of a benchmark send hundreds of messages a second; and it does not wait for those that it is done with. */
const EDGE_FLAGS = ['--station-rate-limit', '0', '--drain-time', '0'];

/**
 * The gateway as it runs distributed: one nats-server with JetStream and one redis-server with an append-only file, both on
 * the disk of the project, and edges, workers and API as processes of their own, as `npm run edge` and so on start them.
 * Nothing of it outlives this process.
 */
export class GatewayCluster {
  readonly ocppUrls: string[] = [];
  /** Empty without TLS. */
  readonly tlsUrls: string[] = [];
  /** Of the API; undefined without one. */
  grpcAddress: string | undefined;
  readonly processes: ClusterMember[] = [];
  readonly #folder: string;
  readonly #members: Member[] = [];
  #nats: NatsServer | undefined;
  #redis: RedisServer | undefined;

  private constructor(private readonly options: GatewayClusterOptions) {
    mkdirSync(FOLDER, { recursive: true });
    this.#folder = mkdtempSync(path.join(FOLDER, 'cluster-'));
    process.once('exit', this.#removeFolder);
  }

  /** Resolves when every edge serves stations and the workers share all shards. */
  static async start(options: GatewayClusterOptions): Promise<GatewayCluster> {
    const cluster = new GatewayCluster(options);
    try {
      await cluster.#start();
    } catch (error) {
      await cluster.close();
      throw error;
    }
    return cluster;
  }

  /** Of the edges, for stations without TLS. */
  get ocppPorts(): readonly number[] {
    return this.ocppUrls.map(portOf);
  }

  /** As `ocppPorts`, with TLS. */
  get tlsPorts(): readonly number[] {
    return this.tlsUrls.map(portOf);
  }

  get natsUrl(): string {
    return this.#nats?.url ?? '';
  }

  get redisUrl(): string {
    return this.#redis?.url ?? '';
  }

  /** Where the edges, workers and the API have their metrics, in the order of `processes`. */
  get opsUrls(): readonly string[] {
    return this.#members.map(({ opsUrl }) => opsUrl);
  }

  /** Of all processes of a kind together, after a full collection in each. */
  async memoryOf(kind: Service): Promise<Memory> {
    const members = this.#members.filter((member) => member.kind === kind);
    const all = await Promise.all(members.map(({ child }) => memoryOf(child)));
    const sum = (of: (memory: Memory) => number): number => all.reduce((bytes, each) => bytes + of(each), 0);
    return { rss: sum(({ rss }) => rss), heap: sum(({ heap }) => heap) };
  }

  /** An error that also shows the end of the output of each edge, worker and API. */
  failure(what: string): Error {
    const tails = this.#members.map(({ child }) => child.failure('at that time').message);
    return new Error([`the cluster ${what}`, ...tails].join('\n'));
  }

  /** Ends everything and removes what it wrote. */
  async close(): Promise<void> {
    // A profile is written only when the process ends by itself.
    const signal = this.options.profile === undefined ? 'SIGKILL' : 'SIGTERM';
    await Promise.all(this.#members.map(({ child }) => child.stop(signal)));
    await Promise.all([this.#nats?.kill9(), this.#redis?.kill9()]);
    this.#removeFolder();
    process.off('exit', this.#removeFolder);
  }

  readonly #removeFolder = (): void => rmSync(this.#folder, { recursive: true, force: true });

  async #start(): Promise<void> {
    const { edges, workers, api = false, stations, appendfsync = 'always' } = this.options;
    this.#nats = await NatsServer.start({ folder: path.join(this.#folder, 'nats') });
    this.#watch('nats', 'nats', this.#nats.pid);
    this.#redis = await RedisServer.start({
      folder: path.join(this.#folder, 'redis'),
      args: ['--appendfsync', appendfsync],
    });
    this.#watch('redis', 'redis', this.#redis.pid);
    if (stations !== undefined) await this.#provision(stations);
    for (let at = 1; at <= workers; at++) await this.#spawn('worker', `worker-${at}`);
    for (let at = 1; at <= edges; at++) await this.#spawn('edge', `edge-${at}`);
    if (api) await this.#spawn('api', 'api-1');
    await Promise.all(this.#members.map(({ child, opsUrl }) => waitUntilReady(child, `${opsUrl}/readyz`)));
    await this.#untilShardsAreOwned();
  }

  async #spawn(kind: Service, name: string): Promise<void> {
    const [ops = 0, own = 0, tls = 0] = await freePorts(3);
    const { profile } = this.options;
    const profiled = profile && { ...profile, name: `${profile.name}-${name}` };
    const opsUrl = `http://${HOST}:${ops}`;
    const child = new Child({
      script: new URL(`../../services/${kind}/main.js`, import.meta.url),
      nodeFlags: [...REPORTER, ...nodeFlagsOf(kind), ...profilingFlags(profiled)],
      args: [
        ...this.#servers(),
        ...['--ops-host', HOST, '--ops-port', String(ops), `--${kind}-id`, name],
        ...this.#flagsOf(kind, own, tls),
      ],
    });
    this.#members.push({ kind, child, opsUrl });
    this.#watch(kind, name, child.pid);
    if (kind === 'edge') this.ocppUrls.push(`ws://${HOST}:${own}/ocpp`);
    if (kind === 'edge' && this.options.tls === true) this.tlsUrls.push(`wss://${HOST}:${tls}/ocpp`);
    if (kind === 'api') this.grpcAddress = `${HOST}:${own}`;
  }

  #servers(): string[] {
    return ['--nats-url', this.natsUrl, '--redis-url', this.redisUrl];
  }

  #flagsOf(kind: Service, port: number, tlsPort: number): readonly string[] {
    const { edgeFlags = [], workerFlags = [], apiFlags = [], stations } = this.options;
    const open = ['--mode', 'open'];
    if (kind === 'worker') return [...open, ...workerFlags];
    if (kind === 'api') return [...open, '--grpc-host', HOST, '--grpc-port', String(port), ...apiFlags];
    return [
      ...(stations === undefined ? open : ['--mode', 'provisioned']),
      ...['--host', HOST, '--ocpp-port', String(port), ...EDGE_FLAGS],
      ...this.#tlsFlags(tlsPort),
      ...edgeFlags,
    ];
  }

  #tlsFlags(port: number): string[] {
    if (this.options.tls !== true) return [];
    const [certificate, key] = [path.join(this.#folder, 'edge.crt'), path.join(this.#folder, 'edge.key')];
    writeFileSync(certificate, CERTIFICATE);
    writeFileSync(key, KEY);
    return ['--tls-port', String(port), '--tls-cert', certificate, '--tls-key', key];
  }

  /** By the project's own program, as an operator does. */
  async #provision(stations: readonly ProvisionedStation[]): Promise<void> {
    const file = path.join(this.#folder, 'stations.json');
    writeFileSync(file, JSON.stringify({ stations }));
    const child = new Child({
      script: new URL('../../services/provision/main.js', import.meta.url),
      args: ['--stations-file', file, ...this.#servers()],
    });
    const ended = await child.exited;
    const failure = ended === 0 ? undefined : child.failure(`ended with ${ended}`);
    await child.stop();
    if (failure !== undefined) throw failure;
  }

  /** A worker that came later takes its share of those before: until then, what is measured would be a move. */
  async #untilShardsAreOwned(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    const workers = this.#members.filter(({ kind }) => kind === 'worker');
    const even = SHARDS / workers.length;
    for (;;) {
      const owned = await Promise.all(workers.map(({ opsUrl }) => readMetric(opsUrl, 'shards_owned')));
      const sum = owned.reduce((all, shards) => all + shards, 0);
      if (sum === SHARDS && owned.every((shards) => shards > even / 4)) return;
      if (performance.now() > deadline) throw this.failure(`has ${sum} of ${SHARDS} shards owned`);
      await sleep(PROBE_MS);
    }
  }

  #watch(kind: ClusterMember['kind'], name: string, pid: number | undefined): void {
    if (pid === undefined) throw new Error(`${name} has ended`);
    const cpuMicros = (): number => usageOf(pid).cpuMicros;
    this.processes.push({ kind, name, pid, cpuMicros, rssBytes: () => usageOf(pid).rssBytes });
  }
}

const portOf = (url: string): number => Number(new URL(url).port);

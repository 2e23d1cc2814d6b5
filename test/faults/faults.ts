import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../client/until.js';
import { pick, shuffled, type Random } from '../driven/random.js';
import type { Cluster, Member, Role } from './cluster.js';
import type { Load } from './load.js';
import type { ServerName } from './servers.js';

/** What a fault has at hand. */
export interface Field {
  readonly cluster: Cluster;
  readonly load: Load;
  readonly random: Random;
  /** Something that must not be. */
  problem(what: string): void;
}

export interface Fault {
  readonly name: FaultName;
  /** Breaks something, and makes it good again: resolves when everything that was broken runs. */
  inflict(field: Field): Promise<void>;
  /** What the worst CALL should take at most, where there is a target. */
  readonly targetMs?: (cluster: Cluster) => number;
}

const STALL_MS = [2000, 4000] as const;
const CUT_MS = [300, 3500] as const;
const AWAY_MS = [300, 2500] as const;
/** More often both. */
const DIRECTIONS = ['both', 'both', 'up', 'down'] as const;
/** Stations that connect twice. */
const TWICE = 50;

const away = async ({ random }: Field, [least, most]: readonly [number, number] = AWAY_MS): Promise<void> => {
  await sleep(random.between(least, most));
};

const workerKill: Fault = {
  name: 'worker-kill',
  targetMs: ({ leaseMs }) => leaseMs + 1000,
  async inflict(field) {
    const { cluster, random } = field;
    const worker = pick(random, cluster.workers);
    await worker.process.kill9();
    cluster.removeWorker(worker);
    await away(field);
    await cluster.addWorker();
  },
};

const workerPause: Fault = {
  name: 'worker-pause',
  async inflict({ cluster, random }) {
    const { process } = pick(random, cluster.workers);
    process.signal('SIGSTOP');
    await sleep(cluster.leaseMs + random.between(500, 1500));
    process.signal('SIGCONT');
  },
};

const workerTerm: Fault = {
  name: 'worker-term',
  targetMs: () => 300,
  async inflict({ cluster, random, problem }) {
    const worker = pick(random, cluster.workers);
    const exit = await worker.process.stop();
    if (exit !== 0) problem(`SIGTERM ended ${worker.name} with ${exit}`);
    cluster.removeWorker(worker);
  },
};

const workerJoin: Fault = {
  name: 'worker-join',
  targetMs: () => 300,
  async inflict({ cluster }) {
    await cluster.addWorker();
  },
};

const edgeKill: Fault = {
  name: 'edge-kill',
  async inflict(field) {
    const { process } = pick(field.random, field.cluster.edges);
    await process.kill9();
    await away(field);
    await process.start();
  },
};

const edgeTerm: Fault = {
  name: 'edge-term',
  async inflict(field) {
    const { name, process } = pick(field.random, field.cluster.edges);
    const exit = await process.stop();
    if (exit !== 0) field.problem(`SIGTERM ended ${name} with ${exit}`);
    await process.start();
  },
};

/** One of the servers, chosen by chance where there are several of a kind. */
function serverKill(name: FaultName, kind: ServerName): Fault {
  return {
    name,
    async inflict(field) {
      const servers = field.cluster.servers.all.filter((server) => server.kind === kind);
      const { process } = pick(field.random, servers);
      await process.kill9();
      await away(field);
      await process.start();
    },
  };
}

function linkFault(name: FaultName, role: Role, server: ServerName, way: 'stalled' | 'cut'): Fault {
  return {
    name,
    async inflict(field) {
      const { cluster, random } = field;
      const members: readonly Member[] = role === 'edge' ? cluster.edges : cluster.workers;
      const link = pick(random, members).links[server];
      link?.turn(way, pick(random, DIRECTIONS));
      await away(field, way === 'cut' ? CUT_MS : STALL_MS);
      link?.turn('open');
    },
  };
}

const twoConnections: Fault = {
  name: 'two-connections',
  async inflict({ cluster, load, random }) {
    const stations = shuffled(random, load.stations).slice(0, TWICE);
    for (const station of stations) {
      const others = cluster.urls.filter((url) => url !== station.url);
      station.connectTwice(pick(random, others));
    }
    await until('the second connections', () => stations.every((station) => !station.willConnectTwice));
  },
};

export type FaultName =
  | 'worker-kill'
  | 'worker-pause'
  | 'worker-term'
  | 'worker-join'
  | 'edge-kill'
  | 'edge-term'
  | 'nats-kill'
  | 'redis-kill'
  | 'stall-worker-nats'
  | 'stall-worker-redis'
  | 'stall-edge-nats'
  | 'stall-edge-redis'
  | 'cut-worker-nats'
  | 'cut-worker-redis'
  | 'cut-edge-nats'
  | 'cut-edge-redis'
  | 'two-connections'
  | 'nats-node-kill'
  | 'redis-node-kill';

/** With one server of each kind, in an order in which they need the fewest workers beside. */
export const SINGLE_FAULTS: readonly Fault[] = [
  workerKill,
  workerPause,
  workerJoin,
  workerTerm,
  twoConnections,
  edgeTerm,
  edgeKill,
  serverKill('nats-kill', 'nats'),
  serverKill('redis-kill', 'redis'),
  linkFault('stall-worker-nats', 'worker', 'nats', 'stalled'),
  linkFault('stall-worker-redis', 'worker', 'redis', 'stalled'),
  linkFault('stall-edge-nats', 'edge', 'nats', 'stalled'),
  linkFault('stall-edge-redis', 'edge', 'redis', 'stalled'),
  linkFault('cut-worker-nats', 'worker', 'nats', 'cut'),
  linkFault('cut-worker-redis', 'worker', 'redis', 'cut'),
  linkFault('cut-edge-nats', 'edge', 'nats', 'cut'),
  linkFault('cut-edge-redis', 'edge', 'redis', 'cut'),
];

/** With NATS and Redis as clusters. */
export const CLUSTERED_FAULTS: readonly Fault[] = [
  serverKill('nats-node-kill', 'nats'),
  serverKill('redis-node-kill', 'redis'),
];

export const FAULT_NAMES: readonly FaultName[] = [...SINGLE_FAULTS, ...CLUSTERED_FAULTS].map(
  ({ name }) => name,
);

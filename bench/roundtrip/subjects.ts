import { GatewayCluster } from '../servers/cluster.js';
import {
  startEcho,
  startOcppRpc,
  startStandalone,
  startWsEcho,
  type Profile,
  type Server,
} from '../servers/server.js';
import { cpuByKind, type CpuByKind } from '../servers/usage.js';

/** CPU time since the start, in µs. */
export interface Spent {
  /** Of the server; of a cluster: of edges and workers. */
  readonly own: number;
  /** Of a cluster: of each kind of its processes, NATS and Redis included. */
  readonly kinds?: CpuByKind;
}

/** A subject that runs. */
export interface Running {
  readonly port: number;
  spent(): Promise<Spent>;
  /** An error that also shows the end of its output. */
  failure(what: string): Error;
  stop(): Promise<void>;
}

export interface Subject {
  readonly name: string;
  readonly answer: 'echo' | 'result';
  start(profile?: Profile): Promise<Running>;
}

export const ECHO = 'echo';
export const WS_ECHO = 'ws echo';
export const OCPP_RPC = 'ocpp-rpc';
export const STANDALONE = 'standalone';
export const DISTRIBUTED = 'distributed';

export const SUBJECTS: readonly Subject[] = [
  { name: ECHO, answer: 'echo', start: async () => running(await startEcho()) },
  { name: WS_ECHO, answer: 'echo', start: async () => running(await startWsEcho()) },
  { name: OCPP_RPC, answer: 'result', start: async () => running(await startOcppRpc()) },
  { name: STANDALONE, answer: 'result', start: async (profile) => running(await startStandalone(profile)) },
  { name: DISTRIBUTED, answer: 'result', start: startDistributed },
];

function running({ port, cpu, failure, stop }: Server): Running {
  return { port, failure, stop, spent: async () => ({ own: await cpu() }) };
}

/** The smallest cluster: every CALL goes from the edge over NATS to the worker and back. */
async function startDistributed(profile?: Profile): Promise<Running> {
  const cluster = await GatewayCluster.start({
    edges: 1,
    workers: 1,
    ...(profile === undefined ? {} : { profile }),
  });
  return {
    port: cluster.ocppPorts[0] ?? 0,
    spent: () => {
      const kinds = cpuByKind(cluster);
      return Promise.resolve({ own: kinds.edge + kinds.worker, kinds });
    },
    failure: (what) => cluster.failure(what),
    stop: () => cluster.close(),
  };
}

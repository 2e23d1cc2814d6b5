import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child, type ChildOptions } from '../harness/child.js';

export const HOST = '127.0.0.1';

/** A server that is measured, in a process of its own. */
export interface Server {
  readonly port: number;
  /** Of the gateway's API; 0: it has none. */
  readonly grpcPort: number;
  /** User and system CPU time of all its threads since its start, in µs. */
  cpu(): Promise<number>;
  /** An error that also shows the end of the server's output. */
  failure(what: string): Error;
  stop(): Promise<void>;
}

const REPORTER = ['--import', new URL('cpu-reporter.js', import.meta.url).href];
const PATIENCE_MS = 30_000;

export async function startEcho(): Promise<Server> {
  return startReference(new URL('echo.js', import.meta.url));
}

export async function startOcppRpc(): Promise<Server> {
  return startReference(new URL('ocpp-rpc.js', import.meta.url));
}

async function startReference(script: URL): Promise<Server> {
  return ready(
    { script, nodeFlags: REPORTER },
    (child) => child.ask(undefined, portOf, PATIENCE_MS),
    'SIGKILL',
  );
}

/** The gateway as a user starts it: open mode, durable, in a new data folder; only without the limit of the rate. */
export async function startStandalone(profile?: { folder: string; name: string }): Promise<Server> {
  const [ocpp = 0, ops = 0, grpc = 0] = await freePorts(3);
  const profiling =
    profile === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${profile.folder}`, `--cpu-prof-name=${profile.name}.cpuprofile`];
  const options = {
    script: new URL('../../services/standalone/main.js', import.meta.url),
    nodeFlags: [...REPORTER, ...flagsOfStart(), ...profiling],
    env: {
      STATIONMASTER_OCPP_PORT: String(ocpp),
      STATIONMASTER_OPS_PORT: String(ops),
      STATIONMASTER_GRPC_PORT: String(grpc),
      STATIONMASTER_DATA_DIR: 'data',
      STATIONMASTER_MODE: 'open',
      STATIONMASTER_STATION_RATE_LIMIT: '0',
    },
  };
  const untilReady = async (child: Child) => {
    await waitUntilReady(child, `http://${HOST}:${ops}/readyz`);
    return ocpp;
  };
  // A profile is written only when the process ends by itself.
  const server = await ready(options, untilReady, profile === undefined ? 'SIGKILL' : 'SIGTERM');
  return { ...server, grpcPort: grpc };
}

/** Node's own flags in `npm start`: those before the program. */
function flagsOfStart(): string[] {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } };
  const words = scripts.start.split(' ');
  return words.slice(0, words.indexOf('scripts/run.mjs')).filter((word) => word.startsWith('--'));
}

async function ready(
  options: ChildOptions,
  portOfChild: (child: Child) => Promise<number>,
  signal: NodeJS.Signals,
): Promise<Server> {
  const child = new Child(options);
  try {
    const port = await portOfChild(child);
    return {
      port,
      grpcPort: 0,
      cpu: () => child.ask({ ask: 'cpu' }, (answer) => numberIn(answer, 'cpu'), PATIENCE_MS),
      failure: (what) => child.failure(what),
      stop: () => child.stop(signal),
    };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

const portOf = (answer: object) => numberIn(answer, 'port');

function numberIn(answer: object, key: string): number | undefined {
  const value: unknown = Object.entries(answer).find(([name]) => name === key)?.[1];
  return typeof value === 'number' ? value : undefined;
}

async function waitUntilReady(child: Child, url: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    if (child.hasExited) throw child.failure('ended unexpectedly');
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok === true) return;
    await sleep(20);
  }
  throw child.failure(`was not ready within ${PATIENCE_MS / 1000} s`);
}

/** Ports that were free a moment ago, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, HOST));
  const ports: number[] = [];
  for (const server of servers) {
    if (!server.listening) await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address === 'object') ports.push(address.port);
  }
  for (const server of servers) server.close();
  return ports;
}

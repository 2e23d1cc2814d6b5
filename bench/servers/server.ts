import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts, LOOPBACK } from '../../libs/servers/mod.js';
import { Child, type ChildOptions } from '../harness/child.js';

export const HOST = LOOPBACK;

/** A server that is measured, in a process of its own. */
export interface Server {
  readonly port: number;
  /** Of the gateway's API; 0: it has none. */
  readonly grpcPort: number;
  /** User and system CPU time of all its threads since its start, in µs. */
  cpu(): Promise<number>;
  /** After a full collection. */
  memory(): Promise<Memory>;
  /** An error that also shows the end of the server's output. */
  failure(what: string): Error;
  stop(): Promise<void>;
}

/** Memory of a process in bytes. */
export interface Memory {
  /** Resident. */
  readonly rss: number;
  /** Objects and buffers of JavaScript. */
  readonly heap: number;
}

/** Node's flags with which a child tells its CPU time, and ends when the benchmark is gone. */
export const REPORTER = ['--import', new URL('cpu-reporter.js', import.meta.url).href];
const PATIENCE_MS = 30_000;
/** Of a large heap, on a machine that has other things to do. */
const COLLECTION_MS = 120_000;

/** Where a CPU profile goes, and its name without the ending. */
export interface Profile {
  readonly folder: string;
  readonly name: string;
}

export async function startEcho(): Promise<Server> {
  return startReference(new URL('echo.js', import.meta.url));
}

export async function startWsEcho(): Promise<Server> {
  return startReference(new URL('ws-echo.js', import.meta.url));
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
export async function startStandalone(profile?: Profile): Promise<Server> {
  const [ocpp = 0, ops = 0, grpc = 0] = await freePorts(3);
  const options = {
    script: new URL('../../services/standalone/main.js', import.meta.url),
    nodeFlags: [...REPORTER, ...nodeFlagsOf('start'), ...profilingFlags(profile)],
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

/** Node's own flags in `npm start`, `npm run edge` and so on: those before the program. */
export function nodeFlagsOf(script: string): string[] {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const words = scripts[script]?.split(' ') ?? [];
  return words.slice(0, words.indexOf('scripts/run.mjs')).filter((word) => word.startsWith('--'));
}

/** Node's flags for a CPU profile, which it writes when it ends by itself. */
export function profilingFlags(profile: Profile | undefined): string[] {
  if (profile === undefined) return [];
  return ['--cpu-prof', `--cpu-prof-dir=${profile.folder}`, `--cpu-prof-name=${profile.name}.cpuprofile`];
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
      memory: () => memoryOf(child),
      failure: (what) => child.failure(what),
      stop: () => child.stop(signal),
    };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

/** Of a child that was started with REPORTER, after a full collection. */
export function memoryOf(child: Child): Promise<Memory> {
  const read = (answer: object) => ('memory' in answer ? (answer.memory as Memory) : undefined);
  return child.ask({ ask: 'memory' }, read, COLLECTION_MS);
}

const portOf = (answer: object) => numberIn(answer, 'port');

function numberIn(answer: object, key: string): number | undefined {
  const value: unknown = Object.entries(answer).find(([name]) => name === key)?.[1];
  return typeof value === 'number' ? value : undefined;
}

/** Resolves when `url`, asked again and again, answers with success. @throws Error when the child ends before, or too late. */
export async function waitUntilReady(child: Child, url: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    if (child.hasExited) throw child.failure('ended unexpectedly');
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok === true) return;
    await sleep(20);
  }
  throw child.failure(`was not ready within ${PATIENCE_MS / 1000} s`);
}

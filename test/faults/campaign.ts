import path from 'node:path';
import { Checker } from '../driven/checker.js';
import { randomFor } from '../driven/random.js';
import { Business } from './business.js';
import { Cluster } from './cluster.js';
import { EventReader } from './events.js';
import type { Fault } from './faults.js';
import { RunFolder } from './folder.js';
import { Load, stationIdAt } from './load.js';
import { runRound, type RoundContext, type RoundResult } from './round.js';
import { clusteredServers, singleServers } from './servers.js';

export interface CampaignOptions {
  readonly seed: number;
  /** One after the other, on the same cluster. */
  readonly faults: readonly Fault[];
  readonly kind: Kind;
  readonly stations: number;
  /** Each station sends a message so often. */
  readonly periodMs: number;
  readonly commandsPerSecond: number;
  readonly leaseMs: number;
  /** Told of each fault as it is over; `tails` has the last log lines of every process where something is wrong. */
  report(result: RoundResult, tails: string | undefined): void;
}

/** `single`: one server of each kind, with a proxy for each link. `clustered`: several of each. */
export type Kind = 'single' | 'clustered';

export interface CampaignResult {
  readonly results: readonly RoundResult[];
  /** Folder with the logs of all processes; undefined when nothing was wrong: then they are gone. */
  readonly logs: string | undefined;
}

const EDGES = 2;
/** How many workers there are between two faults. */
const WORKERS = [2, 3] as const;
const START_MS = 60_000;

/** Starts a cluster and its load, and inflicts faults on it. @throws Error that names the folder with the logs. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const folder = await RunFolder.make();
  const logs = path.join(folder.path, 'logs');
  const results: RoundResult[] = [];
  try {
    await runIn(folder.path, options, results);
  } catch (error) {
    folder.keep();
    throw new Error(`the campaign with seed ${options.seed} broke off; the logs are in ${logs}`, {
      cause: error,
    });
  }
  if (results.every(({ problems }) => problems.length === 0)) {
    folder.remove();
    return { results, logs: undefined };
  }
  folder.keep();
  return { results, logs };
}

async function runIn(folder: string, options: CampaignOptions, results: RoundResult[]): Promise<void> {
  const { leaseMs, kind } = options;
  const cluster = await Cluster.start(
    { folder, edges: EDGES, workers: WORKERS[0], leaseMs, proxied: kind === 'single' },
    kind === 'single' ? singleServers : clusteredServers,
  );
  try {
    await inflictAll(options, cluster, results);
  } finally {
    await cluster.close();
  }
}

async function inflictAll(
  { seed, faults, stations, periodMs, commandsPerSecond, report }: CampaignOptions,
  cluster: Cluster,
  results: RoundResult[],
): Promise<void> {
  const load = new Load({ seed, stations, periodMs, urls: cluster.urls });
  const reader = await EventReader.connect(cluster.servers.natsUrls);
  const business = await Business.start({
    servers: cluster.servers.natsUrls,
    random: randomFor(seed, 'business'),
    stationIds: Array.from({ length: stations }, (_, at) => stationIdAt(at)),
    perSecond: commandsPerSecond,
  });
  const context: RoundContext = { cluster, load, business, reader, checker: new Checker() };
  try {
    await business.pause(0);
    await load.start(START_MS);
    for (const [at, fault] of faults.entries()) {
      await restore(cluster);
      business.resume();
      load.resume();
      const result = await runRound(fault, seed + at, context);
      results.push(result);
      report(result, result.problems.length === 0 ? undefined : cluster.tails());
      if (result.stuck) return;
    }
  } finally {
    load.stop();
    await business.stop();
    await reader.close();
  }
}

/** Faults may leave a worker more, or one less. */
async function restore(cluster: Cluster): Promise<void> {
  const [least, most] = WORKERS;
  while (cluster.workers.length < least) await cluster.addWorker();
  for (let last = cluster.workers.at(-1); last !== undefined && cluster.workers.length > most;) {
    await last.process.stop();
    cluster.removeWorker(last);
    last = cluster.workers.at(-1);
  }
}

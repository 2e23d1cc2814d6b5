import type { TestContext } from 'node:test';
import { Checker } from '../driven/checker.js';
import { randomFor } from '../driven/random.js';
import { Business } from '../faults/business.js';
import { Cluster, type ClusterOptions } from '../faults/cluster.js';
import { EventReader } from '../faults/events.js';
import { RunFolder } from '../faults/folder.js';
import { Load, stationIdAt, type LoadOptions } from '../faults/load.js';
import { singleServers } from '../faults/servers.js';
import type { Run } from '../faults/verdict.js';

/** Other moments at every run. */
export const SEED = Number(process.env['STATIONMASTER_TEST_SEED'] ?? Date.now() % 1_000_000);

export interface RigOptions {
  readonly cluster: Omit<ClusterOptions, 'folder' | 'proxied'>;
  readonly load: Omit<LoadOptions, 'seed' | 'urls'>;
  readonly commandsPerSecond: number;
  /** Endpoints for stations; those of the cluster's edges when left out. */
  endpoints?(
    cluster: Cluster,
    folder: string,
    closing: (close: () => Promise<void>) => void,
  ): Promise<readonly string[]>;
}

export interface Rig extends Run {
  readonly cluster: Cluster;
}

/** A cluster over real servers, stations that have all been answered, and a stream of commands. Ends with the test. */
export async function startRig(t: TestContext, options: RigOptions): Promise<Rig> {
  const folder = await RunFolder.make();
  const closers: (() => Promise<void> | void)[] = [() => folder.remove()];
  t.after(async () => {
    for (const close of closers.reverse()) await close();
  });
  const cluster = await Cluster.start(
    { ...options.cluster, folder: folder.path, proxied: false },
    singleServers,
  );
  closers.push(() => cluster.close());
  const urls = await options.endpoints?.(cluster, folder.path, (close) => closers.push(close));
  const load = new Load({ ...options.load, seed: SEED, urls: urls ?? cluster.urls });
  closers.push(() => load.stop());
  const reader = await EventReader.connect(cluster.servers.natsUrls);
  closers.push(() => reader.close());
  await load.start(START_MS);
  const business = await Business.start({
    servers: cluster.servers.natsUrls,
    random: randomFor(SEED, 'business'),
    stationIds: Array.from({ length: options.load.stations }, (_, at) => stationIdAt(at)),
    perSecond: options.commandsPerSecond,
  });
  closers.push(() => business.stop());
  return { cluster, load, business, reader, checker: new Checker() };
}

/** Of slow machines. */
const START_MS = 60_000;

export const ms = (time: number): string => `${time.toFixed(0)} ms`;

import { setTimeout as sleep } from 'node:timers/promises';
import { usageOf, type Usage } from '../../libs/servers/mod.js';
import { Cluster } from './cluster.js';
import { RunFolder } from './folder.js';
import { Load } from './load.js';
import { table } from './report.js';
import { singleServers } from './servers.js';

export interface ScalingOptions {
  readonly seed: number;
  readonly workers: readonly number[];
  readonly stations: number;
  /** In all; each station has its even share. */
  readonly messagesPerSecond: number;
  readonly measuredMs: number;
}

/** Processes of one kind under the load. */
export interface Share {
  readonly kind: string;
  readonly processes: number;
  /** Of one core, in percent, all processes together. */
  readonly cpu: number;
  readonly rssBytes: number;
}

export interface ScalingRow {
  readonly workers: number;
  /** CALLs answered a second. */
  readonly rate: number;
  readonly p99: number;
  readonly worst: number;
  /** CPU of each worker, in percent of a core. */
  readonly each: readonly number[];
  readonly shares: readonly Share[];
}

const WARM_UP_MS = 5000;
const START_MS = 60_000;
const LEASE_MS = 5000;

/** What numbers of workers cost at the same load: an open loop at a fixed rate. */
export async function measureScaling(
  options: ScalingOptions,
  report: (row: ScalingRow) => void,
): Promise<ScalingRow[]> {
  const rows: ScalingRow[] = [];
  for (const workers of options.workers) {
    const row = await measure(options, workers);
    rows.push(row);
    report(row);
  }
  return rows;
}

async function measure(options: ScalingOptions, workers: number): Promise<ScalingRow> {
  const folder = await RunFolder.make();
  const { seed, stations, messagesPerSecond, measuredMs } = options;
  try {
    const cluster = await Cluster.start(
      { folder: folder.path, edges: 1, workers, leaseMs: LEASE_MS, proxied: false },
      singleServers,
    );
    const periodMs = (stations * 1000) / messagesPerSecond;
    const load = new Load({ seed, stations, periodMs, urls: cluster.urls });
    try {
      await load.start(START_MS);
      await sleep(WARM_UP_MS);
      load.forgetFigures();
      const pids = pidsOf(cluster);
      const from = performance.now();
      const before = usageOfAll(pids);
      await sleep(measuredMs);
      const after = usageOfAll(pids);
      const to = performance.now();
      const cpu = (at: number): number =>
        (((after[at]?.cpuMicros ?? 0) - (before[at]?.cpuMicros ?? 0)) / 1000 / (to - from)) * 100;
      return {
        workers,
        rate: load.rate.between(from, to),
        ...load.times.during(from, to),
        each: pids.flatMap(({ kind }, at) => (kind === 'worker' ? [cpu(at)] : [])),
        shares: sharesOf(pids, cpu, after),
      };
    } finally {
      load.stop();
      await cluster.close();
    }
  } finally {
    folder.remove();
  }
}

interface Process {
  readonly kind: string;
  readonly pid: number;
}

function pidsOf({ members, servers }: Cluster): Process[] {
  const ours = members.map(({ role, process }) => ({ kind: role as string, pid: process.pid ?? 0 }));
  return [...ours, ...servers.all.map(({ kind, process }) => ({ kind, pid: process.pid ?? 0 }))];
}

const usageOfAll = (pids: readonly Process[]): Usage[] => pids.map(({ pid }) => usageOf(pid));

function sharesOf(pids: readonly Process[], cpu: (at: number) => number, usage: readonly Usage[]): Share[] {
  return [...new Set(pids.map(({ kind }) => kind))].map((kind) => {
    const places = pids.flatMap((process, at) => (process.kind === kind ? [at] : []));
    return {
      kind,
      processes: places.length,
      cpu: places.reduce((sum, at) => sum + cpu(at), 0),
      rssBytes: places.reduce((sum, at) => sum + (usage[at]?.rssBytes ?? 0), 0),
    };
  });
}

export function renderScaling(rows: readonly ScalingRow[]): string {
  const kinds = [...new Set(rows.flatMap(({ shares }) => shares.map(({ kind }) => kind)))];
  const head = ['workers', 'CALLs/s', 'p99 ms', 'worst ms', 'CPU of each worker'];
  return table(
    [...head, ...kinds.flatMap((kind) => [`${kind} CPU`, `${kind} MiB`])],
    rows.map(({ workers, rate, p99, worst, each, shares }) => [
      String(workers),
      rate.toFixed(0),
      p99.toFixed(1),
      worst.toFixed(0),
      each.map((cpu) => `${cpu.toFixed(0)} %`).join(' '),
      ...kinds.flatMap((kind) => {
        const share = shares.find((one) => one.kind === kind);
        return [`${(share?.cpu ?? 0).toFixed(0)} %`, ((share?.rssBytes ?? 0) / 1024 / 1024).toFixed(0)];
      }),
    ]),
  );
}

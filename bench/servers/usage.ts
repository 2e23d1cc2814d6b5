import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterMember, GatewayCluster } from './cluster.js';
import { readMetric } from './metrics.js';

/** CPU time in µs of the processes of each kind, since their start. */
export type CpuByKind = Readonly<Record<ClusterMember['kind'], number>>;

const QUIET_PROBE_MS = 250;
const QUIET_SHARE = 0.08;
const PATIENCE_MS = 60_000;

export function cpuByKind(cluster: GatewayCluster): CpuByKind {
  const sums = { edge: 0, worker: 0, api: 0, nats: 0, redis: 0 };
  for (const { kind, cpuMicros } of cluster.processes) sums[kind] += cpuMicros();
  return sums;
}

/** What was used since `before`, for each of `operations`. */
export function perOperation(cluster: GatewayCluster, before: CpuByKind, operations: number): CpuByKind {
  const after = cpuByKind(cluster);
  const each = (kind: ClusterMember['kind']): number => (after[kind] - before[kind]) / operations;
  return {
    edge: each('edge'),
    worker: each('worker'),
    api: each('api'),
    nats: each('nats'),
    redis: each('redis'),
  };
}

/** Resolves when no process of the cluster has much to do any more. */
export async function untilQuiet(cluster: GatewayCluster): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  const read = (): number[] => cluster.processes.map(({ cpuMicros }) => cpuMicros());
  for (let before = read(), quiet = 0; quiet < 2;) {
    await sleep(QUIET_PROBE_MS);
    const after = read();
    const busiest = Math.max(...after.map((cpu, at) => cpu - (before[at] ?? 0)));
    quiet = busiest <= QUIET_SHARE * QUIET_PROBE_MS * 1000 ? quiet + 1 : 0;
    if (performance.now() > deadline) throw cluster.failure('did not come to rest');
    before = after;
  }
}

/** Sum of a counter or gauge over all processes of the cluster; `name`, `labels`: see `readMetric`. */
export async function metricOf(cluster: GatewayCluster, name: string, labels?: string): Promise<number> {
  const values = await Promise.all(cluster.opsUrls.map((url) => readMetric(url, name, labels)));
  return values.reduce((sum, value) => sum + value, 0);
}

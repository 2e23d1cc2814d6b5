import eventLoopLag from 'prom-client/lib/metrics/eventLoopLag.js';
import heapSizeAndUsed from 'prom-client/lib/metrics/heapSizeAndUsed.js';
import heapSpacesSizeAndUsed from 'prom-client/lib/metrics/heapSpacesSizeAndUsed.js';
import osMemoryHeap from 'prom-client/lib/metrics/osMemoryHeap.js';
import processCpuTotal from 'prom-client/lib/metrics/processCpuTotal.js';
import processMaxFileDescriptors from 'prom-client/lib/metrics/processMaxFileDescriptors.js';
import processOpenFileDescriptors from 'prom-client/lib/metrics/processOpenFileDescriptors.js';
import processResources from 'prom-client/lib/metrics/processResources.js';
import processStartTime from 'prom-client/lib/metrics/processStartTime.js';
import version from 'prom-client/lib/metrics/version.js';
import type { Registry } from 'prom-client';

const DEFAULT_METRICS = [
  eventLoopLag,
  heapSizeAndUsed,
  heapSpacesSizeAndUsed,
  osMemoryHeap,
  processCpuTotal,
  processMaxFileDescriptors,
  processOpenFileDescriptors,
  processResources,
  processStartTime,
  version,
];

/** Milliseconds between two looks at the event loop; prom-client's own value. */
const EVENT_LOOP_PRECISION_MS = 10;

/** A gauge by its type, a counter by its name: Prometheus' rules keep `_total` for counters. */
const MISNAMED = 'nodejs_active_resources_total';

/**
 * prom-client's default metrics, one by one, because `collectDefaultMetrics` brings its observer of garbage collections
 * with it: about 80 µs for each collection, measured as 4 to 5 % of the CPU time of a gateway under load. The metrics of
 * handles and requests are left out as well: `nodejs_active_resources` says the same by documented means.
 */
export function measureProcess(registry: Registry): void {
  for (const add of DEFAULT_METRICS) add(registry, { eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });
  registry.removeSingleMetric(MISNAMED);
}

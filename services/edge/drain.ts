import { sleep, type Clock } from '../../libs/clock/mod.js';
import type { EdgeConfig } from './config.js';
import type { Registry } from './registry.js';

const STEP_MS = 50;

/**
 * Asks all connections to end, evenly over `drainSpreadMs`, so that their stations do not come back all at once; resolves
 * when none is left. Each may take `drainCallWaitMs` for the CALLs, of either side, that wait for
 * their answers.
 */
export async function drainConnections(registry: Registry, clock: Clock, config: EdgeConfig): Promise<void> {
  const waiting = registry.all();
  const start = clock.monotonic();
  const { drainSpreadMs, drainCallWaitMs } = config;
  const total = waiting.length;
  let asked = 0;
  while (registry.size > 0) {
    const now = clock.monotonic();
    const share = drainSpreadMs === 0 ? 1 : (now - start) / drainSpreadMs;
    for (const due = Math.min(Math.ceil(share * total), total); asked < due; asked++) {
      waiting[asked]?.drain(now + drainCallWaitMs);
    }
    // One that was let in just before is not among those waiting.
    if (asked === total) for (const connection of registry.all()) connection.drain(now + drainCallWaitMs);
    if (registry.size > 0) await sleep(clock, STEP_MS);
  }
}

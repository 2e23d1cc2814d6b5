import type { Clock } from '../clock/mod.js';
import { checkWorker, checkWorkerTime } from './check.js';
import type { Workers } from './workers.js';

/**
 * The workers of a store that lives in one process. Those whose time has passed are forgotten at the next call.
 * @param mustBeOpen throws when the store is closed.
 */
export function workerTable(clock: Clock, mustBeOpen: () => void): Workers {
  /** When the time of each is over, by the clock's `monotonic`. */
  const until = new Map<string, number>();
  const forgetThePast = () => {
    const now = clock.monotonic();
    for (const [worker, end] of until) if (end <= now) until.delete(worker);
  };
  return {
    beat: async (worker, ttlMs) => {
      mustBeOpen();
      checkWorker(worker);
      checkWorkerTime(ttlMs);
      forgetThePast();
      until.set(worker, clock.monotonic() + ttlMs);
    },
    leave: async (worker) => {
      mustBeOpen();
      checkWorker(worker);
      until.delete(worker);
    },
    live: async () => {
      mustBeOpen();
      forgetThePast();
      return [...until.keys()].sort();
    },
  };
}

import { checkWorker, checkWorkerTime } from '../check.js';
import type { Workers } from '../workers.js';
import type { Room } from './room.js';
import { BEAT, LIVE } from './scripts.js';
import { slotOf } from './slot.js';

/** The workers, by Redis' own clock. */
export function redisWorkers({ keys, link, mustBeOpen }: Room): Workers {
  const slot = slotOf(keys.workers);
  return {
    beat: async (worker, ttlMs) => {
      mustBeOpen();
      checkWorker(worker);
      checkWorkerTime(ttlMs);
      await link.script(BEAT, slot, [keys.workers], [worker, ttlMs]);
    },
    leave: async (worker) => {
      mustBeOpen();
      checkWorker(worker);
      await link.command(slot, 'zrem', [keys.workers, worker]);
    },
    live: async () => {
      mustBeOpen();
      const names = (await link.script(LIVE, slot, [keys.workers], [])) as string[];
      return names.sort();
    },
  };
}

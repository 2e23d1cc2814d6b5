import { checkRunning } from '../check.js';
import {
  decodeHashes,
  encodeHashes,
  MAX_RUNNING_ENTRIES,
  MAX_RUNNING_READ,
  RUNNING_TTL_MS,
  type RunningEntry,
  type RunningStations,
} from '../running.js';
import type { Room } from './room.js';
import { ALL_RUNNING, PUT_RUNNING } from './scripts.js';
import { slotOf } from './slot.js';

const FIELDS = 3;

/** Running stations, by Redis' own clock. Replicas are not waited for. */
export function redisRunning({ keys, link, mustBeOpen }: Room): RunningStations {
  const slot = slotOf(keys.runningAt);
  const both = [keys.runningAt, keys.runningHashes];
  return {
    put: async (name, hashes) => {
      mustBeOpen();
      checkRunning(name, hashes);
      const args = [name, encodeHashes(hashes), RUNNING_TTL_MS, MAX_RUNNING_ENTRIES];
      await link.script(PUT_RUNNING, slot, both, args);
    },
    all: async () => {
      mustBeOpen();
      const args = [RUNNING_TTL_MS, MAX_RUNNING_READ * Uint32Array.BYTES_PER_ELEMENT];
      const reply = (await link.script(ALL_RUNNING, slot, both, args, 'bytes')) as Buffer[];
      return Array.from({ length: reply.length / FIELDS }, (_, at) => entryOf(reply, at * FIELDS));
    },
  };
}

function entryOf(reply: readonly Buffer[], at: number): RunningEntry {
  const [name, age, hashes] = reply.slice(at, at + FIELDS);
  return {
    name: String(name),
    ageMs: Number(String(age)),
    hashes: decodeHashes(hashes ?? Buffer.alloc(0)),
  };
}

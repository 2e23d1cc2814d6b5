import type { Clock } from '../clock/mod.js';
import { checkRunning } from './check.js';
import {
  MAX_RUNNING_ENTRIES,
  MAX_RUNNING_READ,
  RUNNING_TTL_MS,
  type RunningEntry,
  type RunningStations,
} from './running.js';

export interface WrittenEntry {
  /** By the clock's `now`. */
  readonly at: number;
  readonly hashes: Uint32Array;
}

/** The entries of a store that lives in one process and keeps nothing. @param mustBeOpen throws when the store is closed. */
export function runningTable(clock: Clock, mustBeOpen: () => void): RunningStations {
  const entries = new Map<string, WrittenEntry>();
  return {
    put: async (name, hashes) => {
      mustBeOpen();
      checkRunning(name, hashes);
      entries.delete(name);
      if (hashes.length > 0) entries.set(name, { at: clock.now(), hashes: hashes.slice() });
      for (const lapsed of lapsedOf(entries, clock.now())) entries.delete(lapsed);
    },
    all: async () => {
      mustBeOpen();
      return standing(entries, clock.now());
    },
  };
}

/** Names of those that need not be kept: too old, or too many. */
export function lapsedOf(
  entries: Iterable<readonly [string, Pick<WrittenEntry, 'at'>]>,
  now: number,
): string[] {
  const newestFirst = Array.from(entries).sort(([, a], [, b]) => b.at - a.at);
  return newestFirst
    .filter(([, { at }], index) => index >= MAX_RUNNING_ENTRIES || isOver(at, now))
    .map(([name]) => name);
}

/** What `all` returns of the entries that are there; of the same name the last one counts. */
export function standing(entries: Iterable<readonly [string, WrittenEntry]>, now: number): RunningEntry[] {
  let room = MAX_RUNNING_READ;
  return Array.from(entries)
    .filter(([, { at }]) => !isOver(at, now))
    .sort(([, a], [, b]) => b.at - a.at)
    .filter(([, { hashes }]) => (room -= hashes.length) >= 0)
    .map(([name, { at, hashes }]) => ({ name, ageMs: Math.max(0, now - at), hashes: hashes.slice() }));
}

function isOver(at: number, now: number): boolean {
  return now - at >= RUNNING_TTL_MS;
}

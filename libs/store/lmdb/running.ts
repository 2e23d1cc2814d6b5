import type { Clock } from '../../clock/mod.js';
import { checkRunning } from '../check.js';
import { lapsedOf, standing, type WrittenEntry } from '../running-table.js';
import { decodeHashes, encodeHashes, type RunningStations } from '../running.js';
import type { LmdbFile } from './file.js';
import { numberOf, numberValue } from './keys.js';

const TIME_BYTES = 8;

/** Entries keyed by their names: the time by the clock's `now`, then the hashes. What cannot be read is as if it were old. */
export function lmdbRunning(file: LmdbFile, clock: Clock): RunningStations {
  const table = file.table('running');
  const entries = (): [string, WrittenEntry][] =>
    file.read(() => Array.from(table.getRange(), ({ key, value }) => [textOf(key), entryOf(value)]));
  return {
    put: async (name, hashes) => {
      file.mustBeOpen();
      checkRunning(name, hashes);
      const now = clock.now();
      const others = entries().filter(([other]) => other !== name);
      const kept: [string, Pick<WrittenEntry, 'at'>][] = [...others, [name, { at: now }]];
      const gone = hashes.length === 0 ? [name] : [];
      const lapsed = [...lapsedOf(kept, now), ...gone].map((each) => Buffer.from(each));
      const key = Buffer.from(name);
      const value = Buffer.concat([numberValue(now), encodeHashes(hashes)]);
      const apply: Parameters<LmdbFile['write']>[0]['apply'] = (writer) => {
        writer.put(table, key, value);
        for (const each of lapsed) writer.remove(table, each);
      };
      await file.write({ apply }, value.length);
    },
    all: async () => standing(entries(), clock.now()),
  };
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString();
}

function entryOf(value: Uint8Array): WrittenEntry {
  const at = numberOf(value.subarray(0, TIME_BYTES)) ?? -Infinity;
  return { at, hashes: decodeHashes(value.subarray(TIME_BYTES)) };
}

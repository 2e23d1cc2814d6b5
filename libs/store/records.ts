import { isDeepStrictEqual } from 'node:util';
import { checkKey } from './check.js';
import type { StationRecord } from './directory.js';
import { StoreError } from './errors.js';

/** A directory record as text. */
export const encodeRecord = (record: StationRecord): string => JSON.stringify(record);

/** @throws StoreError `damaged`. */
export function decodeRecord(stationId: string, json: string): StationRecord {
  try {
    return JSON.parse(json) as StationRecord;
  } catch (error) {
    const text = `directory record of station ${stationId} is unreadable: provision the station again`;
    throw new StoreError('damaged', text, { cause: error });
  }
}

/** True when both say the same, in whatever order their members stand; also when there is neither. */
export function sameRecord(a: StationRecord | undefined, b: StationRecord | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return isDeepStrictEqual(asStored(a), asStored(b));
}

/** Members that are undefined are not stored. */
const asStored = (record: StationRecord): unknown => JSON.parse(encodeRecord(record));

/** @throws StoreError `bad_argument` for a replacement that no directory can make. */
export function checkReplacement(stationId: string, next: StationRecord | undefined): void {
  if (next === undefined) return;
  checkKey(stationId);
  if (next.stationId === stationId) return;
  throw new StoreError('bad_argument', `the record of ${stationId} cannot be that of ${next.stationId}`);
}

import { EventLogError } from './errors.js';
import type { Cursor, EventEntry, EventFilter, EventPage, LoggedEntry, ReadOptions } from './eventlog.js';

/** What may be forgotten. Without a limit everything is kept. */
export interface Retention {
  /** Entries beyond so many are forgotten, the oldest first. */
  readonly maxEntries?: number;
  /** Entries appended longer ago are forgotten. */
  readonly maxAgeMs?: number;
}

/** Longest station token and longest type, in characters. */
const MAX_NAME = 1024;

/** Order of two entries of one station: by incarnation, then by number. */
export function compareNumbers(a: Numbered, b: Numbered): number {
  return a.incarnation - b.incarnation || a.number - b.number;
}

export type Numbered = Pick<EventEntry, 'incarnation' | 'number'>;

/** Entries that one `read` looks at at least, so that a filter that matches nothing cannot make it endless. */
export const SCANNED = 1000;

/** Bytes of a page's data, unless told. */
export const PAGE_BYTES = 8 * 1024 * 1024;

/**
 * The page that `read` gives of `candidates`: all entries after the cursor, in order.
 * @param last cursor of the newest entry: there a reader goes on who has seen everything, also what was forgotten.
 */
export function pageOf(
  candidates: Iterable<LoggedEntry>,
  { after, limit, filter, bytes = PAGE_BYTES }: ReadOptions,
  last: Cursor,
): EventPage {
  const matches = matcher(filter);
  const entries: LoggedEntry[] = [];
  let next = after;
  if (limit <= 0) return { entries, next };
  let left = Math.max(limit, SCANNED);
  let room = bytes;
  for (const entry of candidates) {
    next = entry.cursor;
    if (matches(entry)) {
      entries.push(entry);
      room -= entry.data.length;
    }
    // Asked for one more, the log would read it from the disk.
    if (entries.length >= limit || room <= 0 || --left === 0) return { entries, next };
  }
  return { entries, next: Math.max(next, last) };
}

export function matcher(filter: EventFilter = {}): (entry: Pick<EventEntry, 'station' | 'type'>) => boolean {
  const { station } = filter;
  const types = filter.types === undefined ? undefined : new Set(filter.types);
  return (entry) =>
    (station === undefined || entry.station === station) && (types === undefined || types.has(entry.type));
}

/** @throws EventLogError `bad_argument`; then no entry may be written. */
export function checkEntries(entries: readonly EventEntry[]): void {
  for (const { station, incarnation, number, type } of entries) {
    if (station === '' || station.length > MAX_NAME || type === '' || type.length > MAX_NAME) {
      throw new EventLogError(
        'bad_argument',
        `an entry needs a station and a type of 1 to ${MAX_NAME} characters`,
      );
    }
    if (
      !Number.isSafeInteger(incarnation) ||
      !Number.isSafeInteger(number) ||
      incarnation < 0 ||
      number < 1
    ) {
      throw new EventLogError(
        'bad_argument',
        `entry ${incarnation}/${number} of ${station}: the incarnation must be an integer from 0, the number one from 1`,
      );
    }
  }
}

import { endOfTime, isDateTime, twoDigits } from './formats.js';
import type { Quirk } from './quirks.js';

export type TimestampQuirk = Extract<Quirk, 'no_offset' | 'short_offset' | 'loose_separator' | 'implausible'>;

export interface Timestamp {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** What is odd about how it was written; the gravest when there are several. */
  readonly quirk?: TimestampQuirk;
}

/** OCPP did not exist: a clock that was never set. */
const FIRST_PLAUSIBLE_YEAR = 2009;

/**
 * Reads the timestamps that the validators let pass. Without an offset it is taken as UTC; digits past the millisecond
 * are dropped. Undefined for anything else.
 */
export function parseTimestamp(text: string): Timestamp | undefined {
  if (text !== lastRead) {
    lastTimestamp = readTimestamp(text);
    lastRead = text;
  }
  return lastTimestamp;
}

/** One message's timestamp is asked for several times. */
let lastRead = '';
let lastTimestamp: Timestamp | undefined;

function readTimestamp(text: string): Timestamp | undefined {
  if (!isDateTime(text)) return undefined;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const date = new Date(0);
  date.setUTCFullYear(year, twoDigits(text, 5) - 1, twoDigits(text, 8));
  date.setUTCHours(twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17), milliseconds(text));
  const offset = text.slice(endOfTime(text));
  const at = date.getTime() - offsetMinutes(offset) * 60_000;
  const quirk = quirkOf(text, offset, year);
  return quirk === undefined ? { at } : { at, quirk };
}

function milliseconds(text: string): number {
  const fraction = text.slice(20, Math.min(endOfTime(text), 23));
  return text.charCodeAt(19) === 46 ? Number(fraction.padEnd(3, '0')) : 0;
}

/** Of '', 'Z', '+02', '+0200' or '+02:00'. */
function offsetMinutes(offset: string): number {
  if (offset.length < 3) return 0;
  const minutes = offset.length === 3 ? 0 : twoDigits(offset, offset.length - 2);
  const total = twoDigits(offset, 1) * 60 + minutes;
  return offset.startsWith('-') ? -total : total;
}

function quirkOf(text: string, offset: string, year: number): TimestampQuirk | undefined {
  if (year < FIRST_PLAUSIBLE_YEAR) return 'implausible';
  if (offset === '') return 'no_offset';
  if (offset.length === 3 || offset.length === 5) return 'short_offset';
  return text.charAt(10) === 'T' && offset !== 'z' ? undefined : 'loose_separator';
}

/** `2026-11-21T10:00:00.000Z`: always UTC with milliseconds, which every station is known to read. */
export function formatTimestamp(at: number): string {
  if (at !== lastAt) {
    lastText = new Date(at).toISOString();
    lastAt = at;
  }
  return lastText;
}

/** Under load very many messages fall into one millisecond; formatting a date costs half a microsecond. */
let lastAt = Number.NaN;
let lastText = '';

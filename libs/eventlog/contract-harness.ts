import type { EventEntry, EventFilter, EventLog, LoggedEntry } from './eventlog.js';
import type { Retention } from './rules.js';

/** An event log under test, with what the suite needs beside it. */
export interface EventLogHarness {
  log: EventLog;
  /** Lets so much time pass for the retention. */
  pass(ms: number): Promise<void>;
  /** Closes `log` and opens it anew, as another process would; only where something survives. */
  reopen?(): Promise<EventLog>;
  dispose(): Promise<void>;
}

export type OpenEventLog = (retention: Retention) => Promise<EventLogHarness>;

/** The entry `number` of a station. */
export function entry(station: string, number: number, options: Partial<EventEntry> = {}): EventEntry {
  const data = new Uint8Array(Buffer.from(`{"of":"${station}","number":${number}}`));
  return { station, incarnation: 1, number, type: 'a.b', data, ...options };
}

export const nameOf = ({ station, incarnation, number }: LoggedEntry | EventEntry) =>
  `${station} ${incarnation}/${number}`;

/** Every entry, page by page. */
export async function readAll(log: EventLog, filter?: EventFilter, limit = 100) {
  const entries: LoggedEntry[] = [];
  for (let after = 0; ;) {
    const page = await log.read(filter === undefined ? { after, limit } : { after, limit, filter });
    entries.push(...page.entries);
    if (page.next === after) return entries;
    after = page.next;
  }
}

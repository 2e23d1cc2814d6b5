import { type Clock, systemClock } from '../clock/mod.js';
import { EventLogError } from './errors.js';
import type { Cursor, EventEntry, EventLog, EventPage, LoggedEntry, ReadOptions } from './eventlog.js';
import { checkEntries, compareNumbers, type Numbered, pageOf, type Retention } from './rules.js';
import { Waiters } from './waiters.js';

export interface MemoryEventLogOptions extends Retention {
  readonly clock?: Clock;
}

/** An event log for tests: keeps everything in memory, and nothing after `close`. */
export function memoryEventLog(options: MemoryEventLogOptions = {}): EventLog {
  return new MemoryEventLog(options);
}

class MemoryEventLog implements EventLog {
  readonly #clock: Clock;
  readonly #retention: Retention;
  readonly #waiters = new Waiters();
  #entries: { readonly entry: LoggedEntry; readonly at: number }[] = [];
  /** By station; kept when its entries are pruned. */
  readonly #newest = new Map<string, Numbered>();
  #last: Cursor = 0;
  #open = true;

  constructor(options: MemoryEventLogOptions) {
    this.#clock = options.clock ?? systemClock();
    this.#retention = options;
  }

  async append(entries: readonly EventEntry[]): Promise<void> {
    this.#mustBeOpen();
    checkEntries(entries);
    const at = this.#clock.now();
    for (const entry of entries) {
      const { station, incarnation, number, type } = entry;
      const newest = this.#newest.get(station);
      if (newest !== undefined && compareNumbers(entry, newest) <= 0) continue;
      const data = entry.data.slice();
      const stored = { station, incarnation, number, type, data, cursor: ++this.#last };
      this.#entries.push({ entry: stored, at });
      this.#newest.set(station, { incarnation, number });
    }
    this.#prune(at);
    this.#waiters.wake(this.#last);
  }

  async read(options: ReadOptions): Promise<EventPage> {
    this.#mustBeOpen();
    this.#prune(this.#clock.now());
    return pageOf(this.#entriesAfter(options.after), options, this.#last);
  }

  async waitFor(after: Cursor, signal: AbortSignal): Promise<void> {
    this.#mustBeOpen();
    if (this.#last <= after) await this.#waiters.wait(after, signal);
  }

  async first(): Promise<Cursor> {
    this.#mustBeOpen();
    this.#prune(this.#clock.now());
    return this.#entries[0]?.entry.cursor ?? this.#last + 1;
  }

  async last(): Promise<Cursor> {
    this.#mustBeOpen();
    return this.#last;
  }

  async size(): Promise<number> {
    this.#mustBeOpen();
    this.#prune(this.#clock.now());
    return this.#entries.length;
  }

  async close(): Promise<void> {
    this.#open = false;
    this.#waiters.fail(closed());
  }

  *#entriesAfter(after: Cursor): Iterable<LoggedEntry> {
    for (let at = this.#placeAfter(after); ; at++) {
      const stored = this.#entries[at];
      if (stored === undefined) return;
      yield stored.entry;
    }
  }

  #placeAfter(after: Cursor): number {
    const first = this.#entries[0]?.entry.cursor ?? 1;
    return Math.max(after + 1 - first, 0);
  }

  #prune(now: number): void {
    const { maxEntries = Infinity, maxAgeMs = Infinity } = this.#retention;
    let drop = Math.max(this.#entries.length - maxEntries, 0);
    while ((this.#entries[drop]?.at ?? Infinity) < now - maxAgeMs) drop++;
    if (drop > 0) this.#entries = this.#entries.slice(drop);
  }

  #mustBeOpen(): void {
    if (!this.#open) throw closed();
  }
}

function closed(): EventLogError {
  return new EventLogError('unavailable', 'the event log is closed');
}

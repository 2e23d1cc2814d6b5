import { type Clock, systemClock, type Timer } from '../../clock/mod.js';
import {
  Contribution,
  type EventAppender,
  type LmdbEnvironment,
  type LmdbFile,
  StoreError,
  type Table,
  type Writer,
} from '../../store/mod.js';
import { EventLogError } from '../errors.js';
import type { Cursor, EventEntry, EventLog, EventPage, ReadOptions } from '../eventlog.js';
import { checkEntries, compareNumbers, type Numbered, pageOf, type Retention } from '../rules.js';
import { Waiters } from '../waiters.js';
import {
  type ChunkInfo,
  chunkInfo,
  chunkKey,
  chunkRuns,
  chunksFrom,
  decodeChunk,
  encodeChunk,
  sizeOf,
  type StoredEntry,
} from './chunk.js';
import { NewestNumbers } from './newest.js';
import { Scratch } from './scratch.js';

export interface LmdbEventLogOptions extends Retention {
  /** Closed with the last of the stores and event logs in it. */
  readonly environment: LmdbEnvironment;
  /** Dates the entries for `maxAgeMs`. */
  readonly clock?: Clock;
}

/** Chunks that one append forgets at most, so that it never waits long; it adds one itself. */
const PRUNED_PER_APPEND = 3;
/** How often entries are forgotten by age when nothing is appended, and how many chunks in one transaction. */
const PRUNE_INTERVAL_MS = 60_000;
const PRUNED_PER_TURN = 100;
/** Entries after a checkpoint that are read again when the log is opened: 0.2 s for entries of 1 KB. */
const MAX_BEHIND = 100_000;

/** @throws EventLogError `damaged`, `unavailable`. */
export async function openLmdbEventLog(options: LmdbEventLogOptions): Promise<EventLog> {
  return translated(() => new LmdbEventLog(options));
}

/** What one transaction appends. */
interface Part {
  readonly entries: EventEntry[];
  readonly newest: Map<string, Numbered>;
  /** The ends of the log after the transaction. */
  last: Cursor;
  first: Cursor;
  /** Chunks that it may forget. */
  prune: number;
}

class LmdbEventLog implements EventLog {
  readonly #environment: LmdbEnvironment;
  readonly #main: LmdbFile;
  readonly #leave: () => Promise<void>;
  readonly #onError: (error: unknown) => void;
  readonly #clock: Clock;
  readonly #retention: Retention;
  readonly #chunks: Table;
  readonly #newest: NewestNumbers;
  readonly #scratch = new Scratch();
  readonly #waiters = new Waiters();
  /** Cursors of the oldest and the newest committed entry; `first` is past `last` when there is none. */
  #first: Cursor = 1;
  #last: Cursor = 0;
  /** The chunk that was the oldest and was kept when it was looked at last. */
  #oldest: ChunkInfo | undefined;
  #pruning: Timer | undefined;
  #open = true;

  constructor(options: LmdbEventLogOptions) {
    this.#main = options.environment.main;
    this.#onError = options.environment.onError;
    this.#clock = options.clock ?? systemClock();
    this.#retention = options;
    this.#chunks = this.#main.table('events');
    this.#newest = new NewestNumbers(options.environment);
    this.#main.read(() => this.#recover());
    this.#environment = options.environment;
    this.#environment.events = this.#appender;
    this.#leave = options.environment.use();
    if (options.maxAgeMs !== undefined) this.#pruneLater();
  }

  async append(entries: readonly EventEntry[]): Promise<void> {
    this.#mustBeOpen();
    checkEntries(entries);
    if (entries.length === 0) return;
    const apply = (writer: Writer) => {
      this.#prepare(entries);
      this.#add(writer, entries);
    };
    const { committed } = this.#contribution;
    await translated(() => this.#main.write({ apply, committed }, bytesOf(entries)));
  }

  async read(options: ReadOptions): Promise<EventPage> {
    this.#mustBeOpen();
    return translated(() =>
      this.#main.read(() => pageOf(this.#entriesAfter(options.after), options, this.#last)),
    );
  }

  async waitFor(after: Cursor, signal: AbortSignal): Promise<void> {
    this.#mustBeOpen();
    if (this.#last <= after) await this.#waiters.wait(after, signal);
  }

  async first(): Promise<Cursor> {
    this.#mustBeOpen();
    return this.#first;
  }

  async last(): Promise<Cursor> {
    this.#mustBeOpen();
    return this.#last;
  }

  async size(): Promise<number> {
    this.#mustBeOpen();
    return this.#last - this.#first + 1;
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#environment.events = undefined;
    this.#pruning?.cancel();
    this.#waiters.fail(closed());
    await this.#newest.close();
    await this.#leave();
  }

  /** Finds the ends of the log, and the numbers that came after the last checkpoint. */
  #recover(): void {
    const { checkpoint } = this.#newest;
    for (const key of this.#chunks.getKeys({ reverse: true, limit: 1 }))
      this.#last = lastOf(chunkInfo(asBuffer(key)));
    this.#last = Math.max(this.#last, checkpoint);
    this.#first = this.#last + 1;
    for (const key of this.#chunks.getKeys({ limit: 1 })) this.#first = chunkInfo(asBuffer(key)).first;
    for (const entry of this.#entriesAfter(checkpoint)) this.#newest.set(entry.station, entry);
  }

  /** What the states' commits bring. */
  readonly #appender: EventAppender = {
    sizeOf: (entries) => {
      inStoreErrors(() => {
        this.#mustBeOpen();
        checkEntries(entries);
      });
      return bytesOf(entries);
    },
    prepare: (entries) => inStoreErrors(() => this.#prepare(entries)),
    add: (writer, entries) => this.#add(writer, entries),
    committed: () => this.#contribution.committed(),
  };

  /** Whatever cannot be read throws here, before anything is taken. */
  #prepare(entries: readonly EventEntry[]): void {
    for (const { station } of entries) this.#newest.get(station);
  }

  /** Takes the entries that are no repeats. */
  #add(writer: Writer, entries: readonly EventEntry[]): void {
    const part = this.#contribution.in(writer);
    for (const entry of entries) {
      const newest = part.newest.get(entry.station) ?? this.#newest.get(entry.station);
      if (newest !== undefined && compareNumbers(entry, newest) <= 0) continue;
      part.entries.push(entry);
      part.newest.set(entry.station, entry);
    }
  }

  readonly #contribution = new Contribution<Part>({
    begin: () => ({
      entries: [],
      newest: new Map(),
      last: this.#last,
      first: this.#first,
      prune: PRUNED_PER_APPEND,
    }),
    seal: (part, writer) => {
      this.#putChunks(writer, part);
      this.#prune(writer, part);
    },
    committed: (part) => {
      part.newest.forEach((numbered, station) => this.#newest.set(station, numbered));
      this.#first = part.first;
      this.#last = part.last;
      this.#newest.checkpointWhenDue(this.#last, MAX_BEHIND);
      this.#waiters.wake(this.#last);
    },
  });

  #putChunks(writer: Writer, part: Part): void {
    const appendedAt = Math.max(Math.floor(this.#clock.now()), 0);
    this.#scratch.reuse();
    for (const { entries, size } of chunkRuns(part.entries)) {
      const chunk = encodeChunk(entries, this.#scratch.take(size));
      writer.put(this.#chunks, chunkKey({ first: part.last + 1, count: entries.length, appendedAt }), chunk);
      part.last += entries.length;
    }
  }

  /** Forgets whole chunks, so a little more is kept than `maxEntries`; and only what the last checkpoint covers. */
  #prune(writer: Writer, part: Part): void {
    for (const chunk of this.#prunable(part)) {
      if (lastOf(chunk) > this.#newest.checkpoint) {
        this.#newest.startCheckpoint(this.#last);
        return;
      }
      writer.remove(this.#chunks, chunkKey(chunk));
      part.first = lastOf(chunk) + 1;
    }
  }

  *#prunable(part: Part): Iterable<ChunkInfo> {
    const { maxEntries = Infinity, maxAgeMs = Infinity } = this.#retention;
    if (part.last - part.first + 1 <= maxEntries && maxAgeMs === Infinity) return;
    const oldest = this.#clock.now() - maxAgeMs;
    const isKept = (chunk: ChunkInfo) => part.last - lastOf(chunk) < maxEntries && chunk.appendedAt >= oldest;
    // A look into the file costs 2 % of a busy gateway's time.
    if (this.#oldest?.first === part.first && isKept(this.#oldest)) return;
    for (const key of this.#chunks.getKeys({ limit: part.prune })) {
      const chunk = chunkInfo(asBuffer(key));
      if (isKept(chunk)) {
        this.#oldest = chunk;
        return;
      }
      yield chunk;
    }
  }

  #pruneLater(): void {
    this.#pruning = this.#clock.setTimer(PRUNE_INTERVAL_MS, () => {
      const apply = (writer: Writer) => {
        this.#contribution.in(writer).prune = PRUNED_PER_TURN;
      };
      this.#main
        .write({ apply, committed: this.#contribution.committed }, 0)
        // What is kept too long does no harm; the next turn tries again.
        .catch(this.#onError)
        .finally(() => {
          if (this.#open) this.#pruneLater();
        });
    });
  }

  *#entriesAfter(after: Cursor): Iterable<StoredEntry> {
    let start = chunksFrom(after + 1);
    // The chunk that holds `after + 1` may have begun before it.
    for (const key of this.#chunks.getKeys({ start: chunksFrom(after + 2), reverse: true, limit: 1 })) {
      start = asBuffer(key);
    }
    for (const { key, value } of this.#chunks.getRange({ start })) {
      for (const entry of decodeChunk(chunkInfo(asBuffer(key)), asBuffer(value))) {
        if (entry.cursor > after) yield entry;
      }
    }
  }

  #mustBeOpen(): void {
    if (!this.#open) throw closed();
  }
}

function lastOf({ first, count }: ChunkInfo): Cursor {
  return first + count - 1;
}

function bytesOf(entries: readonly EventEntry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += sizeOf(entry);
  return bytes;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function closed(): EventLogError {
  return new EventLogError('unavailable', 'the event log is closed');
}

/** The environment speaks in StoreErrors. */
async function translated<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const code = error.code === 'damaged' ? 'damaged' : 'unavailable';
    throw new EventLogError(code, error.message, { cause: error });
  }
}

/** The other way round: for those who call through the environment. */
function inStoreErrors(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof EventLogError)) throw error;
    throw new StoreError(error.code, error.message, { cause: error });
  }
}

import {
  type LmdbEnvironment,
  type LmdbFile,
  type Table,
  type Writer,
  writeInSteps,
} from '../../store/mod.js';
import { EventLogError } from '../errors.js';
import type { Cursor } from '../eventlog.js';
import type { Numbered } from '../rules.js';

/** Stations whose newest number is kept in memory, twice at most. */
const MAX_CACHED = 32_768;
const CHECKPOINT = Buffer.from('events.checkpoint');

/**
 * The newest (incarnation, number) of every station that ever appended, also of those whose entries are forgotten. A number
 * is not written with its entry: that would double the cost of appending. A checkpoint writes those of many stations; what
 * came after the last checkpoint is found again in the entries themselves.
 */
export class NewestNumbers {
  readonly #main: LmdbFile;
  readonly #records: LmdbFile;
  readonly #table: Table;
  readonly #meta: Table;
  readonly #onError: (error: unknown) => void;
  /** Not in the table yet. */
  #recent = new Map<string, { -readonly [K in keyof Numbered]: Numbered[K] }>();
  /** What the checkpoint is writing; older than `#recent`. */
  #moving: { readonly numbers: Map<string, Numbered>; readonly upTo: Cursor } | undefined;
  /** As in the table. */
  #cache = new Map<string, Numbered>();
  #checkpoint: Cursor;
  #running: Promise<void> | undefined;
  #closing = false;

  constructor(environment: LmdbEnvironment) {
    this.#main = environment.main;
    this.#records = environment.records;
    this.#onError = environment.onError;
    this.#table = environment.records.table('event_newest');
    this.#meta = environment.main.table('meta');
    this.#checkpoint = Number(this.#main.read(() => this.#meta.getBinary(CHECKPOINT)?.toString() ?? '0'));
  }

  /** Numbers of entries up to here are in the table. */
  get checkpoint(): Cursor {
    return this.#checkpoint;
  }

  /** @throws EventLogError `damaged`. */
  get(station: string): Numbered | undefined {
    const known = this.#recent.get(station) ?? this.#moving?.numbers.get(station) ?? this.#cache.get(station);
    if (known !== undefined) return known;
    const value = this.#records.read(() => this.#table.getBinary(Buffer.from(station)));
    if (value === undefined) return undefined;
    const stored = decode(station, value);
    if (this.#cache.size >= MAX_CACHED) this.#cache.clear();
    this.#cache.set(station, stored);
    return stored;
  }

  set(station: string, { incarnation, number }: Numbered): void {
    const known = this.#recent.get(station);
    if (known === undefined) {
      this.#recent.set(station, { incarnation, number });
    } else {
      known.incarnation = incarnation;
      known.number = number;
    }
  }

  /**
   * Writes the numbers down if `maxBehind` entries or many stations have come since the last time.
   * @param last cursor up to which every entry is committed and `set`.
   */
  checkpointWhenDue(last: Cursor, maxBehind: number): void {
    if (last - this.#checkpoint >= maxBehind || this.#recent.size >= MAX_CACHED) this.startCheckpoint(last);
  }

  startCheckpoint(last: Cursor): void {
    if (this.#closing || this.#running !== undefined || last <= this.#checkpoint) return;
    this.#running = this.#move(last).finally(() => {
      this.#running = undefined;
    });
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#running;
  }

  async #move(last: Cursor): Promise<void> {
    if (this.#moving === undefined) {
      this.#moving = { numbers: this.#recent, upTo: last };
      this.#recent = new Map();
    }
    const { numbers, upTo } = this.#moving;
    try {
      const sorted = Array.from(numbers).sort(([a], [b]) => (a < b ? -1 : 1));
      const put = (writer: Writer, [station, numbered]: [string, Numbered]) =>
        writer.put(this.#table, Buffer.from(station), encode(numbered));
      if (!(await writeInSteps(this.#records, sorted, put, () => this.#closing))) return;
      const marker = Buffer.from(String(upTo));
      await this.#main.write(
        { apply: (writer) => writer.put(this.#meta, CHECKPOINT, marker) },
        marker.length,
      );
      this.#checkpoint = upTo;
      this.#cache = numbers;
      this.#moving = undefined;
    } catch (error) {
      // Nothing is lost: the entries have the numbers. Tried again after the next append.
      this.#onError(error);
    }
  }
}

function encode({ incarnation, number }: Numbered): Buffer {
  const value = Buffer.allocUnsafe(16);
  value.writeDoubleBE(incarnation, 0);
  value.writeDoubleBE(number, 8);
  return value;
}

function decode(station: string, value: Buffer): Numbered {
  if (value.length !== 16) {
    throw new EventLogError(
      'damaged',
      `the event number of station ${station} is unreadable: restore a backup`,
    );
  }
  return { incarnation: value.readDoubleBE(0), number: value.readDoubleBE(8) };
}

import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Clock, systemClock } from '../../clock/mod.js';
import { StoreError } from '../errors.js';
import type { EventEntry } from '../../eventlog/mod.js';
import { LmdbFile, messageOf, type Writer } from './file.js';
import { type DirectoryLock, lockDirectory } from './lock.js';
import { pair } from './pair.js';

export interface LmdbOptions {
  /** Directory; created when it is not there. */
  readonly path: string;
  /**
   * `disk` (default): what is durable survives a power failure. `system`: it survives the death of the process but
   * not that of the operating system, which may damage the whole database; for tests and measurements.
   */
  readonly sync?: 'disk' | 'system';
  /** Under load, milliseconds between two transactions; 2 unless told. */
  readonly commitIntervalMs?: number;
  /** Times `commitIntervalMs`. */
  readonly clock?: Clock;
  /** Told of what goes wrong while nobody waits for it: the lock is lost, a checkpoint fails. For the log. */
  readonly onError?: (error: unknown) => void;
}

const FORMAT = '1';

/**
 * Opens the data directory for this process alone. The store and the event log share it, so that one flush makes the
 * changes of both durable.
 * @throws StoreError `in_use`, `mismatch`, `damaged`, `unavailable`.
 */
export async function openLmdb(options: LmdbOptions): Promise<LmdbEnvironment> {
  const { sync = 'disk', clock = systemClock(), commitIntervalMs = 2, onError = () => undefined } = options;
  let lock: DirectoryLock | undefined;
  const files: LmdbFile[] = [];
  try {
    await mkdir(options.path, { recursive: true });
    const held = (lock = await lockDirectory(options.path, { onLost: onError }));
    const open = (name: string, intervalMs: number) => {
      const mayWrite = () => held.mustHold();
      const file = new LmdbFile({ path: path.join(options.path, name), sync, clock, intervalMs, mayWrite });
      files.push(file);
      return file;
    };
    const main = open('main', commitIntervalMs);
    const records = open('records', 0);
    const environment = new LmdbEnvironment({ path: options.path, main, records, lock, onError });
    await pair(main, records);
    await environment.fix('format', FORMAT, (found) => `has format ${found}, this version reads ${FORMAT}`);
    return environment;
  } catch (error) {
    await Promise.all(files.map((file) => file.close()));
    await lock?.close();
    if (error instanceof StoreError) throw error;
    const text = `cannot open data directory ${options.path} (${messageOf(error)}): check its permissions and the disk`;
    throw new StoreError('unavailable', text, { cause: error });
  }
}

interface Parts {
  readonly path: string;
  readonly main: LmdbFile;
  readonly records: LmdbFile;
  readonly lock: DirectoryLock;
  readonly onError: (error: unknown) => void;
}

/** The event log of a data directory, as far as the states' commits bring events. Its errors are StoreErrors. */
export interface EventAppender {
  /** Bytes that the entries take. @throws StoreError `bad_argument`. */
  sizeOf(entries: readonly EventEntry[]): number;
  /** To be called before anything of a change is written. @throws StoreError `damaged`, `unavailable`. */
  prepare(entries: readonly EventEntry[]): void;
  add(writer: Writer, entries: readonly EventEntry[]): void;
  /** To be called when the transaction is durable. */
  committed(): void;
}

/**
 * A data directory: `main` for what is appended, and small things; `records` for what is written all over the place. A
 * transaction of `main` writes few pages, however many stations it is about; `records` gets its changes later, many at
 * once and in order. Each has its own free pages, so that `main` finds long runs of them.
 */
export class LmdbEnvironment {
  readonly path: string;
  readonly main: LmdbFile;
  readonly records: LmdbFile;
  /** Call it with what goes wrong while nobody waits for it. */
  readonly onError: (error: unknown) => void;
  /** Of the event log that is open in this directory. */
  events: EventAppender | undefined = undefined;
  readonly #lock: DirectoryLock;
  #users = 0;

  /** For `openLmdb` only. */
  constructor(parts: Parts) {
    this.path = parts.path;
    this.main = parts.main;
    this.records = parts.records;
    this.onError = parts.onError;
    this.#lock = parts.lock;
  }

  /**
   * Writes down `value` the first time, and holds it against what was written from then on.
   * @throws StoreError `mismatch` with what `explain` says of the value that was found.
   */
  async fix(name: string, value: string, explain: (found: string) => string): Promise<void> {
    const meta = this.main.table('meta');
    const key = Buffer.from(name);
    const found = this.main.read(() => meta.getBinary(key)?.toString());
    if (found === undefined) {
      await this.main.write({ apply: (writer) => writer.put(meta, key, Buffer.from(value)) }, value.length);
    } else if (found !== value) {
      const advice = 'start with the version and settings that wrote it, or with an empty --data-dir';
      throw new StoreError('mismatch', `data directory ${this.path} ${explain(found)}: ${advice}`);
    }
  }

  /**
   * Rejects with the StoreError that stands in the way of writing. After a failed write this one is as large, so that it
   * does not succeed where that one would fail again.
   */
  async check(): Promise<void> {
    this.#lock.mustHold();
    this.records.mustWork();
    await this.main.probe();
    if (this.records.failing) await this.records.probe();
  }

  /** Counts a user in; the function counts it out, and the last one out closes the environment. */
  use(): () => Promise<void> {
    this.#users++;
    let using = true;
    return async () => {
      if (!using) return;
      using = false;
      if (--this.#users === 0) await this.close();
      else await this.main.idle();
    };
  }

  /** Finishes what waits, then gives the directory free. */
  async close(): Promise<void> {
    await Promise.all([this.main.close(), this.records.close()]);
    await this.#lock.close();
  }
}

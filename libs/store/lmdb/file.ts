import { type Database, open, type RootDatabase } from 'lmdb';
import type { Clock } from '../../clock/mod.js';
import { StoreError } from '../errors.js';
import { type Change, GroupCommit } from './group-commit.js';

export type Table = Database<Uint8Array, Buffer>;

/** Writes to tables within one transaction. Keys and values must not be changed until it is over. */
export class Writer {
  readonly #finishers = new Set<(writer: Writer) => void>();

  put(table: Table, key: Buffer, value: Uint8Array): void {
    void table.put(key, value);
  }

  remove(table: Table, key: Buffer): void {
    void table.remove(key);
  }

  /** Calls `finisher` when all changes of the transaction have been applied; once, however many ask for it. */
  atEnd(finisher: (writer: Writer) => void): void {
    this.#finishers.add(finisher);
  }

  /** For `LmdbFile` only. */
  finish(): void {
    for (const finisher of this.#finishers) finisher(this);
  }
}

export interface LmdbFileOptions {
  readonly path: string;
  readonly sync: 'disk' | 'system';
  readonly clock: Clock;
  /** See GroupCommitOptions. */
  readonly intervalMs: number;
}

const MAX_PENDING_BYTES = 64 * 1024 * 1024;

/** One LMDB file with its tables, and the only way to write to them. */
export class LmdbFile {
  readonly path: string;
  readonly #root: RootDatabase<Uint8Array, Buffer>;
  readonly #group: GroupCommit<Writer>;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #failure: StoreError | undefined;

  /** @throws Error of LMDB when the file cannot be opened. */
  constructor(options: LmdbFileOptions) {
    this.path = options.path;
    this.#root = open<Uint8Array, Buffer>({
      path: options.path,
      encoding: 'binary',
      keyEncoding: 'binary',
      // A transaction's promise resolves after the flush, and rejects when the flush fails.
      overlappingSync: false,
      eventTurnBatching: false,
      noSync: options.sync === 'system',
    });
    this.#group = new GroupCommit({
      clock: options.clock,
      intervalMs: options.intervalMs,
      maxPendingBytes: MAX_PENDING_BYTES,
      transact: (apply) => this.#transact(apply),
      overloaded: () =>
        new StoreError(
          'unavailable',
          `${MAX_PENDING_BYTES} bytes wait for the disk: it is too slow for this load`,
        ),
    });
  }

  /** The table of that name, created when it is not there. */
  table(name: string): Table {
    return this.#root.openDB<Uint8Array, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });
  }

  /**
   * Writes `change` with all others of this moment in one transaction; resolves when it is durable.
   * @throws StoreError `unavailable`: nothing of it was written; after an I/O error of the disk, nothing is known.
   */
  write(change: Change<Writer>, bytes: number): Promise<void> {
    if (this.#state !== 'open') return Promise.reject(this.#closed());
    return this.#group.write(change, bytes);
  }

  /**
   * Reads from the tables what is committed.
   * @throws StoreError `unavailable`.
   */
  read<T>(query: () => T): T {
    this.mustBeOpen();
    try {
      return query();
    } catch (error) {
      // LMDB's errors carry its return code.
      if (!(error instanceof Error && 'code' in error && typeof error.code === 'number')) throw error;
      throw new StoreError('unavailable', `cannot read ${this.path} (${messageOf(error)}): check the disk`, {
        cause: error,
      });
    }
  }

  /** @throws StoreError `unavailable`. */
  mustBeOpen(): void {
    if (this.#state !== 'open') throw this.#closed();
  }

  /** @throws StoreError when nothing can be written until a restart. */
  mustWork(): void {
    this.mustBeOpen();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Resolves when nothing waits to be written. */
  idle(): Promise<void> {
    return this.#group.idle();
  }

  /** Finishes what waits. */
  async close(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    await this.#group.idle();
    this.#state = 'closed';
    await this.#root.close();
  }

  async #transact(apply: (writer: Writer) => void): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    let bug: { readonly error: unknown } | undefined;
    try {
      // Within `batch` the promises of puts and removes tell nothing: the batch's own one does.
      await this.#root.batch(() => {
        const writer = new Writer();
        try {
          apply(writer);
          writer.finish();
        } catch (error) {
          bug = { error };
        }
      });
    } catch (error) {
      throw this.#failureOf(await causeOf(error));
    }
    if (bug !== undefined) throw this.#halfWritten(bug.error);
  }

  /** What was put until `error` was thrown is written, and nobody knows: nothing may be built upon it. */
  #halfWritten(error: unknown): StoreError {
    const text = `a change of ${this.path} was written in part (${messageOf(error)}): restart, and report this as a bug`;
    this.#failure = new StoreError('unavailable', text, { cause: error });
    return this.#failure;
  }

  /** After a full disk LMDB goes on; after a failed write of its root page it never does. */
  #failureOf(cause: unknown): StoreError {
    const what = `cannot write to ${this.path} (${messageOf(cause)})`;
    try {
      this.#root.transactionSync(() => undefined);
      return new StoreError('unavailable', `${what}: see that the disk has space and works`, { cause });
    } catch {
      this.#failure = new StoreError('unavailable', `${what}: check the disk, then restart`, { cause });
      return this.#failure;
    }
  }

  #closed(): StoreError {
    return new StoreError('unavailable', `${this.path} is closed`);
  }
}

/** LMDB says first that a transaction failed, and a moment later why. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  try {
    await error.commitError;
    return error;
  } catch (cause) {
    return cause;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import path from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import type { Clock } from '../../clock/mod.js';
import { StoreError } from '../errors.js';
import { type Change, GroupCommit } from './group-commit.js';
import { inspect } from './inspect.js';

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
  /** Called before each transaction; throws the StoreError that forbids it. */
  readonly mayWrite: () => void;
}

const MAX_PENDING_BYTES = 64 * 1024 * 1024;
const PROBE = Buffer.from('checked');
/** A probe is as large as what failed, up to `MAX`, and this for what comes with it. */
const PROBE_MARGIN = 64 * 1024;
const MAX_PROBE_BYTES = 1024 * 1024;

/** One LMDB file with its tables, and the only way to write to them. */
export class LmdbFile {
  readonly path: string;
  readonly #root: RootDatabase<Uint8Array, Buffer>;
  readonly #group: GroupCommit<Writer>;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #failure: StoreError | undefined;
  readonly #mayWrite: () => void;
  /** Bytes of the largest transaction that failed since one of that size succeeded. */
  #failedBytes: number | undefined;

  /** @throws StoreError `damaged`, `in_use`; Error of LMDB when the file cannot be opened. */
  constructor(options: LmdbFileOptions) {
    this.path = options.path;
    this.#mayWrite = options.mayWrite;
    inspect(path.join(options.path, 'data.mdb'));
    this.#root = open<Uint8Array, Buffer>({
      path: options.path,
      encoding: 'binary',
      keyEncoding: 'binary',
      // A transaction's promise resolves after the flush, and rejects when the flush fails.
      overlappingSync: false,
      eventTurnBatching: false,
      noSync: options.sync === 'system',
    });
    this.#mustBeReadable();
    this.#group = new GroupCommit({
      clock: options.clock,
      intervalMs: options.intervalMs,
      maxPendingBytes: MAX_PENDING_BYTES,
      transact: (apply, bytes) => this.#transact(apply, bytes),
      overloaded: () =>
        new StoreError(
          'unavailable',
          `${MAX_PENDING_BYTES} bytes wait for the disk: it is too slow for this load`,
        ),
    });
  }

  /** The table of that name, created when it is not there. @throws StoreError `unavailable`. */
  table(name: string): Table {
    return this.read(() =>
      this.#root.openDB<Uint8Array, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' }),
    );
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

  /** True from a failed transaction until one of its size succeeds. */
  get failing(): boolean {
    return this.#failedBytes !== undefined;
  }

  /** Writes, for nothing, as much as what failed last. @throws StoreError. */
  async probe(): Promise<void> {
    this.mustWork();
    const bytes = this.#failedBytes;
    const meta = this.table('meta');
    const put = (length: number) => {
      const value = Buffer.alloc(length);
      return this.write({ apply: (writer) => writer.put(meta, PROBE, value) }, bytes ?? 0);
    };
    if (bytes !== undefined) await put(bytes + PROBE_MARGIN);
    await put(1);
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

  async #transact(apply: (writer: Writer) => void, bytes: number): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#mayWrite();
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
      this.#failedBytes = Math.max(this.#failedBytes ?? 0, Math.min(bytes, MAX_PROBE_BYTES));
      throw this.#failureOf(await causeOf(error));
    }
    if (this.#failedBytes !== undefined && bytes >= this.#failedBytes) this.#failedBytes = undefined;
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

  /** LMDB keeps the readers of a file apart by their process ids, which repeat in other containers. */
  #mustBeReadable(): void {
    try {
      this.#root.doesExist(PROBE);
    } catch (error) {
      void this.#root.close();
      if (!(error instanceof TypeError)) throw error;
      const text = `${this.path} is in use by a process with the id of this one (${process.pid}), in another container`;
      throw new StoreError('in_use', `${text}: stop it, or choose another --data-dir`, { cause: error });
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

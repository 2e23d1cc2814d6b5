import type { EventEntry } from '../../eventlog/mod.js';
import { checkBatches, checkKey, checkShard } from '../check.js';
import { StoreError } from '../errors.js';
import type { LeaseTable } from '../lease-table.js';
import type { CommitOutcome, ShardBatch, States, Wakeup } from '../states.js';
import { Contribution } from './contribution.js';
import type { EventAppender, LmdbEnvironment } from './environment.js';
import type { LmdbFile, Table, Writer } from './file.js';
import { Journal } from './journal.js';
import { keyOfShardKey, numberOf, numberValue, shardKey, shardRange } from './keys.js';
import { Overlay, type Pending, valueOf } from './overlay.js';
import { writeInSteps } from './steps.js';

/** The journal may grow to this while the records file does not keep up; then commits are refused. */
const MAX_BACKLOG_BYTES = 256 * 1024 * 1024;

/** What one transaction commits. */
interface Part {
  readonly batches: ShardBatch[];
  record: Buffer | undefined;
}

/**
 * A commit is durable when it is in the journal; what the journal holds is also kept in memory. When that has become
 * enough, a checkpoint moves it into the records file, where each state has its own record; what was moved leaves the
 * journal with the next commits.
 */
export class LmdbStates implements States {
  readonly #environment: LmdbEnvironment;
  readonly #main: LmdbFile;
  readonly #records: LmdbFile;
  readonly #leases: LeaseTable;
  readonly #shards: number;
  readonly #checkpointBytes: number;
  readonly #onError: (error: unknown) => void;
  readonly #values: Table;
  readonly #wakeups: Table;
  readonly #journal: Journal;
  /** Committed after the last checkpoint began. */
  #recent: Overlay;
  /** What the checkpoint is moving; older than `#recent`. */
  #moving: { readonly overlay: Overlay; readonly upTo: number } | undefined;
  #checkpoint: Promise<void> | undefined;
  /** Size of `#recent` at which the next checkpoint begins. */
  #nextCheckpoint: number;
  #closing = false;

  /** @throws StoreError `damaged`, `unavailable`. */
  constructor(environment: LmdbEnvironment, leases: LeaseTable, shards: number, checkpointBytes: number) {
    this.#environment = environment;
    this.#main = environment.main;
    this.#records = environment.records;
    this.#onError = environment.onError;
    this.#leases = leases;
    this.#shards = shards;
    this.#checkpointBytes = this.#nextCheckpoint = checkpointBytes;
    this.#values = environment.records.table('states');
    this.#wakeups = environment.records.table('wakeups');
    this.#journal = new Journal(environment.main);
    this.#recent = new Overlay(shards);
    this.#journal.recover(this.#recent);
    // Past the limit nothing is committed that would begin one.
    this.#checkpointWhenDue();
  }

  /**
   * The epoch is compared when the transaction is put together. A grant of a newer epoch is a change of its own and
   * resolves only when it is durable, hence after every transaction that an older epoch got into.
   */
  async commit(batches: readonly ShardBatch[]): Promise<CommitOutcome[]> {
    checkBatches(batches, this.#shards);
    if (this.#recent.bytes > MAX_BACKLOG_BYTES) {
      throw new StoreError('unavailable', `${this.#records.path} does not keep up: see that the disk works`);
    }
    const { events } = this.#environment;
    const outcomes: CommitOutcome[] = [];
    let [hasWrites, hasEvents] = [false, false];
    const apply = (writer: Writer) => {
      for (const batch of batches) if (batch.events !== undefined) events?.prepare(batch.events);
      for (const batch of batches) {
        const outcome = this.#apply(writer, batch, events);
        outcomes.push(outcome);
        if (outcome === 'fenced') continue;
        hasWrites ||= batch.writes.length > 0;
        hasEvents ||= batch.events !== undefined;
      }
    };
    const committed = () => {
      if (hasWrites) this.#contribution.committed();
      if (hasEvents) events?.committed();
    };
    await this.#main.write({ apply, committed }, sizeOf(batches, events));
    return outcomes;
  }

  get takesEvents(): boolean {
    return this.#environment.events !== undefined;
  }

  async load(shard: number, key: string): Promise<Uint8Array | undefined> {
    checkShard(shard, this.#shards);
    checkKey(key);
    this.#records.mustBeOpen();
    const pending = this.#recent.get(shard, key) ?? this.#moving?.overlay.get(shard, key);
    if (pending !== undefined) return valueOf(pending);
    return this.#records.read(() => this.#values.getBinary(shardKey(shard, key)));
  }

  async *wakeups(shard: number): AsyncIterable<Wakeup> {
    checkShard(shard, this.#shards);
    const times = this.#records.read(() => this.#storedWakeups(shard));
    for (const overlay of [this.#moving?.overlay, this.#recent]) {
      for (const [key, { wakeAt }] of overlay?.ofShard(shard) ?? []) {
        if (wakeAt === null) times.delete(key);
        else if (wakeAt !== undefined) times.set(key, wakeAt);
      }
    }
    yield* Array.from(times, ([key, at]): Wakeup => ({ key, at })).sort((a, b) => a.at - b.at);
  }

  /** Stops a checkpoint on its way; the journal keeps what it had to move. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#checkpoint;
  }

  #apply(writer: Writer, batch: ShardBatch, events: EventAppender | undefined): CommitOutcome {
    if (!this.#leases.mayWrite(batch.shard, batch.epoch)) return 'fenced';
    if (batch.writes.length > 0) this.#contribution.in(writer).batches.push(batch);
    if (batch.events !== undefined) events?.add(writer, batch.events);
    return 'committed';
  }

  readonly #contribution = new Contribution<Part>({
    begin: () => ({ batches: [], record: undefined }),
    seal: (part, writer) => {
      part.record = this.#journal.append(writer, part.batches);
    },
    committed: ({ batches, record }) => {
      if (record !== undefined) this.#journal.remember(batches, record, this.#recent);
      this.#checkpointWhenDue();
    },
  });

  #checkpointWhenDue(): void {
    if (this.#closing || this.#checkpoint !== undefined || this.#recent.bytes < this.#nextCheckpoint) return;
    this.#checkpoint = this.#move().finally(() => {
      this.#checkpoint = undefined;
      this.#checkpointWhenDue();
    });
  }

  async #move(): Promise<void> {
    if (this.#moving === undefined) {
      this.#moving = { overlay: this.#recent, upTo: this.#journal.newest };
      this.#recent = new Overlay(this.#shards);
    }
    this.#nextCheckpoint = this.#checkpointBytes;
    const { overlay, upTo } = this.#moving;
    try {
      const done = await writeInSteps(
        this.#records,
        overlay.inOrder(),
        (writer, { shard, key, pending }) => this.#put(writer, shardKey(shard, key), pending),
        () => this.#closing,
      );
      if (!done) return;
      this.#moving = undefined;
      this.#journal.mayRemoveUpTo(upTo);
    } catch (error) {
      // Nothing is lost: the journal has it. Tried again when there is more of it; `commit` refuses past the limit.
      this.#onError(error);
      this.#nextCheckpoint = this.#recent.bytes + this.#checkpointBytes / 4;
    }
  }

  #put(writer: Writer, key: Buffer, pending: Pending): void {
    const { record, start, end, wakeAt } = pending;
    if (start === -1) writer.remove(this.#values, key);
    else writer.put(this.#values, key, record.subarray(start, end));
    if (wakeAt === null) writer.remove(this.#wakeups, key);
    else if (wakeAt !== undefined) writer.put(this.#wakeups, key, numberValue(wakeAt));
  }

  #storedWakeups(shard: number): Map<string, number> {
    const times = new Map<string, number>();
    for (const { key, value } of this.#wakeups.getRange(shardRange(shard))) {
      const name = keyOfShardKey(key);
      const at = numberOf(value);
      if (at === undefined)
        throw new StoreError('damaged', `wake-up of ${name} is unreadable: restore a backup`);
      times.set(name, at);
    }
    return times;
  }
}

/** @throws StoreError `bad_argument` for events that cannot be appended. */
function sizeOf(batches: readonly ShardBatch[], appender: EventAppender | undefined): number {
  let size = 0;
  for (const { writes, events } of batches) {
    if (events !== undefined) size += eventBytes(events, appender);
    for (const { value } of writes) size += 64 + (value === null ? 0 : value.length);
  }
  return size;
}

function eventBytes(events: readonly EventEntry[], appender: EventAppender | undefined): number {
  if (appender === undefined) throw new StoreError('bad_argument', 'no event log is kept with these states');
  return appender.sizeOf(events);
}

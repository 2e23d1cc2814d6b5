import type { EventEntry } from '../eventlog/mod.js';

/** The state records of station actors, by shard and key (a station token), with an index of wake-ups. */
export interface States {
  /**
   * Writes the batches of many shards together. Each batch is all or nothing and takes effect only if its `epoch` is
   * the newest granted for its shard; then it is durable when the promise resolves. Batches of one shard apply in
   * the order of the calls. The outcomes stand in the order of the batches. Values must not be changed until then.
   * @throws StoreError `unavailable`, `refused`: then nothing is known of the outcome; `bad_argument`: then nothing is
   * written.
   */
  commit(batches: readonly ShardBatch[]): Promise<CommitOutcome[]>;
  /**
   * True where an event log is kept with the states: then batches may bring events. Those of a committed batch are
   * appended to that log, as `EventLog.append` does, in one with the batch's writes; those of a fenced one are not.
   */
  readonly takesEvents?: boolean;
  /**
   * The record's bytes as of the last commit; undefined if there is none.
   * @throws StoreError `unavailable`, `refused`, `damaged`, `bad_argument`.
   */
  load(shard: number, key: string): Promise<Uint8Array | undefined>;
  /**
   * Keys of the shard with a wake-up, the earliest first.
   * @throws StoreError while it is read: `unavailable`, `refused`, `damaged`, `bad_argument`.
   */
  wakeups(shard: number): AsyncIterable<Wakeup>;
}

export interface ShardBatch {
  readonly shard: number;
  readonly epoch: number;
  readonly writes: readonly Write[];
  /** Only where `takesEvents`. */
  readonly events?: readonly EventEntry[];
}

export interface Write {
  readonly key: string;
  /** The new record; null deletes it, and its wake-up with it. */
  readonly value: Uint8Array | null;
  /** Epoch milliseconds at which the key's actor must be awake; null: none; left out: as it was. */
  readonly wakeAt?: number | null;
}

/**
 * `fenced`: a newer epoch exists; nothing of the batch was written and the writer owns the shard no more.
 * `unknown`: of a store on several servers, the one of this shard did not answer, while others can be reached: nothing is
 * known of this batch; write it again later. A store that cannot be reached at all rejects instead.
 */
export type CommitOutcome = 'committed' | 'fenced' | 'unknown';

export interface Wakeup {
  readonly key: string;
  readonly at: number;
}

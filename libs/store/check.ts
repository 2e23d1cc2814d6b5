import { StoreError } from './errors.js';
import { MAX_RUNNING_HASHES } from './running.js';
import type { ShardBatch } from './states.js';

/** Longest key in UTF-8 bytes. */
const MAX_KEY_BYTES = 1024;

/** @throws StoreError `bad_argument`. */
export function checkShard(shard: number, shards: number): void {
  if (Number.isInteger(shard) && shard >= 0 && shard < shards) return;
  throw new StoreError(
    'bad_argument',
    `shard ${shard} does not exist: the store has shards 0 to ${shards - 1}`,
  );
}

/** @throws StoreError `bad_argument`. */
export function checkKey(key: string): void {
  if (key.length > 0 && key.length * 3 <= MAX_KEY_BYTES) return;
  const bytes = Buffer.byteLength(key);
  if (bytes > 0 && bytes <= MAX_KEY_BYTES) return;
  throw new StoreError('bad_argument', `a key of ${bytes} bytes: a key must have 1 to ${MAX_KEY_BYTES}`);
}

/** @throws StoreError `bad_argument`; then no batch may be written. */
export function checkBatches(batches: readonly ShardBatch[], shards: number): void {
  for (const batch of batches) {
    checkShard(batch.shard, shards);
    for (const { key, wakeAt } of batch.writes) {
      checkKey(key);
      if (wakeAt === undefined || wakeAt === null || Number.isFinite(wakeAt)) continue;
      throw new StoreError('bad_argument', `wake-up of ${key} at ${wakeAt}: give epoch milliseconds`);
    }
  }
}

/** @throws StoreError `bad_argument`. */
export function checkLease(shard: number, shards: number, owner: string, ttlMs: number): void {
  checkShard(shard, shards);
  if (owner === '') throw new StoreError('bad_argument', 'the owner of a lease must have a name');
  if (!(ttlMs > 0))
    throw new StoreError('bad_argument', `a lease cannot last ${ttlMs} ms: give a positive time`);
}

/** @throws StoreError `bad_argument`. */
export function checkWorker(worker: string): void {
  if (worker === '') throw new StoreError('bad_argument', 'a worker must have a name');
  checkKey(worker);
}

/** @throws StoreError `bad_argument`. */
export function checkWorkerTime(ttlMs: number): void {
  if (ttlMs > 0 && Number.isFinite(ttlMs)) return;
  throw new StoreError('bad_argument', `a worker cannot be alive for ${ttlMs} ms: give a positive time`);
}

/** @throws StoreError `bad_argument`. */
export function checkRunning(name: string, hashes: Uint32Array): void {
  if (name === '') throw new StoreError('bad_argument', 'an entry of running stations must have a name');
  checkKey(name);
  if (hashes.length <= MAX_RUNNING_HASHES) return;
  const text = `${hashes.length} running stations: an entry has at most ${MAX_RUNNING_HASHES}`;
  throw new StoreError('bad_argument', text);
}

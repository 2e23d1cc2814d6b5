import type { ShardBatch } from '../states.js';

/** Redis runs a chunk as one step, and serves nobody else meanwhile (about 5 µs a write). A larger batch is one chunk. */
const MAX_CHUNK_WRITES = 512;
const MAX_CHUNK_BYTES = 1024 * 1024;
/** Of all chunks that are under way at a time. */
const MAX_FLIGHT_WRITES = 8_192;
const MAX_FLIGHT_BYTES = 8 * 1024 * 1024;

/** A batch that waits to be written. */
export interface Waiting {
  readonly batch: ShardBatch;
  readonly bytes: number;
}

/** Batches that go in one command, in order; `shard` is that of the first one. */
export interface Chunk<Item extends Waiting> {
  readonly shard: number;
  readonly items: readonly Item[];
}

/**
 * Takes as many batches from the front of `waiting` as may be written at a time, and puts them into chunks. No shard is in
 * two of the chunks, so that it does not matter which of them is written first.
 * @param together batches of different shards may go in one command.
 */
export function takeChunks<Item extends Waiting>(waiting: Item[], together: boolean): Chunk<Item>[] {
  const chunks = new Map<number, { shard: number; items: Item[]; writes: number; bytes: number }>();
  const full: Chunk<Item>[] = [];
  const shardsOfFull = new Set<number>();
  let taken = 0;
  let flightWrites = 0;
  let flightBytes = 0;
  for (const item of waiting) {
    const { shard, writes } = item.batch;
    if (shardsOfFull.has(shard)) break;
    if (
      taken > 0 &&
      (flightWrites + writes.length > MAX_FLIGHT_WRITES || flightBytes + item.bytes > MAX_FLIGHT_BYTES)
    ) {
      break;
    }
    const lane = together ? 0 : shard;
    let chunk = chunks.get(lane);
    if (
      chunk !== undefined &&
      (chunk.writes + writes.length > MAX_CHUNK_WRITES || chunk.bytes + item.bytes > MAX_CHUNK_BYTES)
    ) {
      full.push(chunk);
      for (const { batch } of chunk.items) shardsOfFull.add(batch.shard);
      chunks.delete(lane);
      if (shardsOfFull.has(shard)) break;
      chunk = undefined;
    }
    if (chunk === undefined) chunks.set(lane, (chunk = { shard, items: [], writes: 0, bytes: 0 }));
    chunk.items.push(item);
    chunk.writes += writes.length;
    chunk.bytes += item.bytes;
    flightWrites += writes.length;
    flightBytes += item.bytes;
    taken++;
  }
  waiting.splice(0, taken);
  return [...full, ...chunks.values()];
}

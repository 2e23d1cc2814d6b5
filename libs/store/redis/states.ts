import { checkBatches, checkKey, checkShard } from '../check.js';
import type { CommitOutcome, ShardBatch, States, Wakeup } from '../states.js';
import type { CommitQueue } from './commit-queue.js';
import type { Room } from './room.js';
import { PAGE } from './scripts.js';

const PAGE_SIZE = 512;

export class RedisStates implements States {
  constructor(
    private readonly room: Room,
    private readonly queue: CommitQueue,
  ) {}

  async commit(batches: readonly ShardBatch[]): Promise<CommitOutcome[]> {
    this.room.mustBeOpen();
    checkBatches(batches, this.room.keys.shards);
    return this.queue.commit(batches);
  }

  async load(shard: number, key: string): Promise<Uint8Array | undefined> {
    const { keys, link } = this.room;
    this.room.mustBeOpen();
    checkShard(shard, keys.shards);
    checkKey(key);
    const value = await link.command(this.room.slotOf(shard), 'get', [keys.records(shard) + key], 'bytes');
    return value === null ? undefined : (value as Buffer);
  }

  /** In pages. A wake-up that is set, moved or cleared meanwhile may or may not be seen; all others are seen once. */
  async *wakeups(shard: number): AsyncIterable<Wakeup> {
    const { keys, link } = this.room;
    this.room.mustBeOpen();
    checkShard(shard, keys.shards);
    let last: readonly string[] = [];
    for (;;) {
      const slot = this.room.slotOf(shard);
      const page = (await link.script(PAGE, slot, [keys.wake(shard)], [PAGE_SIZE, ...last])) as string[];
      for (let at = 0; at < page.length; at += 2) {
        yield { key: page[at] ?? '', at: Number(page[at + 1]) };
      }
      if (page.length < PAGE_SIZE * 2) return;
      last = [page.at(-1) ?? '', page.at(-2) ?? ''];
      this.room.mustBeOpen();
    }
  }
}

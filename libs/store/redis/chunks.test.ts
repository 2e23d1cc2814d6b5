import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { takeChunks, type Waiting } from './chunks.js';

const SEED = 20265;
const KEY = { key: 'k', value: null };

const batch = (shard: number, writes: number, bytes = writes): Waiting => ({
  batch: { shard, epoch: 1, writes: new Array<typeof KEY>(writes).fill(KEY) },
  bytes,
});
const shape = (waiting: Waiting[], together: boolean) =>
  takeChunks(waiting, together).map(({ items }) => items.map((item) => item.batch.shard));

describe('what is written at a time', () => {
  test('batches of many shards go together, or one chunk for each shard', () => {
    const some = () => [batch(0, 1), batch(1, 1), batch(0, 1)];
    assert.deepEqual(shape(some(), true), [[0, 1, 0]]);
    assert.deepEqual(shape(some(), false), [[0, 0], [1]]);
  });

  test('a chunk holds at most 512 writes and 1 MiB, but always a whole batch', () => {
    assert.deepEqual(shape([batch(0, 300), batch(1, 212), batch(2, 1)], true), [[0, 1], [2]]);
    assert.deepEqual(shape([batch(0, 1, 700_000), batch(1, 1, 700_000)], true), [[0], [1]]);
    assert.deepEqual(shape([batch(0, 5000), batch(1, 1)], true), [[0], [1]]);
  });

  test('a shard of a full chunk waits for the next time', () => {
    const waiting = [batch(0, 512), batch(1, 1), batch(0, 1), batch(2, 1)];
    assert.deepEqual(shape(waiting, true), [[0], [1]]);
    assert.deepEqual(shape(waiting, true), [[0, 2]]);
  });

  test('all chunks of a time together are bounded', () => {
    const waiting = Array.from({ length: 40 }, (_, shard) => batch(shard, 500));
    assert.equal(shape(waiting, true).length, 16);
    assert.equal(waiting.length, 24);
    const large = Array.from({ length: 40 }, (_, shard) => batch(shard, 1, 1024 * 1024));
    assert.equal(shape(large, false).length, 8);
  });

  test(`everything is taken once, in the order of each shard, and no shard is in two chunks (seed ${SEED})`, () => {
    const item = fc.tuple(fc.nat(5), fc.nat(400), fc.nat(600_000));
    fc.assert(
      fc.property(fc.array(item, { maxLength: 60 }), fc.boolean(), (sizes, together) => {
        const all = sizes.map(([shard, writes, bytes]) => batch(shard, writes, bytes));
        const waiting = [...all];
        const taken: Waiting[] = [];
        while (waiting.length > 0) {
          const chunks = takeChunks(waiting, together);
          assert.ok(chunks.length > 0);
          const shards = chunks.map(({ items }) => new Set(items.map(({ batch: { shard } }) => shard)));
          const count = shards.reduce((sum, each) => sum + each.size, 0);
          assert.equal(new Set(shards.flatMap((each) => [...each])).size, count);
          taken.push(...chunks.flatMap(({ items }) => items));
        }
        for (let shard = 0; shard <= 5; shard++) {
          const ofShard = (items: Waiting[]) => items.filter((each) => each.batch.shard === shard);
          assert.deepEqual(ofShard(taken), ofShard(all));
        }
        assert.equal(taken.length, all.length);
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});

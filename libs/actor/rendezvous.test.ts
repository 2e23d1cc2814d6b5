import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shardsWonBy, winnerOf } from './rendezvous.js';

const SHARDS = 256;
const workers = Array.from({ length: 8 }, (_, n) => `worker-${n}`);
const winners = (among: readonly string[]) =>
  Array.from({ length: SHARDS }, (_, shard) => winnerOf(shard, among));

test('every shard has one winner, whatever the order of the workers', () => {
  assert.deepEqual(winners(workers), winners([...workers].reverse()));
  const sets = workers.map((worker) => shardsWonBy(worker, workers, SHARDS));
  assert.equal(
    sets.reduce((sum, { size }) => sum + size, 0),
    SHARDS,
  );
  assert.equal(winnerOf(0, []), undefined);
});

test('a worker that leaves moves its own shards only, one that joins takes only those it wins', () => {
  const all = winners(workers);
  const without = winners(workers.slice(1));
  for (const [shard, winner] of all.entries()) {
    if (winner !== workers[0]) assert.equal(without[shard], winner);
  }
});

test('shards are spread evenly, also over workers with alike names', () => {
  for (const names of [workers, workers.slice(0, 2), ['a', 'b'], ['pod-0', 'pod-1', 'pod-2', 'pod-3']]) {
    const share = SHARDS / names.length;
    for (const name of names) {
      const { size } = shardsWonBy(name, names, SHARDS);
      // Four standard deviations of a fair draw.
      assert.ok(Math.abs(size - share) < 4 * Math.sqrt(share), `${name} of ${names.length}: ${size}`);
    }
  }
});

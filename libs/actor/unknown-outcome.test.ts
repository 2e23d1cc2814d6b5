import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ShardBatch } from '../store/mod.js';
import { openBench, openHost, takeOver, type AccountMessage } from './ledger.fixture.js';

const add = (amount: number): AccountMessage => ({ type: 'add', amount });

for (const written of [false, true]) {
  const how = written ? 'was written all the same' : 'was not written';
  test(`a shard whose server does not answer (what it got ${how}) waits alone, and loses nothing`, async () => {
    const bench = openBench();
    const fenced: number[] = [];
    const { host, performer, states } = openHost(bench, {
      observer: { fenced: (shard) => fenced.push(shard) },
    });
    await takeOver(bench, host, 'w1', 0);
    await takeOver(bench, host, 'w1', 1);
    const commit = states.commit.bind(states);
    let calls = 0;
    let away = true;
    states.commit = async (batches: readonly ShardBatch[]) => {
      calls++;
      if (!away) return commit(batches);
      const reached = written ? batches : batches.filter(({ shard }) => shard !== 0);
      const outcomes = [...(await commit(reached))];
      return batches.map((batch) =>
        batch.shard === 0 ? 'unknown' : (outcomes.at(reached.indexOf(batch)) ?? 'unknown'),
      );
    };
    host.deliver('a1', add(1));
    host.deliver('b1', add(1));
    await bench.clock.settle();
    host.deliver('a1', add(10));
    host.deliver('b1', add(10));
    await bench.clock.settle();
    assert.deepEqual(performer.said, ['b1: added 1', 'b1: added 10']);
    assert.equal(host.stats().uncommitted, 1);
    calls = 0;
    await bench.clock.advance(10_000);
    assert.ok(calls >= 5 && calls <= 12, `tried ${calls} times in ten seconds`);
    away = false;
    await bench.clock.advance(2_000);
    assert.deepEqual(performer.said.slice(2), ['a1: added 1', 'a1: added 10']);
    assert.equal(performer.ledger.get('a1')?.length, 2);
    assert.equal(host.stats().uncommitted, 0);
    assert.deepEqual(fenced, []);
  });
}

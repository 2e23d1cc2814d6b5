import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStoreError, TTL, type StoreHarness } from './contract-harness.js';

/** What every set of workers must do; it is empty at the beginning of each test. */
export function workersContract(harness: () => StoreHarness): void {
  const live = () => harness().store.workers.live();

  test('those who beat are alive, in order of their names', async () => {
    const { workers } = harness().store;
    assert.deepEqual(await live(), []);
    for (const worker of ['w2', 'w10', 'ä 1', 'w2', 'W2']) await workers.beat(worker, TTL);
    assert.deepEqual(await live(), ['W2', 'w10', 'w2', 'ä 1']);
  });

  test('one who does not beat again is gone after its time', async () => {
    const { workers } = harness().store;
    await workers.beat('a', TTL);
    await workers.beat('b', TTL);
    await harness().pass(TTL * 0.6);
    assert.deepEqual(await live(), ['a', 'b']);
    await workers.beat('b', TTL);
    await harness().pass(TTL * 0.6);
    assert.deepEqual(await live(), ['b']);
    await harness().pass(TTL * 0.6);
    assert.deepEqual(await live(), []);
    await workers.beat('a', TTL);
    assert.deepEqual(await live(), ['a']);
  });

  test('the last beat says how long, also when that is shorter', async () => {
    await harness().store.workers.beat('a', TTL * 10);
    await harness().store.workers.beat('a', TTL);
    await harness().pass(TTL * 1.2);
    assert.deepEqual(await live(), []);
  });

  test('one who leaves is gone at once; leaving twice does nothing', async () => {
    const { workers } = harness().store;
    await workers.beat('a', TTL);
    await workers.beat('b', TTL);
    await workers.leave('a');
    await workers.leave('a');
    assert.deepEqual(await live(), ['b']);
  });

  test('refuses a worker without a name or without time: bad_argument', async () => {
    const { workers } = harness().store;
    await assert.rejects(workers.beat('', TTL), isStoreError('bad_argument'));
    await assert.rejects(workers.leave(''), isStoreError('bad_argument'));
    for (const ttlMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      await assert.rejects(workers.beat('a', ttlMs), isStoreError('bad_argument'));
    }
  });
}

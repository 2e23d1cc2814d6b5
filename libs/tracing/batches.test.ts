import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../clock/mod.js';
import { BATCH, Batches, DELAY_MS, MOST_WAITING } from './batches.js';

function rig() {
  const clock = new ManualClock();
  const calls: { readonly items: readonly number[]; take(): void; refuse(): void }[] = [];
  const counts = { sent: 0, failed: 0, dropped: 0 };
  const batches = new Batches<number>({
    clock,
    send: (items) =>
      new Promise((resolve, reject) => {
        calls.push({ items, take: () => resolve(), refuse: () => reject(new Error('no')) });
      }),
    sent: (items) => void (counts.sent += items),
    failed: (items) => void (counts.failed += items),
    dropped: (items) => void (counts.dropped += items),
  });
  const add = (items: number) => {
    for (let item = 0; item < items; item++) batches.add(item);
  };
  return { clock, calls, counts, batches, add };
}

test('items go together after a while, or when there are many', async () => {
  const { clock, calls, counts, batches, add } = rig();
  add(3);
  await clock.advance(DELAY_MS - 1);
  assert.equal(calls.length, 0);
  await clock.advance(1);
  assert.deepEqual(calls[0]?.items, [0, 1, 2]);
  calls[0]?.take();
  await clock.settle();
  add(BATCH);
  await clock.settle();
  assert.equal(calls[1]?.items.length, BATCH);
  calls[1]?.take();
  await clock.settle();
  assert.deepEqual(counts, { sent: BATCH + 3, failed: 0, dropped: 0 });
  assert.equal(batches.waiting, 0);
  assert.equal(clock.timers, 0);
});

test('one call is under way at a time, and what comes meanwhile waits up to the limit', async () => {
  const { clock, calls, counts, batches, add } = rig();
  add(BATCH + MOST_WAITING + 7);
  await clock.advance(10 * DELAY_MS);
  assert.equal(calls.length, 1);
  assert.equal(batches.waiting, MOST_WAITING);
  assert.equal(counts.dropped, 7);
  calls[0]?.take();
  await clock.settle();
  assert.equal(calls.length, 2);
  assert.equal(batches.waiting, MOST_WAITING - BATCH);
});

test('what is refused is given up, and what comes after is sent', async () => {
  const { clock, calls, counts, add } = rig();
  add(2);
  await clock.advance(DELAY_MS);
  calls[0]?.refuse();
  await clock.settle();
  add(1);
  await clock.advance(DELAY_MS);
  calls[1]?.take();
  await clock.settle();
  assert.deepEqual(counts, { sent: 1, failed: 2, dropped: 0 });
});

test('at the end what waits is sent, and no more is taken', async () => {
  const { clock, calls, counts, batches, add } = rig();
  add(BATCH + 5);
  const closed = batches.close(1_000);
  add(1);
  calls[0]?.take();
  await clock.settle();
  assert.equal(calls[1]?.items.length, 5);
  calls[1]?.take();
  await clock.settle();
  await closed;
  assert.deepEqual(counts, { sent: BATCH + 5, failed: 0, dropped: 1 });
  assert.equal(clock.timers, 0);
});

test('the end does not wait for who never answers: what is left is dropped', async () => {
  const { clock, counts, batches, add } = rig();
  add(BATCH + 5);
  const closed = batches.close(1_000);
  await clock.advance(1_000);
  await closed;
  assert.deepEqual(counts, { sent: 0, failed: 0, dropped: 5 });
  assert.equal(batches.waiting, 0);
});

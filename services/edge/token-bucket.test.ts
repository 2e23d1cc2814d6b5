import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TokenBucket } from './token-bucket.js';

test('a burst is let through, then the rate holds', () => {
  const bucket = new TokenBucket(10, 3, 1000);
  assert.deepEqual(
    [1, 2, 3, 4].map(() => bucket.tryTake(1000)),
    [true, true, true, false],
  );
  assert.deepEqual(
    [1099, 1100, 1100].map((now) => bucket.tryTake(now)),
    [false, true, false],
  );
  assert.deepEqual(
    [9000, 9000, 9000, 9000].map((now) => bucket.tryTake(now)),
    [true, true, true, false],
  );
});

test('no debt takes longer than five seconds to pay', () => {
  const bucket = new TokenBucket(10, 1, 0);
  for (let n = 0; n < 100; n++) bucket.take(0, 20);
  assert.equal(bucket.debt, 50);
  assert.equal(bucket.hasOne(5_100), true);
});

test('what is taken beyond it is a debt, paid by time', () => {
  const bucket = new TokenBucket(10, 1, 0);
  assert.equal(bucket.take(0), true);
  for (let n = 0; n < 5; n++) assert.equal(bucket.take(0), false);
  assert.equal(bucket.hasOne(599), false);
  assert.equal(bucket.hasOne(600), true);
  assert.equal(bucket.take(600), true);
});

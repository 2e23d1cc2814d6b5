import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excessOver, perSecond, quantile, shareBefore } from './ranks.js';

test('quantiles are of the values as they are sorted', () => {
  assert.equal(quantile([5, 1, 3, 2, 4], 0.5), 3);
  assert.equal(quantile([5, 1, 3, 2, 4], 1), 5);
  assert.equal(quantile([5, 1], 0), 1);
  assert.ok(Number.isNaN(quantile([], 0.5)));
});

test('of all pairs, those count in which the first comes before the other', () => {
  assert.equal(shareBefore([1, 2], [3, 4]), 1);
  assert.equal(shareBefore([3, 4], [1, 2]), 0);
  assert.equal(shareBefore([2, 3], [1, 4]), 0.5);
  assert.equal(shareBefore([1, 1], [1, 1]), 0.5);
});

test('arrivals are counted by seconds', () => {
  assert.deepEqual(perSecond([1000, 1999, 4000], 1000), [2, 0, 0, 1]);
});

test('what a full bucket lets in is no excess, one more is', () => {
  const bucket = { rate: 10, burst: 3 };
  assert.equal(excessOver(bucket, [0, 0, 0, 100, 200], 0), 0);
  assert.equal(excessOver(bucket, [0, 0, 0, 0, 100], 0), 1);
  assert.equal(excessOver(bucket, [500], 0), -3);
});

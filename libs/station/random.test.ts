import assert from 'node:assert/strict';
import test from 'node:test';
import { backoffDelay } from './backoff.js';
import { createRandom } from './random.js';

test('the same seed gives the same numbers, another seed others', () => {
  const draw = (seed: number | string) => {
    const random = createRandom(seed);
    return Array.from({ length: 20 }, () => random.next());
  };
  assert.deepEqual(draw(7), draw(7));
  assert.deepEqual(draw('SIM-1'), draw('SIM-1'));
  assert.notDeepEqual(draw(7), draw(8));
  assert.notDeepEqual(draw('SIM-1'), draw('SIM-2'));
});

test('whole numbers reach both ends of their range and nothing beyond', () => {
  const random = createRandom(1);
  const drawn = new Set(Array.from({ length: 500 }, () => random.integer(3, 6)));
  assert.deepEqual(drawn, new Set([3, 4, 5, 6]));
});

test('texts have the length that is asked for, and characters that are safe in ids', () => {
  assert.match(createRandom(1).text(36), /^[a-z0-9]{36}$/);
});

test('the back-off doubles up to its last step and adds a bounded random part (2.0.1 part 4, 5.3)', () => {
  const backoff = { minimumMs: 100, randomRangeMs: 50, repeatTimes: 3 };
  const random = createRandom(1);
  for (const [failures, least] of [
    [0, 100],
    [1, 200],
    [2, 400],
    [3, 800],
    [4, 800],
    [99, 800],
  ] as const) {
    const delay = backoffDelay(backoff, failures, random);
    assert.ok(delay >= least && delay < least + 50, `${delay} after ${failures} failures`);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock, sleep, within } from './mod.js';

test('sleep resolves after its time, by the clock', async () => {
  const clock = new ManualClock();
  let awake = false;
  void sleep(clock, 100).then(() => (awake = true));
  await clock.advance(99);
  assert.equal(awake, false);
  await clock.advance(1);
  assert.equal(awake, true);
});

test('within resolves when the promise succeeds or fails, and without it after the time', async () => {
  const clock = new ManualClock();
  await within(clock, 100, Promise.resolve());
  await within(clock, 100, Promise.reject(new Error('on purpose')));
  let over = false;
  void within(clock, 100, new Promise(() => undefined)).then(() => (over = true));
  await clock.advance(99);
  assert.equal(over, false);
  await clock.advance(1);
  assert.equal(over, true);
});

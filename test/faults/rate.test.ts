import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CallTimes } from './call-times.js';
import { Rate } from './rate.js';

/** `perSecond` answers a second between two moments in seconds. */
function answers(rate: Rate, perSecond: number, from: number, to: number): void {
  for (let at = from * 1000 + 1; at < to * 1000; at += 1000 / perSecond) rate.count(at);
}

test('the rate between two moments', () => {
  const rate = new Rate();
  answers(rate, 200, 0, 2);
  answers(rate, 50, 2, 4);
  assert.equal(rate.between(0, 2000), 200);
  assert.equal(rate.between(1000, 3000), 125);
  assert.equal(rate.between(5000, 6000), 0);
  assert.equal(rate.between(1000, 1000), 0);
});

test('after a dip the rate is back when a whole second is', () => {
  const rate = new Rate();
  answers(rate, 200, 0, 3);
  answers(rate, 20, 3, 5);
  answers(rate, 200, 5, 8);
  assert.equal(rate.backAt(180, 3000, 4500), undefined);
  assert.equal(rate.backAt(180, 3000, 5500), undefined);
  const back = rate.backAt(180, 3000, 8000) ?? Number.NaN;
  assert.ok(back >= 5900 && back <= 6000, `${back}`);
});

test('a rate that never fell is back at once, as soon as a second has passed', () => {
  const rate = new Rate();
  answers(rate, 200, 0, 6);
  assert.equal(rate.backAt(180, 3000, 3900), undefined);
  assert.equal(rate.backAt(180, 3000, 6000), 3000);
});

test('a rate that falls again is not back', () => {
  const rate = new Rate();
  answers(rate, 200, 0, 5);
  answers(rate, 20, 5, 6);
  assert.equal(rate.backAt(180, 1000, 6000), undefined);
});

test('CALL times count where the CALL was under way in the time asked for', () => {
  const times = new CallTimes();
  times.add(0, 10);
  times.add(100, 5000);
  for (let at = 0; at < 98; at++) times.add(2000 + at, 2001 + at);
  times.add(9000, 9900);
  assert.deepEqual(times.during(1000, 6000), { calls: 99, p99: 4900, worst: 4900 });
  assert.deepEqual(times.during(0, 10_000), { calls: 101, p99: 900, worst: 4900 });
  assert.deepEqual(times.during(20_000, 30_000), { calls: 0, p99: 0, worst: 0 });
  assert.deepEqual(times.answered(1000, 6000), { calls: 99, p99: 4900, worst: 4900 });
  assert.deepEqual(times.answered(0, 4000), { calls: 99, p99: 10, worst: 10 });
  times.forget();
  assert.equal(times.during(0, 10_000).calls, 0);
});

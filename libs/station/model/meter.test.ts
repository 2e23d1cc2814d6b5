import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalList } from './local-list.js';
import { Meter } from './meter.js';

const HOUR = 3_600_000;

test('the register grows by power × time', () => {
  const meter = new Meter(100, 0);
  assert.equal(meter.read(HOUR), 100);
  meter.setPower(11_000, HOUR);
  assert.equal(meter.read(2 * HOUR), 11_100);
  meter.setPower(0, 2 * HOUR + HOUR / 2);
  assert.equal(meter.read(9 * HOUR), 16_600);
});

test('the register never runs backwards, also when the clock is set back', () => {
  const meter = new Meter(0, HOUR);
  meter.setPower(1000, HOUR);
  assert.equal(meter.read(0), 0);
  assert.equal(meter.read(HOUR), 1000);
});

test('the local list refuses more than it can hold, and stays as it was', () => {
  const list = new LocalList();
  const entries = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ idToken: `T${index}`, status: 'Accepted' }));
  assert.equal(list.update('Full', 1, entries(LocalList.CAPACITY)), 'accepted');
  assert.equal(list.update('Full', 2, entries(LocalList.CAPACITY + 1)), 'failed');
  assert.equal(list.version, 1);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryBroker } from '../../libs/bus/mod.js';
import { ManualClock } from '../../libs/clock/mod.js';
import { HealthWatch } from './health.js';

function rig() {
  const clock = new ManualClock();
  const bus = new MemoryBroker({ clock }).connect();
  const told: boolean[] = [];
  let check = () => Promise.resolve();
  const watch = new HealthWatch({
    bus,
    clock,
    check: () => check(),
    lookMs: 1_000,
    tell: (healthy) => void told.push(healthy),
  });
  return { clock, bus, told, watch, setCheck: (next: () => Promise<void>) => (check = next) };
}

test('it looks from time to time, and tells what it finds', async () => {
  const { clock, told, watch, setCheck } = rig();
  await watch.start();
  setCheck(() => Promise.reject(new Error('away')));
  await clock.advance(1_000);
  setCheck(() => Promise.resolve());
  await clock.advance(1_000);
  assert.deepEqual(told, [true, false, true]);
  watch.stop();
  await clock.advance(5_000);
  assert.deepEqual([told.length, clock.timers], [3, 0]);
});

test('the loss of the bus is told at once, and so is its return', async () => {
  const { clock, bus, told, watch } = rig();
  await watch.start();
  bus.setConnected(false);
  await clock.settle();
  assert.equal(told.at(-1), false);
  bus.setConnected(true);
  await clock.settle();
  assert.equal(told.at(-1), true);
  assert.equal(clock.timers, 1);
  watch.stop();
});

test('a look that takes long tells nothing once a later one has begun, or it was stopped', async () => {
  const { clock, bus, told, watch, setCheck } = rig();
  let finish: () => void = () => undefined;
  setCheck(() => new Promise((resolve) => (finish = resolve)));
  const starting = watch.start();
  setCheck(() => Promise.reject(new Error('away')));
  bus.setConnected(false);
  bus.setConnected(true);
  await clock.settle();
  finish();
  await starting;
  assert.ok(!told.includes(true));
  setCheck(() => new Promise((resolve) => (finish = resolve)));
  await clock.advance(1_000);
  const before = told.length;
  watch.stop();
  finish();
  await clock.settle();
  assert.deepEqual([told.length, clock.timers], [before, 0]);
});

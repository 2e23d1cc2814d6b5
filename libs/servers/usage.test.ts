import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { usageOf } from './mod.js';

const skip = existsSync('/proc/self/stat') ? false : 'needs /proc';
const STEP_MICROS = 10_000;

test('what a process has used is what it says of itself', { skip }, () => {
  const until = process.cpuUsage().user + 5 * STEP_MICROS;
  while (process.cpuUsage().user < until);
  const before = usageOf(process.pid);
  const { user, system } = process.cpuUsage();
  const rss = process.memoryUsage.rss();
  const after = usageOf(process.pid);
  const cpu = user + system;
  assert.ok(
    before.cpuMicros <= cpu && cpu <= after.cpuMicros + 2 * STEP_MICROS,
    `${before.cpuMicros} ${cpu}`,
  );
  assert.ok(Math.abs(after.rssBytes - rss) < 0.2 * rss, `${after.rssBytes} ${rss}`);
  assert.ok(after.peakRssBytes >= after.rssBytes, `${after.peakRssBytes} ${after.rssBytes}`);
});

test('a process that does not run is an error', { skip }, () => {
  assert.throws(() => usageOf(2 ** 30), /ENOENT.*\/proc\/1073741824\/stat/);
});

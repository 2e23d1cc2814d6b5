import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { usageOf } from '../../libs/servers/mod.js';
import { ownCpu } from './cpu.js';

test('the CPU time of a process is the one in /proc', { skip: !existsSync('/proc/self/stat') }, () => {
  const before = usageOf(process.pid).cpuMicros;
  const cpu = ownCpu();
  const after = usageOf(process.pid).cpuMicros;
  // In steps of 10 ms, user and system each rounded down.
  assert.ok(before <= cpu && cpu <= after + 20_000, `${before} ≤ ${cpu} ≤ ${after} + 2 steps`);
});

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ownCpu } from './cpu.js';

/** Fields 14 and 15 of proc_pid_stat(5), in ticks of 10 ms, each rounded down. */
function cpuOfProc(): number {
  const text = readFileSync('/proc/self/stat', 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

test('the CPU time of a process is the one in /proc', { skip: !existsSync('/proc/self/stat') }, () => {
  const before = cpuOfProc();
  const cpu = ownCpu();
  const after = cpuOfProc();
  assert.ok(before <= cpu && cpu <= after + 20_000, `${before} ≤ ${cpu} ≤ ${after} + 2 ticks`);
});

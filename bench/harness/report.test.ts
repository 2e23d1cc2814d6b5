import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample } from '../benchmark.js';
import { rowOf } from './report.js';
import { quantile, spread } from './statistics.js';
import { renderTable } from './table.js';

const sample = (subject: string, round: number, cpu: number, rate = 0): Sample => ({
  case: 'Heartbeat',
  subject,
  round,
  cpu,
  figures: { rate },
});

/** The machine slows down in round 1: both costs double, their ratio does not. */
const SAMPLES = [
  sample('ours', 0, 15, 100),
  sample('ours', 1, 30, 50),
  sample('ours', 2, 16, 90),
  sample('echo', 0, 10),
  sample('echo', 1, 20),
  sample('echo', 2, 10),
];
const COMPARISON = { case: 'Heartbeat', subject: 'ours', reference: 'echo' };

test('quantiles lie between neighbours', () => {
  assert.equal(quantile([1, 2, 3], 0.5), 2);
  assert.equal(quantile([1, 2], 0.5), 1.5);
  assert.equal(quantile([0, 10], 0.99), 9.9);
  assert.deepEqual(spread([3, 1, 2]), { median: 2, min: 1, max: 3 });
  assert.throws(() => spread([]));
});

test('ratios are taken within a round, the median of them counts', () => {
  const row = rowOf(COMPARISON, SAMPLES);
  assert.deepEqual(row.ratio, { median: 1.5, min: 1.5, max: 1.6 });
  assert.equal(row.cpu, 16);
  assert.equal(row.referenceCpu, 10);
  assert.deepEqual(row.figures, { rate: 90 });
  assert.equal(row.verdict, undefined);
});

test('a target is met, within twice, or missed', () => {
  const verdict = (target: number) => rowOf({ ...COMPARISON, target }, SAMPLES).verdict;
  assert.equal(verdict(1.5), 'met');
  assert.equal(verdict(1.4), 'within_twice');
  assert.equal(verdict(0.75), 'within_twice');
  assert.equal(verdict(0.7), 'missed');
});

test('a round without its reference is our own bug', () => {
  assert.throws(() => rowOf(COMPARISON, SAMPLES.slice(0, 4)), /round 1 has no echo/);
});

test('the table has a line for each row, with target and verdict', () => {
  const lines = renderTable([
    rowOf({ ...COMPARISON, target: 1.4 }, SAMPLES),
    rowOf(COMPARISON, SAMPLES),
  ]).split('\n');
  assert.equal(lines.length, 4);
  assert.match(
    lines[0] ?? '',
    /^case +subject +µs CPU +against +µs CPU +ratio +\(min–max\) +target +≤ twice +verdict +rate$/,
  );
  assert.match(
    lines[2] ?? '',
    /^Heartbeat +ours +16\.0 +echo +10\.0 +1\.50 +\(1\.50–1\.60\) +1\.4 +yes +not met +90\.0$/,
  );
  assert.match(lines[3] ?? '', /^Heartbeat +ours +16\.0 +echo +10\.0 +1\.50 +\(1\.50–1\.60\) +90\.0$/);
});

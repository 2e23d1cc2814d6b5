import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Percentiles } from './percentiles.js';
import { Problems } from './problems.js';

test('percentiles are right within 3 %', () => {
  const percentiles = new Percentiles();
  for (let ms = 1; ms <= 1000; ms++) percentiles.add(ms);
  for (const [share, exact] of [
    [0.5, 500],
    [0.95, 950],
    [0.99, 990],
  ] as const) {
    assert.ok(Math.abs(percentiles.at(share) / exact - 1) < 0.03, `${percentiles.at(share)} for ${exact}`);
  }
  assert.equal(percentiles.total, 1000);
});

test('percentiles of nothing, of one value, of zero', () => {
  assert.equal(new Percentiles().at(0.99), 0);
  const one = new Percentiles();
  one.add(0);
  assert.ok(one.at(0.5) <= 0.011);
});

test('problems are grouped by kind, the most frequent first, with the first case of each', () => {
  const problems = new Problems();
  problems.add('rare', 'a');
  problems.add('frequent', 'b');
  problems.add('frequent', 'c');
  assert.deepEqual(problems.list(), [
    { kind: 'frequent', count: 2, first: 'b' },
    { kind: 'rare', count: 1, first: 'a' },
  ]);
});

test('however many kinds there are, few are kept', () => {
  const problems = new Problems();
  for (let kind = 0; kind < 1000; kind++) problems.add(`kind ${kind}`, '');
  assert.ok(problems.list().length <= 51);
  assert.equal(problems.list()[0]?.kind, 'others');
});

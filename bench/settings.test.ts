import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../libs/ops/mod.js';
import type { Benchmark } from './benchmark.js';
import { readOrder } from './settings.js';

const benchmark = (name: string): Benchmark => ({
  name,
  about: '',
  run: () => Promise.resolve({ settings: {}, samples: [], comparisons: [] }),
});
const BENCHMARKS = [benchmark('one'), benchmark('two')];
const read = (...argv: string[]) => readOrder(argv, BENCHMARKS, '/results');
const names = (...argv: string[]) => read(...argv).benchmarks.map(({ name }) => name);

test('all benchmarks run unless some are named', () => {
  assert.deepEqual(names(), ['one', 'two']);
  assert.deepEqual(names('two'), ['two']);
});

test('names and flags may stand in any order', () => {
  assert.deepEqual(names('--rounds', '3', 'two'), ['two']);
  assert.deepEqual(names('--quick', 'two', 'one'), ['two', 'one']);
  assert.deepEqual(names('one', '--rounds=3', '--stations', '10', '--quick'), ['one']);
  assert.equal(read('--rounds', '3', 'two').rounds, 3);
});

test('an unknown name is refused by a line that lists the names', () => {
  assert.throws(() => read('three'), new ConfigError("there is no benchmark 'three'; there are: one, two"));
  assert.throws(() => read('--rounds', '0'), ConfigError);
  assert.throws(() => read('--round', '1'), /did you mean --rounds\?/);
});

test('a run that is not a whole one writes results only where it is told to', () => {
  assert.equal(read().out, '/results');
  assert.equal(read('--out', '/there').out, '/there');
  assert.equal(read('--quick').out, undefined);
  for (const limit of ['--profile', '--messages', '--subjects'])
    assert.equal(read(limit, 'x').out, undefined, limit);
  assert.equal(read('--quick', '--out', '/there').out, '/there');
  assert.deepEqual([read().draw, read('--draw').draw], [false, true]);
});

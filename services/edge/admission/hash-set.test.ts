import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HashSet } from './hash-set.js';
import { stationHash } from './station-hash.js';

test('a set has what it was given, of all parts, and nothing else', () => {
  const set = new HashSet(
    [Uint32Array.of(0, 1, 0xffff_ffff), Uint32Array.of(), Uint32Array.of(1, 9, 17)],
    100,
  );
  assert.equal(set.size, 5);
  for (const hash of [0, 1, 9, 17, 0xffff_ffff]) assert.ok(set.has(hash), String(hash));
  for (const hash of [2, 3, 5, 8, 25, 0xffff_fffe]) assert.ok(!set.has(hash), String(hash));
});

test('an empty one has nothing, also not 0', () => {
  const set = new HashSet([], 100);
  assert.equal(set.size, 0);
  assert.ok(!set.has(0) && !set.has(1));
});

test('it takes no more than it may, the first ones', () => {
  const set = new HashSet([Uint32Array.of(1, 2, 2, 3), Uint32Array.of(4)], 3);
  assert.equal(set.size, 3);
  assert.deepEqual(
    [1, 2, 3, 4].map((hash) => set.has(hash)),
    [true, true, true, false],
  );
});

test('100,000 station ids that count up: all are in, and of 100,000 others hardly one is taken for one of them', () => {
  const ids = Array.from({ length: 200_000 }, (_, at) =>
    stationHash(`DE*ABC*E${String(at).padStart(9, '0')}`),
  );
  const set = new HashSet([Uint32Array.from(ids.slice(0, 100_000))], 1_000_000);
  assert.ok(set.size >= 99_980, `${set.size} different hashes`);
  assert.ok(ids.slice(0, 100_000).every((hash) => set.has(hash)));
  const mistaken = ids.slice(100_000).filter((hash) => set.has(hash)).length;
  assert.ok(mistaken <= 20, `${mistaken} taken for others`);
});

test('the hash of a station id is what it has always been', () => {
  const hashes = ['', 'CS-1', 'Köln', '€'].map(stationHash);
  assert.deepEqual(hashes, [2_872_998_923, 256_678_422, 1_910_920_306, 2_449_334_131]);
});

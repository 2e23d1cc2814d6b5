import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { shardOf, stationIdOf, stationToken } from './mod.js';

const seed = 20_260_101;

test('a token keeps A-Z a-z 0-9 _ - and writes every other byte as =XX', () => {
  assert.equal(stationToken('CS_01-a'), 'CS_01-a');
  assert.equal(stationToken('RDAM 123'), 'RDAM=20123');
  assert.equal(stationToken('a.b*c>=d'), 'a=2Eb=2Ac=3E=3Dd');
  assert.equal(stationToken('né'), 'n=C3=A9');
});

/** A byte order mark is a character like any other, also where a decoder would look for one. */
const STATION_ID = fc
  .tuple(fc.constantFrom('', '\uFEFF', '\uFEFF\uFEFF'), fc.string({ unit: 'grapheme' }))
  .map((parts) => parts.join(''))
  .filter((stationId) => stationId !== '');

test('any station id comes back from its token, and the token is safe in subjects and keys', () => {
  fc.assert(
    fc.property(STATION_ID, (stationId) => {
      const token = stationToken(stationId);
      assert.match(token, /^[A-Za-z0-9_=-]+$/);
      assert.equal(stationIdOf(token), stationId);
    }),
    { seed },
  );
});

test('text that stationToken does not make is no token', () => {
  for (const text of ['', 'a=2e', '=41', 'a=2', 'a.b', '=FF', '=C3', 'a b']) {
    assert.equal(stationIdOf(text), undefined, text);
  }
});

test('the shard is FNV-1a-32 of the token, mod the number of shards', () => {
  assert.equal(shardOf('', 2 ** 32), 0x811c9dc5);
  assert.equal(shardOf('a', 2 ** 32), 0xe40c292c);
  assert.equal(shardOf('foobar', 2 ** 32), 0xbf9cf968);
  assert.equal(shardOf('foobar'), 0x68);
});

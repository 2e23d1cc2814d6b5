import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Recent } from './recent.js';

test('it keeps what was used lately: the last ones at least, and at most twice as many', () => {
  const recent = new Recent<number, string>(10);
  for (let key = 0; key < 100; key++) {
    recent.set(key, String(key));
    assert.equal(recent.get(0), '0', 'what is asked for all the time stays');
  }
  const kept = Array.from({ length: 100 }, (_, key) => recent.get(key)).filter(
    (value) => value !== undefined,
  );
  assert.ok(kept.length >= 10 && kept.length <= 20, String(kept.length));
  assert.ok(kept.includes('99'));
});

test('a key that is set again has its new value', () => {
  const recent = new Recent<string, number>(1);
  recent.set('a', 1);
  recent.set('b', 2);
  recent.set('a', 3);
  assert.equal(recent.get('a'), 3);
});

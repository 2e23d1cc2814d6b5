import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mustCarryMessages } from './max-payload.js';

test('a bus that does not carry the largest message with its envelope is told, with what to do', () => {
  mustCarryMessages({ maxPayload: 1024 * 1024 }, 1024 * 1024 - 4096);
  assert.throws(
    () => mustCarryMessages({ maxPayload: 65_536 }, 65_536),
    /stations may send 65536 bytes, but the bus takes at most 61440: raise max_payload .* to 69632 or more/,
  );
});

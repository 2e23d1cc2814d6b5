import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareValidators } from './testing/differential.js';

test('validators accept and refuse what plain ajv does, and name a violation that it finds', () => {
  const { validators, accepted, refused } = compareValidators(8_000, 20_261_121);
  assert.ok(validators > 380, `${validators} validators`);
  assert.ok(accepted > 2_000 && refused > 2_000, `${accepted} accepted, ${refused} refused`);
});

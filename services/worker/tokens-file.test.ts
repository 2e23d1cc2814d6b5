import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '../../libs/ops/mod.js';
import { parseText } from '../../libs/ops/mod.js';
import { tokensOf } from './tokens-file.js';

const tokens = (text: string) => tokensOf(parseText('tokens.yaml', text));

test('reads tokens with what they may have', () => {
  const known = tokens(`
tokens:
  - id: 04A1B2C3
  - id: "12345678"
    status: Blocked
    expiry: 2027-01-31T23:59:59+01:00
    group: FLEET-7
    type: ISO14443
    language: pt-BR
`);
  assert.deepEqual([...known.keys()], ['04a1b2c3', '12345678']);
  const plain = {
    status: 'Accepted',
    expiresAt: undefined,
    group: undefined,
    type: undefined,
    language: undefined,
  };
  assert.deepEqual(known.get('04a1b2c3'), { id: '04A1B2C3', ...plain });
  assert.deepEqual(known.get('12345678'), {
    id: '12345678',
    status: 'Blocked',
    expiresAt: Date.UTC(2027, 0, 31, 22, 59, 59),
    group: 'FLEET-7',
    type: 'ISO14443',
    language: 'pt-BR',
  });
});

const BAD: readonly (readonly [what: string, text: string, line: string | RegExp])[] = [
  [
    'a token that YAML takes for a number',
    'tokens:\n  - id: 1234',
    'tokens.yaml:2: tokens[0].id: must be text: put it in quotes',
  ],
  [
    'an id that is too long',
    `tokens:\n  - id: ${'a'.repeat(256)}`,
    /tokens\[0\]\.id: must be 1 to 255 characters .* has 256$/,
  ],
  [
    'an unknown status',
    'tokens:\n  - id: a\n    status: accepted',
    /^tokens\.yaml:3: tokens\[0\]\.status: must be one of Accepted, Blocked/,
  ],
  [
    'an expiry without offset',
    'tokens:\n  - id: a\n    expiry: 2027-01-31T23:59:59',
    /expiry: must be a time with its offset, such as/,
  ],
  [
    'an expiry that is a date',
    'tokens:\n  - id: a\n    expiry: 2027-01-31',
    /expiry: must be a time with its offset, such as/,
  ],
  [
    'a language that is none',
    'tokens:\n  - id: a\n    language: Plattdeutsch',
    /language: must be a language tag/,
  ],
  ['a type that is none', 'tokens:\n  - id: a\n    type: "ISO 14443"', /type: must be an IdTokenType/],
  [
    'an id in two spellings',
    'tokens:\n  - id: AB\n  - id: ab',
    "tokens.yaml:3: tokens[1].id: 'ab' is the id of tokens[0] too",
  ],
  [
    'an unknown field',
    'tokens:\n  - id: a\n    stauts: Blocked',
    /stauts: is not known, did you mean status\?/,
  ],
  ['stations where tokens belong', 'stations: []', /must hold a list named 'tokens'/],
];

for (const [what, text, line] of BAD) {
  test(`refuses ${what}`, () => {
    assert.throws(
      () => tokens(text),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError);
        if (typeof line === 'string') assert.equal(error.message, line);
        else assert.match(error.message, line);
        return true;
      },
    );
  });
}

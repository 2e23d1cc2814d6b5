import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { JsonWriter } from './json-writer.js';

const SEED = 20265;
const written = (value: unknown) => Buffer.from(new JsonWriter().begin().value(value).take()).toString();

test(`writes what JSON.stringify writes (seed ${SEED})`, () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.string({ minLength: 120, maxLength: 140 }),
    fc.constantFrom('\u007f', '\u0000', '"', '\\', '\ud800', '__proto__', 'toJSON'),
  );
  const leaf = fc.oneof(
    text,
    fc.integer(),
    fc.double(),
    fc.constantFrom(-0, NaN, Infinity, 1e21, 1e-7, null, true, false, undefined),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'json' },
      leaf,
      fc.array(tie('tree'), { depthIdentifier: 'json' }),
      fc.dictionary(text, tie('tree'), { depthIdentifier: 'json' }),
    ),
  }));
  fc.assert(
    fc.property(tree, (value) => {
      assert.equal(written(value), JSON.stringify(value) ?? 'null');
    }),
    { seed: SEED, numRuns: 2000 },
  );
});

test('grows with what is written', () => {
  const value = Array.from({ length: 30_000 }, (_, at) => ({ at, text: `ä${at}` }));
  assert.equal(written(value), JSON.stringify(value));
});

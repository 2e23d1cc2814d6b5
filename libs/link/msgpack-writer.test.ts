import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { unpack } from 'msgpackr';
import { MsgpackWriter } from './mod.js';

const seed = 20_261_121;

test('any numbers and texts come back as they were', () => {
  const writer = new MsgpackWriter();
  const numbers = fc.oneof(fc.nat(300), fc.maxSafeInteger(), fc.double({ noNaN: true }));
  const texts = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.string({ maxLength: 80 }));
  fc.assert(
    fc.property(fc.array(numbers), fc.array(texts), fc.uint8Array(), (some, words, bytes) => {
      const written = writer
        .begin()
        .array(5)
        .numbers(some)
        .texts(words)
        .bytes(bytes)
        .nil()
        .optional(7)
        .take();
      const [gotNumbers, gotTexts, gotBytes, nil, seven] = unpack(written) as unknown[];
      assert.deepEqual(
        gotNumbers,
        some.map((number) => number + 0),
      );
      assert.deepEqual(gotTexts, words);
      assert.deepEqual(Buffer.from(gotBytes as Uint8Array), Buffer.from(bytes));
      assert.deepEqual([nil, seven], [null, 7]);
    }),
    { seed },
  );
});

test('what does not fit into the slab any more moves, and what was taken stays', () => {
  const writer = new MsgpackWriter();
  const taken = Array.from({ length: 50 }, (_, n) =>
    writer
      .begin()
      .array(2)
      .number(n)
      .bytes(Buffer.alloc(n * 400, n))
      .take(),
  );
  for (const [n, bytes] of taken.entries()) {
    assert.deepEqual(unpack(bytes), [n, Buffer.alloc(n * 400, n)]);
  }
});

test('what was begun and not taken is dropped', () => {
  const writer = new MsgpackWriter();
  writer.begin().array(3).text('half');
  assert.deepEqual(unpack(writer.begin().array(1).number(1).take()), [1]);
});

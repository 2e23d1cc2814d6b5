import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatTraceparent, parseTraceparent, TRACEPARENT_LENGTH } from './traceparent.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

const digits = (length: number) =>
  fc
    .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
    .filter((text) => !/^0*$/.test(text));

test('what is written is read', () => {
  fc.assert(
    fc.property(digits(32), digits(16), fc.boolean(), (traceId, spanId, sampled) => {
      const text = formatTraceparent({ traceId, spanId, sampled });
      assert.equal(text.length, TRACEPARENT_LENGTH);
      assert.deepEqual(parseTraceparent(text), { traceId, spanId, sampled });
    }),
    { seed: 20_261_121 },
  );
});

test('flags beside sampled, and the parts of later versions, are passed over', () => {
  assert.equal(parseTraceparent(`00-${TRACE}-${SPAN}-ff`)?.sampled, true);
  assert.equal(parseTraceparent(`00-${TRACE}-${SPAN}-02`)?.sampled, false);
  const later = { traceId: TRACE, spanId: SPAN, sampled: true };
  assert.deepEqual(parseTraceparent(`cc-${TRACE}-${SPAN}-01`), later);
  assert.deepEqual(parseTraceparent(`cc-${TRACE}-${SPAN}-01-what-the-future-holds`), later);
});

for (const [what, text] of Object.entries({
  nothing: undefined,
  'no text': '',
  'version ff': `ff-${TRACE}-${SPAN}-01`,
  'version 00 with more': `00-${TRACE}-${SPAN}-01-x`,
  capitals: `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  'no trace': `00-${'0'.repeat(32)}-${SPAN}-01`,
  'no span': `00-${TRACE}-${'0'.repeat(16)}-01`,
  'a short trace': `00-${TRACE.slice(1)}-${SPAN}-01`,
  'other digits': `00-${'g'.repeat(32)}-${SPAN}-01`,
  'something after the flags': `cc-${TRACE}-${SPAN}-01x`,
  'a line break': `00-${TRACE}-${SPAN}-01\n`,
  'no end': `cc-${TRACE}-${SPAN}-01-${'x'.repeat(1000)}`,
})) {
  test(`${what} is no traceparent`, () => {
    assert.equal(parseTraceparent(text), undefined);
  });
}

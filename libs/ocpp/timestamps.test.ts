import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isDateTime, isUri } from './formats.js';
import { formatTimestamp, parseTimestamp } from './timestamps.js';

const NOON = Date.UTC(2026, 10, 21, 12, 0, 0);

describe('parseTimestamp', () => {
  const forms: readonly (readonly [text: string, at: number, quirk?: string])[] = [
    ['2026-11-21T12:00:00Z', NOON],
    ['2026-11-21T12:00:00.5Z', NOON + 500],
    ['2026-11-21T12:00:00.123456789Z', NOON + 123],
    ['2026-11-21T12:00:00.000+00:00', NOON],
    ['2026-11-21T14:30:00+02:30', NOON],
    ['2026-11-21T07:00:00-05:00', NOON],
    ['2026-11-21T14:00:00+02', NOON, 'short_offset'],
    ['2026-11-21T14:30:00.000+0230', NOON, 'short_offset'],
    ['2026-11-21T12:00:00', NOON, 'no_offset'],
    ['2026-11-21T12:00:00.25', NOON + 250, 'no_offset'],
    ['2026-11-21 12:00:00Z', NOON, 'loose_separator'],
    ['2026-11-21t12:00:00z', NOON, 'loose_separator'],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2016-12-31T23:59:60Z', Date.UTC(2017, 0, 1)],
    ['1970-01-01T00:00:00Z', 0, 'implausible'],
    ['0001-01-01T00:00:00', -62135596800000, 'implausible'],
  ];
  for (const [text, at, quirk] of forms) {
    it(`reads ${text}`, () => {
      assert.deepEqual(parseTimestamp(text), quirk === undefined ? { at } : { at, quirk });
    });
  }

  const nonsense = [
    '',
    'now',
    '2026-11-21',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-11-21T24:00:00Z',
    '2026-11-21T12:60:00Z',
    '2026-11-21T12:00:61Z',
    '2026-11-21T12:00Z',
    '2026-11-21T12:00:00.Z',
    '2026-11-21T12:00:00ZZ',
    '2026-11-21T12:00:00+2',
    '2026-11-21T12:00:00+24:00',
    '2026-11-21T12:00:00+02:60',
    '2026-11-21T12:00:00+02:',
    '2026-11-21T12:00:00+02:00x',
    '2026-11-21X12:00:00Z',
    '+026-11-21T12:00:00Z',
    '٢٠٢٦-11-21T12:00:00Z',
  ];
  for (const text of nonsense) {
    it(`refuses '${text}'`, () => {
      assert.equal(parseTimestamp(text), undefined);
    });
  }

  it('reads back what formatTimestamp writes, without a quirk', () => {
    const times = fc.integer({ min: Date.UTC(2010, 0, 1), max: Date.UTC(2200, 0, 1) });
    fc.assert(
      fc.property(times, (at) => {
        assert.match(formatTimestamp(at), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        assert.deepEqual(parseTimestamp(formatTimestamp(at)), { at });
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  it('agrees with Date.parse on what both understand', () => {
    const digits = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'));
    const parts = fc.tuple(
      digits(14),
      digits(33),
      digits(24),
      digits(61),
      digits(59),
      fc.constantFrom('Z', '+05:30'),
    );
    fc.assert(
      fc.property(parts, ([month, day, hour, minute, second, offset]) => {
        const text = `2023-${month}-${day}T${hour}:${minute}:${second}${offset}`;
        const native = Date.parse(text);
        // Date.parse takes day 31 in every month and the hour 24.
        if (Number.isNaN(native)) assert.equal(parseTimestamp(text), undefined, text);
        const ours = parseTimestamp(text);
        if (ours !== undefined) assert.equal(ours.at, native, text);
      }),
      { seed: 2, numRuns: 3000 },
    );
  });
});

describe('formats', () => {
  it('never throw and never hang', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.equal(typeof isDateTime(text), 'boolean');
        assert.equal(typeof isUri(text), 'boolean');
      }),
      { seed: 3, numRuns: 3000 },
    );
    assert.equal(isUri(`a:${'a'.repeat(500_000)} `), false);
  });

  it('take absolute URIs only', () => {
    for (const text of ['https://a.example/b?c#d', 'ftp://u:p@h/x', 'urn:a', 'file:///f'])
      assert.ok(isUri(text), text);
    for (const text of ['', 'a', '/a/b', '//h/x', 'http://a b', '1a:b', 'a:<b>'])
      assert.ok(!isUri(text), text);
  });
});

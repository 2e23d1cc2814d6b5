import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { EventLogError } from '../mod.js';
import { idOf, namedBy, numbersOf, patternOf, subjectOf } from './names.js';

const SEED = 20268;
const station = fc.stringMatching(/^[A-Za-z0-9_=-]{1,20}$/);

describe('jetstream: subjects and ids', () => {
  test(`every station and type has a subject of its own, which tells them (seed ${SEED})`, () => {
    const type = fc.oneof(
      fc.string({ minLength: 1, unit: 'grapheme' }),
      fc.stringMatching(/^[a-z.=2E*>]{1,12}$/),
    );
    fc.assert(
      fc.property(station, type, (token, text) => {
        const subject = subjectOf({ station: token, type: text });
        assert.match(subject, /^csms\.event(\.[A-Za-z0-9_=-]+){2,}$/);
        assert.deepEqual(namedBy(subject), { station: token, type: text });
      }),
      { seed: SEED },
    );
  });

  test('plain types stand in the subject as they are', () => {
    assert.equal(
      subjectOf({ station: 'CP=2F1', type: 'transaction.started' }),
      'csms.event.CP=2F1.transaction.started',
    );
    assert.equal(subjectOf({ station: 'S', type: 'ä' }), 'csms.event.S.=C3=A4');
    assert.equal(subjectOf({ station: 'S', type: 'a..b' }), 'csms.event.S.a=2E=2Eb');
  });

  test('what makes no subject is refused', () => {
    for (const bad of [
      { station: 'a.b', type: 'x' },
      { station: '*', type: 'x' },
      { station: '', type: 'x' },
      { station: 'a b', type: 'x' },
      { station: 's', type: '\ud800' },
      { station: 's', type: 'ä'.repeat(1024) },
    ]) {
      assert.throws(
        () => subjectOf(bad),
        (error: unknown) => error instanceof EventLogError && error.code === 'bad_argument',
      );
    }
  });

  test('subjects of others tell nothing', () => {
    for (const subject of [
      'csms.event.s',
      'csms.up.s.a',
      'csms.event.s.=zz',
      'csms.event.s.=61',
      'csms.event.s.=C3',
    ]) {
      assert.equal(namedBy(subject), undefined, subject);
    }
  });

  test('a filter is one pattern, or says that nothing can match', () => {
    assert.equal(patternOf({}), 'csms.event.>');
    assert.equal(patternOf({ station: 's' }), 'csms.event.s.>');
    assert.equal(patternOf({ types: ['a.b'] }), 'csms.event.*.a.b');
    assert.equal(patternOf({ station: 's', types: ['ä'] }), 'csms.event.s.=C3=A4');
    assert.equal(patternOf({ station: 's', types: ['a', 'b'] }), 'csms.event.s.>');
    assert.equal(patternOf({ types: ['a', 'b'] }), 'csms.event.>');
    assert.equal(patternOf({ types: [] }), undefined);
    assert.equal(patternOf({ station: '>' }), undefined);
    assert.equal(patternOf({ types: ['\ud800'] }), undefined);
  });

  test(`an id tells incarnation and number (seed ${SEED})`, () => {
    const integer = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(station, integer, integer, (token, incarnation, number) => {
        const id = idOf({ station: token, incarnation, number });
        assert.deepEqual(numbersOf(id), { incarnation, number });
      }),
      { seed: SEED },
    );
    for (const id of ['', 's', 's/1', 's/1/x', 's/1/0', 's/1/2/3', 's/1.5/2']) {
      assert.equal(numbersOf(id), undefined, id);
    }
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { LIMITS } from '../limits.js';
import {
  answerOf,
  extend,
  isComplete,
  judge,
  missing,
  NO_SEQUENCE,
  skippedBy,
  withAnswer,
  type Sequence,
  type SequenceMessage,
} from './sequence.js';

const SEED = 20261121;

function message(
  seqNo: number,
  eventType: SequenceMessage['eventType'] = 'Updated',
  at = seqNo,
): SequenceMessage {
  return { seqNo, eventType, timestamp: new Date(at).toISOString(), at };
}

function sequenceOf(...messages: SequenceMessage[]): Sequence {
  return messages.reduce(extend, NO_SEQUENCE);
}

describe('a sequence', () => {
  test('agrees with a set of numbers, whatever order they come in', () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 40 });
    fc.assert(
      fc.property(numbers, (seqNos) => {
        const seen = new Set<number>();
        let sequence = NO_SEQUENCE;
        for (const seqNo of seqNos) {
          const verdict = judge(sequence, message(seqNo));
          assert.equal(verdict, seen.has(seqNo) ? 'repeat' : 'new');
          const greatest = Math.max(-1, ...seen);
          assert.deepEqual(
            skippedBy(sequence, message(seqNo)),
            seqNo > greatest + 1 ? [greatest + 1, seqNo - 1] : undefined,
          );
          if (verdict === 'new') sequence = extend(sequence, message(seqNo));
          seen.add(seqNo);
          const holes = missing(sequence).flatMap(([from, to]) => range(from, to));
          assert.deepEqual(
            holes,
            range(0, Math.max(...seen)).filter((n) => !seen.has(n)),
          );
        }
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('is complete when Started, Ended and all between have come', () => {
    const whole = fc.tuple(fc.nat({ max: 5 }), fc.integer({ min: 1, max: 12 }), fc.infiniteStream(fc.nat()));
    fc.assert(
      fc.property(whole, ([first, length, dice]) => {
        const messages = range(first, first + length).map((seqNo) =>
          message(seqNo, seqNo === first ? 'Started' : seqNo === first + length ? 'Ended' : 'Updated'),
        );
        let sequence = NO_SEQUENCE;
        while (messages.length > 0) {
          assert.ok(!isComplete(sequence));
          const at = (dice.next().value as number) % messages.length;
          sequence = messages.splice(at, 1).reduce(extend, sequence);
        }
        assert.ok(isComplete(sequence));
        assert.deepEqual(missing(sequence), []);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('keeps few runs of numbers; past the limit the oldest of the shortest ones is forgotten', () => {
    const sequence = sequenceOf(...[0, 2, 3, ...range(5, 40).map((n) => 2 * n)].map((n) => message(n)));
    assert.equal(sequence.ranges.length, 2 * LIMITS.sequenceRanges);
    assert.deepEqual(sequence.ranges.slice(0, 6), [0, 0, 2, 3, 54, 54]);
    assert.deepEqual(missing(sequence).slice(0, 3), [
      [1, 1],
      [4, 53],
      [55, 55],
    ]);
    assert.deepEqual(missing(sequence).at(-1), [79, 79]);
  });

  test('never takes for a repeat what has not come, nor for complete what lacks something', () => {
    const steps = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 30, maxLength: 150 });
    const order = fc.infiniteStream(fc.nat());
    fc.assert(
      fc.property(steps, order, fc.boolean(), (gaps, dice, whole) => {
        const last = gaps.reduce((sum, gap) => sum + gap, 0);
        const numbers = new Set(
          gaps.map(
            (
              (at) => (gap: number) =>
                (at += gap) - gap
            )(0),
          ),
        );
        const late = range(0, last).filter((n) => !numbers.has(n));
        if (!whole) late.splice((dice.next().value as number) % Math.max(1, late.length), 1);
        const seen = new Set<number>();
        let sequence = NO_SEQUENCE;
        for (const seqNo of [...numbers, last, ...late]) {
          const one = message(seqNo, seqNo === 0 ? 'Started' : seqNo === last ? 'Ended' : 'Updated');
          const verdict = judge(sequence, one);
          if (!seen.has(seqNo)) assert.equal(verdict, 'new', `${seqNo}`);
          if (verdict === 'new') sequence = extend(sequence, one);
          seen.add(seqNo);
          assert.equal(judge(sequence, one), 'repeat', 'at once, it is');
          assert.ok(sequence.ranges.length <= 2 * LIMITS.sequenceRanges);
          const holes = new Set(missing(sequence).flatMap(([from, to]) => range(from, to)));
          for (const n of range(0, Math.max(...seen))) assert.ok(seen.has(n) || holes.has(n), `${n}`);
          assert.equal(isComplete(sequence), seen.has(last) && holes.size === 0);
        }
      }),
      { seed: SEED, numRuns: 200 },
    );
  });

  test('a forgotten run comes back when its messages come again', () => {
    let sequence = sequenceOf(message(0, 'Started'), ...range(1, 30).map((n) => message(2 * n)));
    for (const n of range(0, 30)) sequence = extend(sequence, message(2 * n + 1));
    assert.ok(missing(sequence).length > 0);
    for (const n of missing(sequence).flatMap(([from, to]) => range(from, to))) {
      assert.equal(judge(sequence, message(n)), 'new');
      sequence = extend(sequence, message(n));
    }
    assert.deepEqual(missing(sequence), []);
  });

  test('a Started that begins above 0 lacks nothing before it', () => {
    assert.deepEqual(missing(sequenceOf(message(3, 'Started'), message(4))), []);
    assert.equal(skippedBy(NO_SEQUENCE, message(3, 'Started')), undefined);
    assert.deepEqual(skippedBy(NO_SEQUENCE, message(3)), [0, 2]);
  });
});

describe('messages under one number', () => {
  test('are told apart by type and time', () => {
    const sequence = sequenceOf(message(0, 'Started', 100), message(1, 'Updated', 200));
    assert.equal(judge(sequence, message(1, 'Updated', 200)), 'repeat');
    assert.equal(judge(sequence, message(1, 'Updated', 150)), 'reused');
    assert.equal(judge(sequence, message(1, 'Ended', 200)), 'reused');
    assert.equal(judge(sequence, message(0, 'Started', 100)), 'repeat');
  });

  test('are one when only the writing of the instant differs', () => {
    const written = (timestamp: string, at: number): SequenceMessage => ({
      ...message(1),
      timestamp,
      at,
    });
    const sequence = sequenceOf(written('2026-11-21T10:00:01Z', 1_000));
    assert.equal(judge(sequence, written('2026-11-21T11:00:01.000+01:00', 1_000)), 'repeat');
    assert.equal(judge(sequence, written('2026-11-21T10:00:01.001Z', 1_001)), 'reused');
    const unread = sequenceOf(written('today', -Infinity));
    assert.equal(judge(unread, written('today', -Infinity)), 'repeat');
    assert.equal(judge(unread, written('yesterday', -Infinity)), 'reused');
  });

  test('when the first is forgotten, an older one is a repeat and a younger one is not', () => {
    const many = range(0, 2 * LIMITS.sequenceFingerprints).map((n) => message(n));
    const sequence = sequenceOf(...many);
    assert.equal(judge(sequence, message(0)), 'repeat');
    assert.equal(judge(sequence, message(0, 'Updated', 7)), 'repeat');
    assert.equal(judge(sequence, message(0, 'Started', 1000)), 'reused');
  });

  test('each have their answer, while it is kept', () => {
    let sequence = sequenceOf(message(0));
    for (const n of [0, 1, 2]) sequence = withAnswer(sequence, message(n), `{"n":${n}}`);
    assert.equal(answerOf(sequence, message(2)), '{"n":2}');
    assert.equal(answerOf(sequence, message(1)), '{"n":1}');
    assert.equal(answerOf(sequence, message(0)), undefined);
    assert.equal(answerOf(sequence, message(1, 'Updated', 99)), undefined);
  });
});

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => from + n);

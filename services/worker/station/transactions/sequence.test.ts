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

  test('keeps few runs of numbers; past the limit the oldest hole counts as filled', () => {
    const sequence = sequenceOf(...range(0, 40).map((n) => message(2 * n)));
    assert.equal(sequence.ranges.length, 2 * LIMITS.sequenceRanges);
    assert.equal(missing(sequence).length, LIMITS.sequenceRanges - 1);
    assert.deepEqual(missing(sequence).at(-1), [79, 79]);
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

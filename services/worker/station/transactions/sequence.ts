import type { SequenceRange } from '../../../../libs/api/mod.js';
import { hashText } from '../hash.js';
import { LIMITS } from '../limits.js';

/** What has come of a 2.x transaction's numbered messages. */
export interface Sequence {
  /**
   * First and last number of each run without holes, ascending: `[0, 4, 6, 6]` lacks 5. What stands here has come; past
   * the limit something that has come may stand here no more, so that a hole is what is not known to have come.
   */
  readonly ranges: readonly number[];
  /** Number of the Started message; undefined until it has come. */
  readonly first: number | undefined;
  /** Number of the Ended message; undefined until it has come. */
  readonly last: number | undefined;
  /** Number and fingerprint of the messages that came last, the newest first, in turn. */
  readonly recent: readonly number[];
  /** Answers other than `{}`, the newest first. */
  readonly answers: readonly SequenceAnswer[];
  /** Greatest timestamp, in epoch milliseconds. */
  readonly latest: number;
}

export interface SequenceAnswer {
  readonly seqNo: number;
  readonly fingerprint: number;
  /** JSON. */
  readonly answer: string;
}

/** What identifies a transaction message: a retry has all of them alike (2.0.1 E01, part 4 4.1). */
export interface SequenceMessage {
  readonly seqNo: number;
  readonly eventType: 'Started' | 'Updated' | 'Ended';
  /** As sent. */
  readonly timestamp: string;
  /** The same in epoch milliseconds; -Infinity when it cannot be read. */
  readonly at: number;
}

export const NO_SEQUENCE: Sequence = {
  ranges: [],
  first: undefined,
  last: undefined,
  recent: [],
  answers: [],
  latest: -Infinity,
};

/** Of the instant, so that a retry may write it otherwise (`…:01Z`, `…:01.000Z`); of the text where it cannot be read. */
export const fingerprintOf = ({ eventType, timestamp, at }: SequenceMessage): number =>
  hashText(at === -Infinity ? timestamp : `${at}`, hashText(eventType));

type Verdict = 'new' | 'repeat' | 'reused';

/**
 * `repeat`: this message has come before. `reused`: another message has come under its number. A message whose number
 * is taken by one that is not remembered exactly is a repeat unless it is younger than all that came. One whose number
 * is not known to have come is never a repeat: an event that is told twice is better than one that is lost.
 */
export function judge(sequence: Sequence, message: SequenceMessage): Verdict {
  const { ranges, recent, latest } = sequence;
  const { seqNo } = message;
  if (seqNo > (ranges.at(-1) ?? -1)) return 'new';
  const fingerprint = fingerprintOf(message);
  let verdict: Verdict = 'new';
  if (covers(ranges, seqNo)) verdict = message.at > latest ? 'reused' : 'repeat';
  for (let at = 0; at < recent.length; at += 2) {
    if (recent[at] !== seqNo) continue;
    if (recent[at + 1] === fingerprint) return 'repeat';
    verdict = 'reused';
  }
  return verdict;
}

/** The sequence with a message that is no repeat. */
export function extend(sequence: Sequence, message: SequenceMessage): Sequence {
  const { seqNo, eventType } = message;
  return {
    ranges: withNumber(sequence.ranges, seqNo),
    first: eventType === 'Started' ? (sequence.first ?? seqNo) : sequence.first,
    last: eventType === 'Ended' ? (sequence.last ?? seqNo) : sequence.last,
    recent: withNewest(sequence.recent, seqNo, fingerprintOf(message)),
    answers: sequence.answers,
    latest: Math.max(sequence.latest, message.at),
  };
}

/** By index: a spread would allocate for each number. */
function withNewest(recent: readonly number[], seqNo: number, fingerprint: number): number[] {
  const newest = [seqNo, fingerprint];
  const kept = Math.min(recent.length, 2 * (LIMITS.sequenceFingerprints - 1));
  for (let at = 0; at < kept; at++) newest.push(recent[at] as number);
  return newest;
}

export function withAnswer(sequence: Sequence, message: SequenceMessage, answer: string): Sequence {
  const entry = { seqNo: message.seqNo, fingerprint: fingerprintOf(message), answer };
  return { ...sequence, answers: [entry, ...sequence.answers.slice(0, LIMITS.sequenceAnswers - 1)] };
}

/** What a message of this identity was answered; undefined when that is not kept. */
export function answerOf(sequence: Sequence, message: SequenceMessage): string | undefined {
  if (sequence.answers.length === 0) return undefined;
  const fingerprint = fingerprintOf(message);
  return sequence.answers.find((one) => one.seqNo === message.seqNo && one.fingerprint === fingerprint)
    ?.answer;
}

/** The numbers that `message` skips: those between the greatest that has come and its own. */
export function skippedBy(sequence: Sequence, message: SequenceMessage): SequenceRange | undefined {
  const greatest = sequence.ranges.at(-1);
  if (greatest === undefined && message.eventType === 'Started') return undefined;
  const from = (greatest ?? -1) + 1;
  return message.seqNo > from ? [from, message.seqNo - 1] : undefined;
}

/**
 * The holes between the start (0 when the Started message has not come) and the greatest number that has come: every
 * number that has not, and those of forgotten runs.
 */
export function missing(sequence: Sequence): SequenceRange[] {
  const holes: SequenceRange[] = [];
  let next = sequence.first ?? 0;
  const { ranges } = sequence;
  for (let at = 0; at < ranges.length; at += 2) {
    const from = ranges[at] as number;
    if (from > next) holes.push([next, from - 1]);
    next = Math.max(next, (ranges[at + 1] as number) + 1);
  }
  return holes;
}

/** Everything from Started to Ended is known to have come. */
export function isComplete(sequence: Sequence): boolean {
  const { first, last, ranges } = sequence;
  if (first === undefined || last === undefined) return false;
  for (let at = 0; at < ranges.length; at += 2) {
    if (first >= (ranges[at] as number) && last <= (ranges[at + 1] as number)) return true;
  }
  return false;
}

function covers(ranges: readonly number[], seqNo: number): boolean {
  for (let at = ranges.length - 2; at >= 0; at -= 2) {
    if (seqNo > (ranges[at + 1] as number)) return false;
    if (seqNo >= (ranges[at] as number)) return true;
  }
  return false;
}

function withNumber(ranges: readonly number[], seqNo: number): readonly number[] {
  const end = ranges.length - 1;
  if (end > 0 && seqNo === (ranges[end] as number) + 1) return ranges.with(end, seqNo);
  if (covers(ranges, seqNo)) return ranges;
  const pairs: [number, number][] = [[seqNo, seqNo]];
  for (let at = 0; at < ranges.length; at += 2) pairs.push([ranges[at] as number, ranges[at + 1] as number]);
  pairs.sort((a, b) => a[0] - b[0]);
  return bounded(joined(pairs)).flat();
}

function joined(pairs: readonly [number, number][]): [number, number][] {
  const result: [number, number][] = [];
  for (const [from, to] of pairs) {
    const previous = result.at(-1);
    if (previous !== undefined && from <= previous[1] + 1) previous[1] = Math.max(previous[1], to);
    else result.push([from, to]);
  }
  return result;
}

/**
 * Past the limit the shortest run is forgotten, the oldest of such, so that its numbers count as missing. Never the first
 * one, which holds Started, nor the last one, which tells how far the station is.
 */
function bounded(pairs: [number, number][]): [number, number][] {
  if (pairs.length <= LIMITS.sequenceRanges) return pairs;
  const lengths = pairs.slice(1, -1).map(([from, to]) => to - from);
  return pairs.toSpliced(1 + lengths.indexOf(Math.min(...lengths)), 1);
}

import { Packr } from 'msgpackr';
import { MsgpackWriter } from '../../../../libs/link/mod.js';
import type { Sequence, SequenceAnswer } from './sequence.js';
import type { Transaction } from './transaction.js';

const packr = new Packr({ useRecords: false });
const writer = new MsgpackWriter();
const orUndefined = <T>(value: unknown): T | undefined => (value ?? undefined) as T | undefined;

const FAMILIES = ['1.6', '2.x'] as const;

/** A transaction as a msgpack array. */
export function writeTransaction(to: MsgpackWriter, transaction: Transaction): void {
  const { family, id, evseId, connectorId, startedAt, endedAt } = transaction;
  to.array(family === '1.6' ? 10 : 12)
    .number(FAMILIES.indexOf(family))
    .text(id)
    .optional(evseId)
    .optional(connectorId)
    .number(startedAt)
    .optional(endedAt);
  if (transaction.family === '1.6') {
    const { idTag, timestamp, meterStart, idTagInfo } = transaction;
    to.text(idTag).text(timestamp).number(meterStart).text(idTagInfo);
  } else {
    writeSequence(to, transaction.sequence);
  }
}

function writeSequence(to: MsgpackWriter, { ranges, first, last, recent, answers, latest }: Sequence): void {
  to.numbers(ranges).optional(first).optional(last).numbers(recent).each(answers, writeAnswer).number(latest);
}

function writeAnswer(to: MsgpackWriter, { seqNo, fingerprint, answer }: SequenceAnswer): void {
  to.array(3).number(seqNo).number(fingerprint).text(answer);
}

export function unpackTransaction(fields: readonly unknown[]): Transaction {
  const common = {
    id: fields[1] as string,
    evseId: orUndefined<number>(fields[2]),
    connectorId: orUndefined<number>(fields[3]),
    startedAt: fields[4] as number,
    endedAt: orUndefined<number>(fields[5]),
  };
  if (FAMILIES[fields[0] as number] === '1.6') {
    return {
      ...common,
      family: '1.6',
      idTag: fields[6] as string,
      timestamp: fields[7] as string,
      meterStart: fields[8] as number,
      idTagInfo: fields[9] as string,
    };
  }
  return { ...common, family: '2.x', sequence: unpackSequence(fields.slice(6)) };
}

function unpackSequence(fields: readonly unknown[]): Sequence {
  return {
    ranges: fields[0] as number[],
    first: orUndefined<number>(fields[1]),
    last: orUndefined<number>(fields[2]),
    recent: fields[3] as number[],
    answers: (fields[4] as [number, number, string][]).map(([seqNo, fingerprint, answer]) => ({
      seqNo,
      fingerprint,
      answer,
    })),
    latest: fields[5] as number,
  };
}

/** Bytes of many transactions, in a buffer of their own: what the writer gives is a part of a larger one. */
export function encodeTransactions(transactions: readonly Transaction[]): Uint8Array {
  if (transactions.length === 0) return new Uint8Array(0);
  writer.begin().array(transactions.length);
  for (const transaction of transactions) writeTransaction(writer, transaction);
  return Uint8Array.from(writer.take());
}

export function decodeTransactions(bytes: Uint8Array): Transaction[] {
  if (bytes.length === 0) return [];
  // A view: msgpackr hangs a DataView on the array that it reads.
  return (packr.unpack(bytes.subarray()) as unknown[][]).map(unpackTransaction);
}

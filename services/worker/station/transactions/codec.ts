import { Packr } from 'msgpackr';
import type { Sequence } from './sequence.js';
import type { Transaction } from './transaction.js';

const packr = new Packr({ useRecords: false });
const orNull = <T>(value: T | undefined): T | null => value ?? null;
const orUndefined = <T>(value: unknown): T | undefined => (value ?? undefined) as T | undefined;

const FAMILIES = ['1.6', '2.x'] as const;

/** A transaction as an array for msgpack. */
export function packTransaction(transaction: Transaction): unknown[] {
  const { family, id, evseId, connectorId, startedAt, endedAt } = transaction;
  const head = [
    FAMILIES.indexOf(family),
    id,
    orNull(evseId),
    orNull(connectorId),
    startedAt,
    orNull(endedAt),
  ];
  if (transaction.family === '1.6') {
    const { idTag, timestamp, meterStart, idTagInfo } = transaction;
    return [...head, idTag, timestamp, meterStart, idTagInfo];
  }
  const { ranges, first, last, recent, answers, latest } = transaction.sequence;
  return [
    ...head,
    ranges,
    orNull(first),
    orNull(last),
    recent,
    answers.map(({ seqNo, fingerprint, answer }) => [seqNo, fingerprint, answer]),
    latest,
  ];
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

/** Bytes of many transactions, in a buffer of their own: what `pack` gives is a part of a larger one. */
export function encodeTransactions(transactions: readonly Transaction[]): Uint8Array {
  if (transactions.length === 0) return new Uint8Array(0);
  return new Uint8Array(packr.pack(transactions.map(packTransaction)));
}

export function decodeTransactions(bytes: Uint8Array): Transaction[] {
  if (bytes.length === 0) return [];
  // A view: msgpackr hangs a DataView on the array that it reads.
  return (packr.unpack(bytes.subarray()) as unknown[][]).map(unpackTransaction);
}

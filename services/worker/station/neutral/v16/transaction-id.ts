import type { Objections } from '../objections.js';

/** 1.6's transaction ids are numbers; events and 2.1's commands tell them as decimal digits. */
export function transactionIdOf(path: string, transactionId: string, no: Objections): number {
  if (/^(?:0|-?[1-9]\d{0,14})$/.test(transactionId)) return Number(transactionId);
  no.raise(path, 'must be a number in decimal digits: the transaction id of a 1.6 station is one');
  return 0;
}

import type { Sequence } from './sequence.js';

/** A transaction as the gateway knows it. */
export type Transaction = Transaction16 | Transaction2x;

interface Common {
  /** 1.6: the number that the gateway gave, as text. */
  readonly id: string;
  readonly evseId: number | undefined;
  readonly connectorId: number | undefined;
  /** Epoch milliseconds of the gateway's clock. */
  readonly startedAt: number;
  /** Undefined while it runs, and for one that was pushed out of the running ones without having ended. */
  readonly endedAt: number | undefined;
}

/** What makes two StartTransactions the same one, and what the first was answered. */
export interface Transaction16 extends Common {
  readonly family: '1.6';
  readonly idTag: string;
  /** As sent. */
  readonly timestamp: string;
  readonly meterStart: number;
  /** JSON of the `idTagInfo` that was answered. */
  readonly idTagInfo: string;
}

export interface Transaction2x extends Common {
  readonly family: '2.x';
  readonly sequence: Sequence;
}

import { LIMITS } from '../limits.js';
import type { StationState } from '../state.js';
import type { Turn } from '../turn.js';
import { decodeTransactions, encodeTransactions } from './codec.js';
import type { Transaction, Transaction16, Transaction2x } from './transaction.js';

/** The transactions of a station: those that run, and the past ones that are remembered. */

type Family = Transaction['family'];
type OfFamily<F extends Family> = F extends '1.6' ? Transaction16 : Transaction2x;

/** The first transaction that matches, among the running ones and then the past ones, the newest first. */
export function findTransaction<F extends Family>(
  state: StationState,
  family: F,
  matches: (transaction: OfFamily<F>) => boolean,
): OfFamily<F> | undefined {
  const test = (one: Transaction): one is OfFamily<F> & Transaction =>
    one.family === family && matches(one as OfFamily<F>);
  return state.live.find(test) ?? decodeTransactions(state.past).find(test);
}

export function transactionById<F extends Family>(
  state: StationState,
  family: F,
  id: string,
): OfFamily<F> | undefined {
  for (const one of state.live) if (one.id === id && one.family === family) return one as OfFamily<F>;
  if (state.past.length === 0) return undefined;
  return findTransaction(state, family, (one) => one.id === id);
}

/** Begins a transaction, or changes one; one that has `endedAt` becomes a past one. */
export function putTransaction(turn: Turn, transaction: Transaction): void {
  const { state } = turn;
  const same = (one: Transaction) => one.id === transaction.id && one.family === transaction.family;
  const at = state.live.findIndex(same);
  if (transaction.endedAt === undefined && at !== -1) {
    state.live = state.live.with(at, transaction);
    return;
  }
  const past = decodeTransactions(state.past);
  const pastAt = past.findIndex(same);
  const others = past.toSpliced(pastAt, pastAt === -1 ? 0 : 1);
  if (transaction.endedAt !== undefined) {
    if (at !== -1) state.live = state.live.toSpliced(at, 1);
    remember(turn, pastAt === -1 ? [transaction, ...past] : past.with(pastAt, transaction));
    return;
  }
  if (pastAt !== -1) remember(turn, others);
  state.live = [...state.live, transaction];
  if (state.live.length <= LIMITS.liveTransactions) return;
  const [oldest, ...rest] = state.live;
  state.live = rest;
  if (oldest !== undefined) remember(turn, [oldest, ...decodeTransactions(state.past)]);
}

function remember(turn: Turn, past: readonly Transaction[]): void {
  const since = turn.now - LIMITS.pastTransactionAgeMs;
  const kept = past
    .filter((one) => (one.endedAt ?? one.startedAt) >= since)
    .slice(0, LIMITS.pastTransactions);
  turn.state.past = encodeTransactions(kept.map(trimmed));
}

/** A past transaction hardly changes: fewer of its messages are remembered exactly. */
function trimmed(transaction: Transaction): Transaction {
  if (transaction.family === '1.6') return transaction;
  const { sequence } = transaction;
  return {
    ...transaction,
    sequence: { ...sequence, recent: sequence.recent.slice(0, 8), answers: sequence.answers.slice(0, 1) },
  };
}

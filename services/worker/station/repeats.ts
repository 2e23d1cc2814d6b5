import type { CallMessage } from './messages.js';
import { hashBytes, hashText } from './hash.js';
import { LIMITS } from './limits.js';
import type { Answered, StationState } from './state.js';
import type { Turn } from './turn.js';

/** CALLs that come again: the edge sends one again after its worker died, a station when it heard no answer. */

const LENGTHS = 2 ** 20;

/** Tells what was asked: the hash of action and payload bytes in the upper bits, the payload's length in the lower. */
function contentOf(call: CallMessage): number {
  if (call !== lastCall) {
    const { action, raw } = call;
    lastContent = hashBytes(raw, hashText(action)) * LENGTHS + (raw.length % LENGTHS);
    lastCall = call;
  }
  return lastContent;
}

/** It is asked for more than once in the handling of one CALL. */
let lastCall: CallMessage | undefined;
let lastContent = 0;

/**
 * Ids are unique for a connection in 1.6, for all connections of the station in 2.x. A BootNotification on a new
 * connection is always a new one: some 2.x stations count their ids from 1 again.
 */
function scopeOf({ action, connection }: CallMessage): number {
  return connection.version === '1.6' || action === 'BootNotification'
    ? hashText(connection.connectionId)
    : 0;
}

/** The payload that answered this very CALL (same id, action and bytes) before. */
export function repeatedAnswer(state: StationState, call: CallMessage, now: number): string | undefined {
  const since = now - (call.action === 'BootNotification' ? LIMITS.bootRepeatAgeMs : LIMITS.repeatAgeMs);
  for (const one of state.repeats) {
    if (one.id !== call.id || one.at < since) continue;
    if (one.content === contentOf(call) && one.scope === scopeOf(call)) return one.answer;
  }
  return undefined;
}

/** True when a CALL with this action and payload was answered lately, under any id: for payloads that hold a timestamp. */
export function sameContentAnswered(state: StationState, call: CallMessage): boolean {
  const content = contentOf(call);
  return state.repeats.some((one) => one.content === content);
}

/** Keeps the answer with the state that its commit makes durable. */
export function rememberAnswer(turn: Turn, call: CallMessage, answer: string): void {
  const { state, now } = turn;
  const newest = { id: call.id, content: contentOf(call), scope: scopeOf(call), at: now, answer };
  const kept: Answered[] = [newest];
  let characters = answer.length;
  for (const one of state.repeats) {
    characters += one.answer.length;
    if (kept.length >= LIMITS.repeats || characters > LIMITS.repeatCharacters) break;
    kept.push(one);
  }
  state.repeats = kept;
}

import {
  encodeCallError,
  encodeCallResultRaw,
  errorCodeOf,
  payloadText,
  type FaultKind,
} from '../../../libs/ocpp/mod.js';
import type { DecisionRow } from './calls/row.js';
import { rowOf } from './calls/table.js';
import { CLOSES } from './closes.js';
import { hear } from './connection.js';
import { ask, isSameAsk, pendingAsk, responseOf, takeAsk } from './decisions.js';
import { noteJobCall } from './jobs/mod.js';
import type { CallMessage, DecidedMessage } from './messages.js';
import { isAdmitted } from './registration.js';
import { rememberAnswer, repeatedAnswer } from './repeats.js';
import { noteTriggeredCall } from './triggers.js';
import type { Turn } from './turn.js';

/** CALLs and SENDs of the station, from their arrival to their answer. */

export function onCall(turn: Turn, call: CallMessage): void {
  if (!hear(turn, call.connection)) return;
  const before = repeatedAnswer(turn.state, call, turn.now);
  if (before !== undefined) {
    turn.count('repeated_call');
    reply(turn, call, encodeCallResultRaw(call.id, before));
    return;
  }
  const pending = pendingAsk(turn, call);
  if (pending !== undefined) {
    if (isSameAsk(pending, call)) turn.count('repeated_call');
    else refuse(turn, call, 'id_in_use', 'another CALL with this id is being answered');
    return;
  }
  const { state, now } = turn;
  if (!isAdmitted(state, call.action, call.payload, now)) {
    turn.count('refused_before_acceptance');
    refuse(turn, call, 'not_accepted', `the station's registration is ${state.registration}`);
    return;
  }
  const row = rowOf(call.connection.version, call.action);
  if (row === undefined) {
    turn.count('unsupported_action');
    refuse(turn, call, 'not_supported', `${call.action} is not served`);
    return;
  }
  if ('answer' in row) {
    noteTriggeredCall(turn, call.action, call.payload);
    answer(turn, call, () => row.answer(turn, call));
    if (state.jobs.length > 0) noteJobCall(turn, call);
    return;
  }
  decide(turn, row, call);
}

function decide(turn: Turn, row: DecisionRow<unknown, object>, call: CallMessage): void {
  if (row.isForeign?.(call) === true) return shutOut(turn, call);
  const before = row.repeated?.(turn, call);
  if (before !== undefined) {
    turn.count('repeated_transaction_message');
    answer(turn, call, () => before);
    return;
  }
  if (ask(turn, row, call)) return;
  answer(turn, call, () => row.record(turn, call, row.fallback(turn, call)));
}

function shutOut(turn: Turn, call: CallMessage): void {
  turn.count('foreign_serial_number');
  const { code, reason } = CLOSES.foreign_serial_number;
  refuse(turn, call, 'not_accepted', reason);
  turn.do({ type: 'close', connection: call.connection, code, reason });
}

/** A business service has decided, or has not in time. */
export function onDecided(turn: Turn, { askId, answer: decision }: DecidedMessage): void {
  const pending = takeAsk(turn, askId);
  if (pending === undefined) {
    turn.count('late_decision');
    return;
  }
  const { call } = pending;
  const row = rowOf(call.connection.version, call.action);
  if (row === undefined || 'answer' in row) return;
  answer(turn, call, () => row.record(turn, call, responseOf(turn, row, call, decision)));
}

/** The time of the questions that nobody has answered is up. */
export function expireAsks(turn: Turn): void {
  for (const { askId, deadline } of turn.state.asks) {
    if (deadline <= turn.now) onDecided(turn, { type: 'decided', askId, answer: undefined });
  }
}

/** 2.1 SEND: never answered. */
export function onSend(turn: Turn, send: CallMessage): void {
  if (!hear(turn, send.connection)) return;
  if (!isAdmitted(turn.state, send.action, send.payload, turn.now)) {
    turn.count('refused_before_acceptance');
    return;
  }
  const row = rowOf(send.connection.version, send.action);
  if (row !== undefined && 'answer' in row) row.answer(turn, send);
  else turn.count('unsupported_action');
}

/** An answer that was given together with facts is kept, to be given again to the same CALL. */
function answer(turn: Turn, call: CallMessage, record: () => object): void {
  const { eventNumber } = turn.state;
  const json = payloadText(record());
  if (turn.state.eventNumber > eventNumber) rememberAnswer(turn, call, json);
  reply(turn, call, encodeCallResultRaw(call.id, json));
}

function refuse(turn: Turn, call: CallMessage, kind: FaultKind, description: string): void {
  const code = errorCodeOf(call.connection.version, kind) ?? 'GenericError';
  reply(turn, call, encodeCallError(call.id, code, description));
}

function reply(turn: Turn, { connection, id }: CallMessage, frame: string): void {
  turn.do({ type: 'reply', connection, id, frame });
}

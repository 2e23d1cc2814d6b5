import {
  checkResult,
  DEFAULT_QUIRKS,
  encodeCallResultError,
  errorCodeOf,
  type Fault,
} from '../../../libs/ocpp/mod.js';
import type { OutstandingCommand } from './commands/command.js';
import { findEnded } from './commands/ended.js';
import { endCommand } from './commands/ending.js';
import { sendCall } from './commands/sending.js';
import { settleCall } from './commands/settling.js';
import { afterAnswer, carriedOut, type Answer } from './commands/steps.js';
import type { StationMessage } from './messages.js';
import { gateOf } from './registration.js';
import { NO_BYTES } from './state.js';
import type { Turn } from './turn.js';

/** The station's answers to commands. */

type ResultMessage = Extract<StationMessage, { type: 'result' }>;
type FailureMessage = Extract<StationMessage, { type: 'failure' }>;

export function onResult(turn: Turn, message: ResultMessage): void {
  const command = takeOutstanding(turn, message);
  if (command === undefined) return;
  const { connection, id, payload } = message;
  const { version, call } = command.begun;
  const checked = checkResult(version, call.action, { id, payload, raw: NO_BYTES }, DEFAULT_QUIRKS);
  if (checked.ok) {
    turn.do({ type: 'received', connection, id });
    finish(turn, command, { status: 'result', payload: checked.payload });
    return;
  }
  turn.count('invalid_result');
  const code = errorCodeOf(version, checked.fault.kind) ?? 'GenericError';
  turn.do({ type: 'received', connection, id, ...resultError(command, code, checked.fault) });
  const description = `the station's answer breaks the schema of ${call.action}: ${checked.fault.detail}`;
  finish(turn, command, { status: 'error', code, description, details: {} });
}

export function onFailure(turn: Turn, message: FailureMessage): void {
  const command = takeOutstanding(turn, message);
  if (command === undefined) return;
  const { connection, id, code, description, details } = message;
  turn.do({ type: 'received', connection, id });
  finish(turn, command, { status: 'error', code, description, details });
}

/** 2.1 tells the station what was wrong with its result; earlier versions must not. */
function resultError({ begun: { version, call } }: OutstandingCommand, code: string, fault: Fault) {
  return version === '2.1' ? { error: encodeCallResultError(call.id, code, fault.detail) } : {};
}

/**
 * The command that is answered: it was sent on the connection that is heard, for another one would have ended it. None
 * for a result that comes late or that nobody asked for: it is counted, and done.
 */
function takeOutstanding(
  turn: Turn,
  { connection, id }: ResultMessage | FailureMessage,
): OutstandingCommand | undefined {
  const { state } = turn;
  const { outstanding } = state;
  if (outstanding?.begun.call.id === id) {
    state.outstanding = undefined;
    turn.commit = true;
    return outstanding;
  }
  turn.count(findEnded(state.endedCommands, id) !== undefined ? 'late_result' : 'unknown_result');
  turn.do({ type: 'received', connection, id });
  return undefined;
}

/** The command ends, or its next CALL is sent: it stays the one that is outstanding. */
function finish(turn: Turn, command: OutstandingCommand, answer: Answer): void {
  const { state } = turn;
  settleCall(turn, command, answer);
  const { version } = command.begun;
  const { next, done } = afterAnswer(command, answer);
  if ('outcome' in next) return endCommand(turn, command, next.outcome);
  const before = carriedOut(done);
  if ('unfit' in next) {
    const description = `${next.unfit}${before}`;
    return endCommand(turn, command, { status: 'error', code: 'NotSupported', description, details: {} });
  }
  const { connection } = state;
  const { action, payload } = next.call;
  const gate = connection && gateOf(state, version, action, payload);
  if (connection === undefined || gate !== undefined) {
    // Not refused: that says that nothing was sent.
    const code = errorCodeOf(version, 'not_accepted') ?? 'GenericError';
    const description = `${gate?.description ?? 'the station is not connected'}${before}`;
    return endCommand(turn, command, { status: 'error', code, description, details: {} });
  }
  sendCall(turn, connection, command, { call: next.call, done, sendings: 1 });
}

import {
  checkResult,
  DEFAULT_QUIRKS,
  encodeCallResultError,
  errorCodeOf,
  type Fault,
} from '../../../libs/ocpp/mod.js';
import { endCommand } from './commands.js';
import type { CommandOutcome } from './effects.js';
import type { StationMessage } from './messages.js';
import { NO_BYTES, type OutstandingCommand } from './state.js';
import { settleTrigger } from './triggers.js';
import type { Turn } from './turn.js';

/** The station's answers to commands. */

type ResultMessage = Extract<StationMessage, { type: 'result' }>;
type FailureMessage = Extract<StationMessage, { type: 'failure' }>;

export function onResult(turn: Turn, message: ResultMessage): void {
  const command = takeOutstanding(turn, message);
  if (command === undefined) return;
  const { connection, id, payload } = message;
  const checked = checkResult(
    command.version,
    command.action,
    { id, payload, raw: NO_BYTES },
    DEFAULT_QUIRKS,
  );
  if (checked.ok) {
    turn.do({ type: 'received', connection, id });
    finish(turn, command, { status: 'result', payload: checked.payload });
    return;
  }
  turn.count('invalid_result');
  const code = errorCodeOf(command.version, checked.fault.kind) ?? 'GenericError';
  turn.do({ type: 'received', connection, id, ...resultError(command, code, checked.fault) });
  const description = `the station's answer breaks the schema of ${command.action}: ${checked.fault.detail}`;
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
function resultError({ commandId, version }: OutstandingCommand, code: string, fault: Fault) {
  return version === '2.1' ? { error: encodeCallResultError(commandId, code, fault.detail) } : {};
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
  if (outstanding?.commandId === id) {
    state.outstanding = undefined;
    return outstanding;
  }
  turn.count(state.endedCommands.includes(id) ? 'late_result' : 'unknown_result');
  turn.do({ type: 'received', connection, id });
  return undefined;
}

function finish(turn: Turn, command: OutstandingCommand, outcome: CommandOutcome): void {
  settleTrigger(turn, command.commandId, outcome.status === 'result' ? outcome.payload : undefined);
  endCommand(turn, command, outcome);
}

import { encodeCall, findAction, MAX_NESTING, type Version } from '../../../libs/ocpp/mod.js';
import type { CommandOutcome } from './effects.js';
import { LIMITS } from './limits.js';
import type { CommandMessage } from './messages.js';
import { nestsDeeperThan } from './nesting.js';
import { commandRefusal } from './registration.js';
import { mayHoldSecret } from './secrets.js';
import type { Command, StationState } from './state.js';
import { noteTrigger } from './triggers.js';
import type { Turn } from './turn.js';
import { isObject } from './vocabulary/tokens.js';

/**
 * CALLs to the station: one is outstanding, the others wait in order. Each ends exactly once, with an answer to its
 * caller that is durable together with the state that forgets the command.
 */

const MAX_ID_LENGTH = 36;
/** The CALL around the payload is one level. */
const MAX_PAYLOAD_NESTING = MAX_NESTING - 1;

export function onCommand(turn: Turn, message: CommandMessage): void {
  const { state } = turn;
  // Told when what is decided here is durable: until then the command is kept by who forwarded it.
  if (message.forwarder !== undefined) turn.do({ type: 'accepted', forwarder: message.forwarder });
  if (isKnown(state, message.commandId)) return;
  const version = state.connection?.version ?? state.announced?.version;
  if (version === undefined || (state.connection === undefined && state.awaitedUntil === undefined)) {
    end(turn, message, { status: 'offline', description: 'the station is not connected' });
    return;
  }
  const refusal = refusalOf(state, version, message);
  if (refusal !== undefined) {
    refuse(turn, message, refusal);
    return;
  }
  const command = commandOf(turn, version, message);
  if (Buffer.byteLength(command.frame) > LIMITS.commandBytes) {
    refuse(turn, message, `${message.action}: the payload is too large: send less than 1 MiB`);
    return;
  }
  state.queue = [...state.queue, command];
  turn.commit = true;
}

function refuse(turn: Turn, message: CommandMessage, description: string): void {
  end(turn, message, { status: 'refused', description });
}

/** Ends a command that never began. It stays known: a second copy of it must not begin after its caller was told. */
function end(turn: Turn, { commandId, reply }: CommandMessage, outcome: CommandOutcome): void {
  noteEnd(turn, commandId);
  answer(turn, reply, outcome);
}

function noteEnd({ state }: Turn, commandId: string): void {
  state.endedCommands = [commandId, ...state.endedCommands.slice(0, LIMITS.endedCommands - 1)];
}

function isKnown({ outstanding, queue, endedCommands }: StationState, commandId: string): boolean {
  return (
    outstanding?.commandId === commandId ||
    queue.some((one) => one.commandId === commandId) ||
    endedCommands.includes(commandId)
  );
}

function commandOf({ now }: Turn, version: Version, message: CommandMessage): Command {
  const { commandId, action, payload, reply } = message;
  const timeoutMs = Math.min(Math.max(1, Math.floor(message.timeoutMs) || 1), LIMITS.commandTimeoutMs);
  const frame = encodeCall(commandId, action, payload as object);
  return { commandId, action, version, frame, timeoutMs, reply, expiresAt: now + timeoutMs };
}

/** Why the command is not taken, in words that tell what to do; undefined when it is. */
function refusalOf(state: StationState, version: Version, message: CommandMessage): string | undefined {
  const { commandId, action, payload } = message;
  if (commandId.length < 1 || commandId.length > MAX_ID_LENGTH)
    return 'commandId must have 1 to 36 characters';
  const spec = findAction(version, action);
  if (spec === undefined) return `OCPP ${version}, which the station speaks, has no action '${action}'`;
  if (spec.sender === 'station') return `${action} is sent by stations, not to them`;
  if (!isObject(payload)) return `${action}: the payload must be a JSON object`;
  if (nestsDeeperThan(MAX_PAYLOAD_NESTING, payload)) {
    return `${action}: the payload nests deeper than ${MAX_PAYLOAD_NESTING} levels`;
  }
  const violation = spec.checkRequest(payload);
  if (violation !== undefined) return `${action}: ${violation.message}`;
  const notNow = commandRefusal(state, version, action, payload.requestedMessage);
  if (notNow !== undefined) return notNow;
  const waiting = state.queue.reduce((sum, { frame }) => sum + frame.length, 0);
  return state.queue.length >= LIMITS.queuedCommands || waiting >= LIMITS.queuedCharacters
    ? `${state.queue.length} commands wait for this station already: wait until some have ended`
    : undefined;
}

/**
 * Sends the first waiting command that may be sent, if none is outstanding and the station is connected. The last thing
 * in the handling of every message.
 */
export function sendNext(turn: Turn): void {
  const { state, now } = turn;
  while (state.queue.length > 0 && state.outstanding === undefined && state.connection !== undefined) {
    const [command, ...rest] = state.queue;
    if (command === undefined) return;
    state.queue = rest;
    turn.commit = true;
    const { connection } = state;
    const refusal = refusalToSend(state, connection.version, command);
    if (refusal !== undefined) {
      endCommand(turn, command, { status: 'refused', description: refusal });
      continue;
    }
    const deadline = now + command.timeoutMs;
    state.outstanding = { ...command, connectionId: connection.connectionId, deadline };
    noteTrigger(turn, command.commandId, command.action, payloadOf(command), command.timeoutMs);
    turn.do({ type: 'order', connection, id: command.commandId, frame: command.frame });
  }
}

const payloadOf = (command: Command): unknown => (JSON.parse(command.frame) as unknown[])[3];

/** What may have changed while the command waited. */
function refusalToSend(state: StationState, version: Version, command: Command): string | undefined {
  if (command.version !== version) {
    return `the station has reconnected with OCPP ${version}; the command is in OCPP ${command.version}: send it anew`;
  }
  if (state.registration === 'none') return undefined;
  const payload = payloadOf(command);
  return commandRefusal(
    state,
    version,
    command.action,
    isObject(payload) ? payload.requestedMessage : undefined,
  );
}

/** The edge sends the outstanding one if it has not, or tells its answer again. */
export function repeatOutstanding(turn: Turn): void {
  const { connection, outstanding } = turn.state;
  if (connection === undefined || outstanding?.connectionId !== connection.connectionId) return;
  turn.do({ type: 'order', connection, id: outstanding.commandId, frame: outstanding.frame });
}

/** Ends the outstanding command, whose answer cannot come any more. */
export function failOutstanding(turn: Turn, description: string): void {
  const { outstanding } = turn.state;
  if (outstanding === undefined) return;
  turn.state.outstanding = undefined;
  endCommand(turn, outstanding, { status: 'offline', description });
}

/** The station is gone, and with it every command. */
export function failAll(turn: Turn): void {
  failOutstanding(turn, 'the connection closed before the answer came: the station may have carried it out');
  const { queue } = turn.state;
  turn.state.queue = [];
  for (const command of queue) {
    endCommand(turn, command, {
      status: 'offline',
      description: 'the station disconnected before it was sent',
    });
  }
}

/** Ends what has waited too long. */
export function expireCommands(turn: Turn): void {
  const { state, now } = turn;
  const { outstanding } = state;
  if (outstanding !== undefined && outstanding.deadline <= now) {
    state.outstanding = undefined;
    const description = `the station did not answer within ${outstanding.timeoutMs} ms`;
    endCommand(turn, outstanding, { status: 'timeout', description });
  }
  const expired = state.queue.filter(({ expiresAt }) => expiresAt <= now);
  if (expired.length > 0) state.queue = state.queue.filter(({ expiresAt }) => expiresAt > now);
  for (const command of expired) {
    const description = `other commands kept it waiting for ${command.timeoutMs} ms: it was not sent`;
    endCommand(turn, command, { status: 'expired', description });
  }
}

/** The command is over: its caller is answered. It must have left the outstanding place or the queue. */
export function endCommand(turn: Turn, command: Command, outcome: CommandOutcome): void {
  const { commandId, action, reply } = command;
  noteEnd(turn, commandId);
  const status =
    outcome.status === 'result' && isObject(outcome.payload) ? outcome.payload.status : undefined;
  turn.event('command.completed', {
    commandId,
    action,
    outcome: outcome.status,
    status: typeof status === 'string' ? status : undefined,
    code: outcome.status === 'error' ? outcome.code : undefined,
    description: descriptionOf(command, outcome),
  });
  answer(turn, reply, outcome);
}

/** What may be told of how a command ended. A station's own words may repeat what it was sent. */
function descriptionOf({ action }: Command, outcome: CommandOutcome): string | undefined {
  if (outcome.status === 'result') return undefined;
  return outcome.status === 'error' && mayHoldSecret(action) ? undefined : outcome.description;
}

function answer(turn: Turn, reply: string, outcome: CommandOutcome): void {
  turn.commit = true;
  turn.do({ type: 'answer', reply, outcome });
}

import type { Refusal } from '../../../../libs/dispatch/mod.js';
import type { Connection } from '../../../../libs/link/mod.js';
import { encodeCallRaw } from '../../../../libs/ocpp/mod.js';
import { expectJob } from '../jobs/mod.js';
import { LIMITS } from '../limits.js';
import { gateOf } from '../registration.js';
import { noteRemoteStart } from '../remote-starts.js';
import type { StationState } from '../state.js';
import { noteTrigger } from '../triggers.js';
import type { Turn } from '../turn.js';
import type { Begun, CallToSend, Command } from './command.js';
import { endCommand, endWaiting } from './ending.js';
import { invalid } from './payload.js';
import { expire, leaveQueue } from './queue.js';
import { firstCall, type Next } from './steps.js';

/**
 * CALLs to the station: one is outstanding, the others wait in the order in which they were taken. An immediate command
 * waits behind the durable ones before it: what its caller does next, a new charging profile say, must not be undone by
 * what was ordered earlier. There is one exception. While the registration gate is closed for a durable command, it waits,
 * and the durable ones behind it with it; but an immediate one that may pass the gate does: such commands (SetVariables,
 * TriggerMessage) are how a pending station is made ready to be accepted, and the gate would else never open.
 */

/**
 * Sends the first waiting command that may be sent, if none is outstanding and the station is connected. The last thing
 * in the handling of every message.
 */
export function sendNext(turn: Turn): void {
  const { state } = turn;
  if (state.queue.length === 0 || state.outstanding !== undefined || state.connection === undefined) return;
  const { connection } = state;
  let isHeldUp = false;
  for (const command of state.queue) {
    // The actor may not have been woken yet.
    if (command.expiresAt <= turn.now) {
      expire(turn, command);
      continue;
    }
    if (isHeldUp && command.durable !== undefined) continue;
    const next = nextOf(state, connection, command);
    if ('waits' in next) {
      isHeldUp = true;
      continue;
    }
    leaveQueue(turn, command);
    if ('call' in next) return send(turn, connection, command, next.call);
    if ('outcome' in next) endCommand(turn, command, next.outcome);
    else endWaiting(turn, command, next.refused, next.refused.description);
  }
}

type Decision = Exclude<Next, { unfit: string }> | { readonly waits: true } | { readonly refused: Refusal };

/** What is to be done with the command now. */
function nextOf(state: StationState, { version }: Connection, command: Command): Decision {
  const { begun, durable } = command;
  const next = begun?.version === version ? { call: begun.call } : firstCall(version, command);
  if ('outcome' in next) return next;
  if ('unfit' in next) return { refused: invalid(next.unfit) };
  if (begun !== undefined && begun.sendings >= LIMITS.sendings) {
    return { refused: { reason: 'not_now', description: `it was sent ${begun.sendings} times` } };
  }
  const gate = gateOf(state, version, next.call.action, next.call.payload);
  if (gate === undefined) return next;
  if (durable !== undefined && gate.opens) return { waits: true };
  return { refused: { reason: 'not_now', description: gate.description } };
}

/** Sends a command's CALL, the first one or the same again. */
function send(turn: Turn, connection: Connection, command: Command, call: CallToSend): void {
  const { commandId, action, begun, durable, traceparent } = command;
  const again = begun === undefined ? undefined : true;
  if (durable !== undefined) turn.event('command.sent', { commandId, action, again }, { traceparent });
  // The edge sends an id once on a connection, unless it has dealt with it.
  if (begun?.connectionId === connection.connectionId) {
    turn.do({ type: 'received', connection, id: call.id });
  }
  const done = begun?.version === connection.version ? begun.done : [];
  sendCall(turn, connection, command, { call, done, sendings: (begun?.sendings ?? 0) + 1 });
}

/** Makes `command` the outstanding one, with this CALL. */
export function sendCall(
  turn: Turn,
  connection: Connection,
  command: Command,
  { call, done, sendings }: Pick<Begun, 'call' | 'done' | 'sendings'>,
): void {
  const { state, now } = turn;
  const { version, connectionId } = connection;
  const { commandId, timeoutMs, cursor, traceparent } = command;
  const begun = { version, call, done, connectionId, sendings, rebooted: false, deadline: now + timeoutMs };
  state.outstanding = { ...command, begun };
  turn.commit = true;
  const payload: unknown = JSON.parse(call.payload);
  noteTrigger(turn, call.id, call.action, payload, timeoutMs);
  if (call.action === 'RemoteStartTransaction') noteRemoteStart(turn, JSON.parse(command.payload), payload);
  expectJob(turn, { commandId, action: call.action, payload, cursor });
  const traced = traceparent !== undefined && { traceparent };
  turn.do({ type: 'order', connection, id: call.id, frame: frameOf(call), ...traced });
}

const frameOf = ({ id, action, payload }: CallToSend): string => encodeCallRaw(id, action, payload);

/** The edge sends the outstanding one if it has not, or tells its answer again. */
export function repeatOutstanding(turn: Turn): void {
  const { connection, outstanding } = turn.state;
  if (connection === undefined || outstanding?.begun.connectionId !== connection.connectionId) return;
  const { call } = outstanding.begun;
  turn.do({ type: 'order', connection, id: call.id, frame: frameOf(call) });
}

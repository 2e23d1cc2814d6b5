import type { Refusal } from '../../../../libs/dispatch/mod.js';
import { formatTimestamp, type Version } from '../../../../libs/ocpp/mod.js';
import { LIMITS } from '../limits.js';
import type { CommandMessage } from '../messages.js';
import { gateOf } from '../registration.js';
import type { StationState } from '../state.js';
import type { Turn } from '../turn.js';
import type { Command } from './command.js';
import { endCommand, remember } from './ending.js';
import { contentOf, faultOf, invalid, sizeFault } from './payload.js';
import { hasKey, supersede } from './queue.js';
import { answerRepeat } from './repeats.js';
import { firstCall } from './steps.js';

/** The door: which commands are taken. */

export function onCommand(turn: Turn, message: CommandMessage): void {
  // What no station could be sent leaves no trace: a second copy of it is refused as well.
  const fault = faultOf(message);
  if (fault !== undefined) return tell(turn, message, { refused: invalid(fault) });
  const command = commandOf(turn, message);
  const tooLarge = sizeFault(command.action, command.payload);
  if (tooLarge !== undefined) return tell(turn, message, { refused: invalid(tooLarge) });
  const known = answerRepeat(turn, command);
  if (known !== undefined) return tell(turn, message, known);

  const { state } = turn;
  const isThere = state.connection !== undefined || state.awaitedUntil !== undefined;
  const version = versionOf(state);
  const refusal = refusalOf(state, command, version, isThere);
  if (refusal !== undefined) return decline(turn, message, command, refusal);
  tell(turn, message, 'taken');
  if (isThere || command.durable !== undefined) take(turn, command, version);
  else endCommand(turn, command, { status: 'offline', description: 'the station is not connected' });
}

function take(turn: Turn, command: Command, version: Version | undefined): void {
  const { state } = turn;
  const { commandId, action, terms, durable, expiresAt, takenAt, traceparent } = command;
  supersede(turn, durable?.supersedeKey);
  state.queue = [...state.queue, terms === 'own' ? { ...command, checkedAs: version } : command];
  turn.commit = true;
  if (durable === undefined) return;
  const { supersedeKey } = durable;
  const ttlMs = expiresAt - takenAt;
  const queued = {
    commandId,
    action,
    terms,
    expiresAt: formatTimestamp(turn.time + ttlMs),
    supersedeKey,
  };
  turn.event('command.queued', queued, { traceparent });
}

/** Refused for what is so now. It is known for a while: a second copy of it must not begin after its caller was told. */
function decline(turn: Turn, message: CommandMessage, command: Command, refusal: Refusal): void {
  const { commandId, content, action, takenAt } = command;
  remember(turn, {
    commandId,
    content,
    action,
    ending: { status: 'refused', reason: refusal.reason, atDoor: true },
    takenAt,
    at: turn.now,
    outcome: JSON.stringify({ status: 'refused', ...refusal }),
  });
  tell(turn, message, { refused: refusal });
}

/** Performed when what was decided here is durable: until then the command is kept by who handed it over. */
function tell(
  turn: Turn,
  { dispatcher }: CommandMessage,
  word: 'taken' | { readonly refused: Refusal },
): void {
  if (dispatcher !== undefined) turn.do({ type: 'tell', to: dispatcher, word });
}

function commandOf({ now }: Turn, message: CommandMessage): Command {
  const { commandId, action, terms, reply, keyed, durable, cursor, traceparent } = message;
  const payload = JSON.stringify(message.payload);
  const timeoutMs = within(message.timeoutMs, LIMITS.commandTimeoutMs);
  const waitMs = durable === undefined ? timeoutMs : within(durable.ttlMs, LIMITS.ttlMs);
  return {
    commandId,
    action,
    terms,
    payload,
    content: keyed ? contentOf(action, terms, payload) : 0,
    checkedAs: terms === 'own' || terms === 'neutral' ? undefined : terms,
    timeoutMs,
    replies: reply === '' ? [] : [reply],
    takenAt: now,
    expiresAt: now + waitMs,
    durable: durable && { once: durable.once, supersedeKey: durable.supersedeKey },
    cursor,
    begun: undefined,
    ...(traceparent !== undefined && { traceparent }),
  };
}

const within = (ms: number, most: number): number => Math.min(Math.max(1, Math.floor(ms) || 1), most);

/** That the station speaks, or spoke last. */
const versionOf = ({ connection, announced, lastVersion }: StationState): Version | undefined =>
  connection?.version ?? announced?.version ?? lastVersion;

/** Why the command cannot be taken in the state in which its station is. One that is offline may come back with another version. */
function refusalOf(
  state: StationState,
  command: Command,
  version: Version | undefined,
  isThere: boolean,
): Refusal | undefined {
  const { terms, durable } = command;
  const isJudged = isThere || terms === 'own' || terms === 'neutral';
  if (version !== undefined && isJudged) {
    const next = firstCall(version, command);
    if ('unfit' in next) return invalid(next.unfit);
    if (isThere && 'call' in next) {
      const gate = gateOf(state, version, next.call.action, next.call.payload);
      if (gate !== undefined && !(gate.opens && durable !== undefined)) {
        return { reason: 'not_now', description: gate.description };
      }
    }
  }
  return isThere || durable !== undefined ? roomRefusal(state, command) : undefined;
}

/**
 * What waits is bounded: immediate commands and durable ones apart, so that neither keeps the other out. Those in whose
 * place this one comes take no room from it.
 */
function roomRefusal({ queue }: StationState, { durable, payload }: Command): Refusal | undefined {
  const alike = queue.filter(
    (one) => (one.durable === undefined) === (durable === undefined) && !hasKey(one, durable?.supersedeKey),
  );
  const [most, mostCharacters] =
    durable === undefined
      ? [LIMITS.queuedCommands, LIMITS.queuedCharacters]
      : [LIMITS.durableCommands, LIMITS.durableCharacters];
  const fits = alike.length === 0 || charactersOf(alike) + payload.length <= mostCharacters;
  if (alike.length < most && fits) return undefined;
  const description = `${queue.length} commands wait for this station already: wait until some have ended`;
  return { reason: 'busy', description };
}

const charactersOf = (queue: readonly Command[]): number =>
  queue.reduce((sum, { payload }) => sum + payload.length, 0);

import type { CommandOutcome } from '../../../../libs/api/mod.js';
import type { Refusal } from '../../../../libs/dispatch/mod.js';
import { LIMITS } from '../limits.js';
import { mayHoldSecret } from '../secrets.js';
import type { Turn } from '../turn.js';
import { isObject } from '../vocabulary/tokens.js';
import type { Command } from './command.js';
import { withEnded, withoutOld, type EndedCommand } from './ended.js';
import { carriedOut } from './steps.js';

/** The end of a command: durable together with the state that forgets the command, and told to each that waits for it. */

/** It must have left the outstanding place and the queue. */
export function endCommand(turn: Turn, command: Command, outcome: CommandOutcome): void {
  const { commandId, content, action, takenAt, replies, traceparent } = command;
  const { now } = turn;
  const reason = outcome.status === 'refused' ? { reason: outcome.reason } : {};
  remember(turn, {
    commandId,
    content,
    action,
    ending: { status: outcome.status, ...reason },
    takenAt,
    at: now,
    outcome: content === 0 ? undefined : JSON.stringify(outcome),
  });
  const status =
    outcome.status === 'result' && isObject(outcome.payload) ? outcome.payload.status : undefined;
  const completed = {
    commandId,
    action,
    outcome: outcome.status,
    status: typeof status === 'string' ? status : undefined,
    code: outcome.status === 'error' ? outcome.code : undefined,
    description: descriptionOf(command, outcome),
  };
  turn.event('command.completed', completed, { traceparent });
  for (const reply of replies) answer(turn, reply, outcome);
  turn.do({ type: 'ended', outcome: outcome.status });
}

/** For those who ask again. */
export function remember(turn: Turn, ended: EndedCommand): void {
  const { state } = turn;
  state.endedCommands = withEnded(state.endedCommands, ended);
  turn.commit = true;
  planForgetting(turn);
}

/** Outcomes that take much room are forgotten when they are old, also when no other command ends. */
export function planForgetting({ state, now }: Turn): void {
  if (state.endedCommands.length > LIMITS.endedBytes) state.outcomesUntil = now + LIMITS.outcomeAgeMs;
}

/** Their time is up. */
export function forgetOutcomes(turn: Turn): void {
  const { state, now } = turn;
  if (state.outcomesUntil === undefined || state.outcomesUntil > now) return;
  state.outcomesUntil = undefined;
  state.endedCommands = withoutOld(state.endedCommands, now);
  turn.commit = true;
}

/** What may be told of how a command ended. A station's own words may repeat what it was sent. */
function descriptionOf({ action }: Command, outcome: CommandOutcome): string | undefined {
  if (outcome.status === 'result') return undefined;
  return outcome.status === 'error' && mayHoldSecret(action) ? undefined : outcome.description;
}

/**
 * Ends a command that is not outstanding. `why`: it is not sent any more. One that was sent before is not told to have had
 * no effect.
 */
export function endWaiting(
  turn: Turn,
  command: Command,
  status: 'expired' | 'superseded' | 'cancelled' | 'offline' | Refusal,
  why: string,
): void {
  const { begun } = command;
  if (begun !== undefined) {
    const description =
      `the station did not answer when it was sent, and it is not sent again: ${why}; ` +
      `the station may have carried it out${carriedOut(begun.done)}`;
    endCommand(turn, command, { status: status === 'expired' ? 'timeout' : 'offline', description });
  } else if (typeof status === 'string') {
    endCommand(turn, command, { status, description: why });
  } else {
    endCommand(turn, command, { status: 'refused', reason: status.reason, description: why });
  }
}

/** Kept with the state until it was told. An empty `reply`: nobody waits. */
export function answer(turn: Turn, reply: string, outcome: CommandOutcome): void {
  turn.commit = true;
  if (reply !== '') turn.do({ type: 'answer', reply, outcome });
}

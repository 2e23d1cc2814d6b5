import type { CommandOutcome } from '../../../../libs/api/mod.js';
import type { Refusal } from '../../../../libs/dispatch/mod.js';
import { LIMITS } from '../limits.js';
import type { StationState } from '../state.js';
import type { Turn } from '../turn.js';
import type { Command } from './command.js';
import { findEnded, outcomeOf, type EndedCommand } from './ended.js';
import { answer } from './ending.js';

/** Commands that come again: handed over twice, or asked again by a caller who chose the id. */

type Word = 'taken' | { readonly refused: Refusal };

/**
 * What is said to a command whose id is known; undefined: it is a new one. Its `reply` hears the outcome, when there is one
 * or at once, if its caller chose the id; a second copy of any other was handed over with the same `reply`.
 */
export function answerRepeat(turn: Turn, command: Command): Word | undefined {
  const { state, now } = turn;
  const waiting = findWaiting(state, command.commandId);
  if (waiting !== undefined) {
    if (waiting.content !== command.content) return ID_TAKEN;
    join(turn, waiting, command);
    return 'taken';
  }
  const ended = findEnded(state.endedCommands, command.commandId);
  if (ended === undefined) return undefined;
  if (ended.ending.atDoor) return repeatedRefusal(ended, command, now);
  if (ended.content !== command.content) return ID_TAKEN;
  if (command.content === 0) return 'taken';
  const outcome = outcomeOf(ended, now) ?? FORGOTTEN;
  for (const reply of command.replies) answer(turn, reply, outcome);
  return 'taken';
}

/** The command with this id that has not ended. */
export function findWaiting({ outstanding, queue }: StationState, commandId: string): Command | undefined {
  if (outstanding?.commandId === commandId) return outstanding;
  return queue.find((one) => one.commandId === commandId);
}

/** An id is not used up by what was not taken. */
function repeatedRefusal(ended: EndedCommand, command: Command, now: number): Word | undefined {
  if (ended.content !== command.content || ended.at <= now - LIMITS.refusalAgeMs) return undefined;
  const outcome = outcomeOf(ended, now);
  return outcome?.status === 'refused' ? { refused: refusalOf(outcome) } : undefined;
}

const refusalOf = ({ reason, description }: CommandOutcome & { status: 'refused' }): Refusal => ({
  reason,
  description,
});

/** One more that waits for the outcome. */
function join(turn: Turn, waiting: Command, { replies: [reply] }: Command): void {
  const { state } = turn;
  if (reply === undefined || waiting.replies.includes(reply)) return;
  const replies = [...waiting.replies, reply].slice(-LIMITS.replies);
  if (state.outstanding === waiting) state.outstanding = { ...state.outstanding, replies };
  else state.queue = state.queue.map((one) => (one === waiting ? { ...one, replies } : one));
  turn.commit = true;
}

const ID_TAKEN: Word = {
  refused: {
    reason: 'id_taken',
    description: 'another command of this station has this command id: choose a new one',
  },
};

const FORGOTTEN: CommandOutcome = {
  status: 'error',
  code: 'InternalError',
  description: 'the station answered this command when it was sent; its answer is not kept any more',
  details: {},
};

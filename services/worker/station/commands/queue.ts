import type { StationState } from '../state.js';
import type { Turn } from '../turn.js';
import type { Command, OutstandingCommand } from './command.js';
import { endCommand, endWaiting } from './ending.js';
import { abandonCall } from './settling.js';
import { carriedOut } from './steps.js';

/** What happens to commands, the one that was sent and those that wait, other than being answered or sent. */

/**
 * The connection of the outstanding command is gone. A durable one is sent again on the next, first of all: unless its
 * caller has ruled that out, or a newer one with its supersede key waits.
 */
export function interruptOutstanding(turn: Turn, why: string): void {
  const { state } = turn;
  const { outstanding } = state;
  if (outstanding === undefined) return;
  state.outstanding = undefined;
  turn.commit = true;
  abandonCall(turn, outstanding);
  if (isSentAgain(outstanding)) {
    const supersedeKey = outstanding.durable?.supersedeKey;
    if (state.queue.some((one) => hasKey(one, supersedeKey))) {
      return endWaiting(turn, outstanding, 'superseded', newerWith(supersedeKey));
    }
    state.queue = [outstanding, ...state.queue];
    return;
  }
  const description = `${why}: the station may have carried it out${carriedOut(outstanding.begun.done)}`;
  endCommand(turn, outstanding, { status: 'offline', description });
}

const isSentAgain = ({ durable }: Command): boolean => durable !== undefined && !durable.once;

/**
 * The station has booted while it was accepted. What it was sent before this connection was interrupted with the old one.
 * What it was sent on this connection it may still answer, or may have dropped because it was not ready: an immediate
 * command ends, a durable one is sent again when its time is up.
 */
export function onReboot(turn: Turn): void {
  const { state } = turn;
  const { outstanding } = state;
  if (outstanding === undefined) return;
  if (isSentAgain(outstanding)) {
    state.outstanding = { ...outstanding, begun: { ...outstanding.begun, rebooted: true } };
  } else {
    interruptOutstanding(turn, 'the station rebooted before it answered');
  }
}

/** The station is gone, and with it every command that is not durable. */
export function onGone(turn: Turn): void {
  interruptOutstanding(turn, 'the connection closed before the answer came');
  const { queue } = turn.state;
  for (const command of queue) {
    if (command.durable !== undefined) continue;
    leaveQueue(turn, command);
    endWaiting(turn, command, 'offline', 'the station disconnected before it was sent');
  }
}

/** Ends what has waited too long. */
export function expireCommands(turn: Turn): void {
  const { state, now } = turn;
  const { outstanding } = state;
  if (outstanding !== undefined && answerDueAt(state) <= now) timeOut(turn, outstanding);
  for (const command of state.queue) if (command.expiresAt <= now) expire(turn, command);
}

/**
 * Epoch milliseconds until which the answer of the outstanding command is waited for. After a restart that of a durable one
 * has time until its connection is told again, or given up: then the command is sent again.
 */
export function answerDueAt({ outstanding, awaitedUntil }: StationState): number {
  if (outstanding === undefined) return Infinity;
  return awaitedUntil !== undefined && isSentAgain(outstanding) ? Infinity : outstanding.begun.deadline;
}

/** Ends a waiting command whose time is up. */
export function expire(turn: Turn, command: Command): void {
  leaveQueue(turn, command);
  const why = command.durable === undefined ? 'other commands kept it waiting' : 'it was not sent';
  endWaiting(turn, command, 'expired', `its time is up after ${turn.now - command.takenAt} ms: ${why}`);
}

function timeOut(turn: Turn, outstanding: OutstandingCommand): void {
  const { begun, timeoutMs } = outstanding;
  if (begun.rebooted) return interruptOutstanding(turn, 'the station rebooted before it answered');
  turn.state.outstanding = undefined;
  abandonCall(turn, outstanding);
  const description = `the station did not answer within ${timeoutMs} ms${carriedOut(begun.done)}`;
  endCommand(turn, outstanding, { status: 'timeout', description });
}

/** Takes the place of the waiting commands with the same key. */
export function supersede(turn: Turn, supersedeKey: string | undefined): void {
  for (const command of turn.state.queue) {
    if (!hasKey(command, supersedeKey)) continue;
    leaveQueue(turn, command);
    endWaiting(turn, command, 'superseded', newerWith(supersedeKey));
  }
}

/** False without a key. */
export const hasKey = ({ durable }: Command, supersedeKey: string | undefined): boolean =>
  supersedeKey !== undefined && durable?.supersedeKey === supersedeKey;

const newerWith = (supersedeKey: string | undefined): string =>
  `a newer command with the supersede key '${supersedeKey}' was taken`;

/** Takes back a command of which nothing was sent. */
export function cancel(turn: Turn, commandId: string): void {
  const command = turn.state.queue.find((one) => one.commandId === commandId);
  if (command === undefined || command.begun !== undefined) return;
  leaveQueue(turn, command);
  endWaiting(turn, command, 'cancelled', 'it was taken back before it was sent');
}

export function leaveQueue({ state }: Turn, command: Command): void {
  state.queue = state.queue.filter((one) => one !== command);
}

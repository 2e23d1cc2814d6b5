import type { CommandSnapshot } from '../../../../libs/api/mod.js';
import type { StationState } from '../state.js';
import type { Command } from './command.js';
import { findEnded, outcomeOf } from './ended.js';
import { findWaiting } from './repeats.js';

/** Commands as the station's actor knows them. */

/** Undefined: it was never taken, or is forgotten. */
export function commandSnapshot(
  state: StationState,
  commandId: string,
  now: number,
): CommandSnapshot | undefined {
  const waiting = findWaiting(state, commandId);
  if (waiting !== undefined) return waitingSnapshot(waiting);
  const ended = findEnded(state.endedCommands, commandId);
  if (ended === undefined || ended.ending.atDoor || ended.ending.status === 'unknown') return undefined;
  const { action, takenAt } = ended;
  const outcome = outcomeOf(ended, now) ?? { status: 'result' };
  return { commandId, action, state: 'ended', outcome, takenAt };
}

/** Those that have not ended, in order. */
export function waitingSnapshots({ outstanding, queue }: StationState): CommandSnapshot[] {
  return (outstanding === undefined ? queue : [outstanding, ...queue]).map(waitingSnapshot);
}

/** One that waits to be sent again was sent: the station may answer it no more, but it cannot be taken back. */
function waitingSnapshot({
  commandId,
  action,
  begun,
  takenAt,
  expiresAt,
  durable,
}: Command): CommandSnapshot {
  return {
    commandId,
    action,
    state: begun === undefined ? 'queued' : 'sent',
    takenAt,
    ...(begun === undefined && { expiresAt }),
    ...(durable?.supersedeKey !== undefined && { supersedeKey: durable.supersedeKey }),
  };
}

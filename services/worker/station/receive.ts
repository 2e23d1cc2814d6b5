import type { Context, Outcome } from '../../../libs/actor/mod.js';
import { forgetOutcomes, planForgetting } from './commands/ending.js';
import { answerDueAt, expireCommands } from './commands/queue.js';
import { sendNext } from './commands/sending.js';
import { onCommand } from './commands/taking.js';
import type { StationConfig } from './config.js';
import { awaitConnection, expireConnection, hear, onConnected, onDisconnected } from './connection.js';
import type { StationEffect } from './effects.js';
import { expireAsks, onCall, onDecided, onSend } from './incoming.js';
import { expireJobs, jobDeadline } from './jobs/mod.js';
import type { StationMessage } from './messages.js';
import { onFailure, onResult } from './results.js';
import { onCancel, onQuery } from './snapshot.js';
import type { StationState } from './state.js';
import { Turn } from './turn.js';

/** What the station actor decides about a message. */
export function receive(
  state: StationState,
  message: StationMessage,
  context: Context,
  config: StationConfig,
): Outcome<StationState, StationEffect> {
  const turn = new Turn(state, context, config);
  handle(turn, message);
  sendNext(turn);
  return turn.outcome;
}

function handle(turn: Turn, message: StationMessage): void {
  switch (message.type) {
    case 'call':
      return onCall(turn, message);
    case 'send':
      return onSend(turn, message);
    case 'decided':
      return onDecided(turn, message);
    case 'connected':
      return onConnected(turn, message.connection, message.resumed);
    case 'disconnected':
      return onDisconnected(turn, message.connection, message.code);
    case 'command':
      return onCommand(turn, message);
    case 'query':
      return onQuery(turn, message);
    case 'cancel':
      return onCancel(turn, message);
    case 'result':
      if (hear(turn, message.connection)) onResult(turn, message);
      return;
    case 'failure':
      if (hear(turn, message.connection)) onFailure(turn, message);
      return;
    case 'activated':
      awaitConnection(turn);
      return planForgetting(turn);
    case 'wake':
      return wake(turn);
  }
}

function wake(turn: Turn): void {
  expireAsks(turn);
  expireConnection(turn);
  expireCommands(turn);
  if (turn.state.jobs.length > 0) expireJobs(turn);
  forgetOutcomes(turn);
}

/** Earliest epoch milliseconds at which something runs out; null: nothing does. */
export function wakeAt(state: StationState): number | null {
  const { queue, asks, awaitedUntil, outcomesUntil, jobs } = state;
  let earliest = Math.min(answerDueAt(state), awaitedUntil ?? Infinity, outcomesUntil ?? Infinity);
  for (const { expiresAt } of queue) earliest = Math.min(earliest, expiresAt);
  for (const { deadline } of asks) earliest = Math.min(earliest, deadline);
  if (jobs.length > 0) earliest = Math.min(earliest, jobDeadline(state) ?? Infinity);
  return earliest === Infinity ? null : earliest;
}

/**
 * A connected station stays in memory: nobody would tell of its connection again. So does one that has to be woken: only a
 * new owner of its shard looks up whom to wake.
 */
export function mayPassivate(state: StationState): boolean {
  return state.connection === undefined && wakeAt(state) === null;
}

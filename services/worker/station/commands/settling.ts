import { isObject } from '../vocabulary/tokens.js';
import { beginJob } from '../jobs/mod.js';
import { forgetRemoteStart } from '../remote-starts.js';
import { settleTrigger } from '../triggers.js';
import type { Turn } from '../turn.js';
import type { OutstandingCommand } from './command.js';
import type { Answer } from './steps.js';

/** What a CALL's answer, or its absence, means beside the command's own outcome. */

export function settleCall(turn: Turn, command: OutstandingCommand, answer: Answer): void {
  const { commandId, begun, payload } = command;
  const { id, action } = begun.call;
  const result = answer.status === 'result' ? answer.payload : undefined;
  settleTrigger(turn, id, result);
  beginJob(turn, { commandId, action }, result);
  if (action === 'RemoteStartTransaction' && !isAccepted(result)) {
    forgetRemoteStart(turn, JSON.parse(payload), JSON.parse(begun.call.payload));
  }
}

/** It will not be answered. */
export function abandonCall(turn: Turn, { commandId, begun }: OutstandingCommand): void {
  beginJob(turn, { commandId, action: begun.call.action }, undefined);
}

const isAccepted = (result: unknown): boolean => isObject(result) && result.status === 'Accepted';

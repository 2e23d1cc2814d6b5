import { grpc, type CommandOutcome, type CommandSnapshot } from '../../../libs/api/mod.js';

const { CommandState, OutcomeStatus } = grpc;

const STATES: Readonly<Record<CommandSnapshot['state'], grpc.CommandState>> = {
  queued: CommandState.COMMAND_STATE_QUEUED,
  sent: CommandState.COMMAND_STATE_SENT,
  ended: CommandState.COMMAND_STATE_ENDED,
};

const STATUSES: Readonly<Record<CommandOutcome['status'], grpc.OutcomeStatus>> = {
  result: OutcomeStatus.OUTCOME_STATUS_RESULT,
  error: OutcomeStatus.OUTCOME_STATUS_ERROR,
  timeout: OutcomeStatus.OUTCOME_STATUS_TIMEOUT,
  offline: OutcomeStatus.OUTCOME_STATUS_OFFLINE,
  expired: OutcomeStatus.OUTCOME_STATUS_EXPIRED,
  superseded: OutcomeStatus.OUTCOME_STATUS_SUPERSEDED,
  refused: OutcomeStatus.OUTCOME_STATUS_REFUSED,
  cancelled: OutcomeStatus.OUTCOME_STATUS_CANCELLED,
};

/** An outcome as a gRPC message; a result whose payload is not kept has none. */
export function outcomeMessage(outcome: NonNullable<CommandSnapshot['outcome']>): grpc.Outcome {
  const message: grpc.Outcome = {
    status: STATUSES[outcome.status],
    payload: '',
    code: '',
    description: '',
    details: '',
  };
  if (outcome.status === 'result') {
    if ('payload' in outcome) message.payload = JSON.stringify(outcome.payload ?? {});
    return message;
  }
  message.description = outcome.description;
  if (outcome.status === 'error') {
    message.code = outcome.code;
    message.details = JSON.stringify(outcome.details ?? {});
  }
  return message;
}

/** What an actor says of a command, as a gRPC message. */
export function commandStatus(snapshot: CommandSnapshot): grpc.CommandStatus {
  const { commandId, action, state, outcome, takenAt, expiresAt, supersedeKey = '' } = snapshot;
  return {
    commandId,
    action,
    state: STATES[state],
    outcome: outcome === undefined ? undefined : outcomeMessage(outcome),
    takenAt: new Date(takenAt),
    expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
    supersedeKey,
  };
}

import { Status } from 'nice-grpc-common';
import type { RefusalReason } from '../commands.js';
import { OutcomeStatus, type Outcome } from '../grpc.js';

/**
 * `error`: the station answered with a CALLERROR. `refused`: nothing was sent, see `reason`. `unknown`: the gateway could
 * not tell how it ended; send it again with the same `commandId` to hear that. The others as in OutcomeStatus.
 */
export type CommandErrorStatus =
  'error' | 'refused' | 'timeout' | 'offline' | 'expired' | 'superseded' | 'cancelled' | 'unknown';

interface Facts {
  readonly status: CommandErrorStatus;
  readonly stationId: string;
  readonly commandId: string;
  readonly action: string;
  readonly description: string;
  readonly reason?: RefusalReason;
  readonly code?: string;
  readonly details?: unknown;
}

/** A command that did not end with the station's response. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly status: CommandErrorStatus;
  readonly stationId: string;
  readonly commandId: string;
  readonly action: string;
  /** With `refused`, where it was refused at once. */
  readonly reason: RefusalReason | undefined;
  /** With `error`: the OCPP error code. */
  readonly code: string | undefined;
  /** With `error`: the CALLERROR's details. */
  readonly details: unknown;

  constructor(facts: Facts, options?: ErrorOptions) {
    const { status, stationId, commandId, action, description, reason, code, details } = facts;
    const what = [status, reason ?? code].filter((word) => word !== undefined).join(', ');
    super(`${action} to ${stationId}: ${what}${description === '' ? '' : `: ${description}`}`, options);
    this.status = status;
    this.stationId = stationId;
    this.commandId = commandId;
    this.action = action;
    this.reason = reason;
    this.code = code;
    this.details = details;
  }
}

/** Whom a command is for, and which it is. */
export type Addressed = Pick<Facts, 'stationId' | 'commandId' | 'action'>;

const STATUSES: Readonly<Record<OutcomeStatus, CommandErrorStatus | undefined>> = {
  [OutcomeStatus.OUTCOME_STATUS_UNSPECIFIED]: undefined,
  [OutcomeStatus.OUTCOME_STATUS_RESULT]: undefined,
  [OutcomeStatus.OUTCOME_STATUS_ERROR]: 'error',
  [OutcomeStatus.OUTCOME_STATUS_TIMEOUT]: 'timeout',
  [OutcomeStatus.OUTCOME_STATUS_OFFLINE]: 'offline',
  [OutcomeStatus.OUTCOME_STATUS_EXPIRED]: 'expired',
  [OutcomeStatus.OUTCOME_STATUS_SUPERSEDED]: 'superseded',
  [OutcomeStatus.OUTCOME_STATUS_REFUSED]: 'refused',
  [OutcomeStatus.OUTCOME_STATUS_CANCELLED]: 'cancelled',
};

/** The station's response. @throws CommandError for every other outcome. */
export function responseIn(outcome: Outcome | undefined, command: Addressed): unknown {
  if (outcome?.status === OutcomeStatus.OUTCOME_STATUS_RESULT) return JSON.parse(outcome.payload);
  const status = outcome && STATUSES[outcome.status];
  if (outcome === undefined || status === undefined) {
    const description = `the gateway told an outcome that this client does not know: ${outcome?.status}`;
    throw new CommandError({ ...command, status: 'unknown', description });
  }
  const { description, code, details } = outcome;
  if (status !== 'error') throw new CommandError({ ...command, status, description });
  const parsed: unknown = details === '' ? {} : JSON.parse(details);
  throw new CommandError({ ...command, status, description, code, details: parsed });
}

/** Why a command is not taken, by the call's status. */
export const REASONS: ReadonlyMap<Status, RefusalReason> = new Map([
  [Status.INVALID_ARGUMENT, 'invalid'],
  [Status.FAILED_PRECONDITION, 'not_now'],
  [Status.RESOURCE_EXHAUSTED, 'busy'],
  [Status.ALREADY_EXISTS, 'id_taken'],
]);

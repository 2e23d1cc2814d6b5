import { ServerError, Status } from 'nice-grpc-common';
import type { RefusalReason } from '../../libs/api/mod.js';
import { BusError } from '../../libs/bus/mod.js';
import { DispatchError, type Refusal } from '../../libs/dispatch/mod.js';
import { EventLogError } from '../../libs/eventlog/mod.js';
import { StoreError } from '../../libs/store/mod.js';

const OF_REASON: Readonly<Record<RefusalReason, Status>> = {
  invalid: Status.INVALID_ARGUMENT,
  not_now: Status.FAILED_PRECONDITION,
  busy: Status.RESOURCE_EXHAUSTED,
  id_taken: Status.ALREADY_EXISTS,
  unserved: Status.UNAVAILABLE,
};

/** The status of what an owner refuses. */
export function refusalError({ reason, description }: Refusal): ServerError {
  return new ServerError(OF_REASON[reason], description);
}

/**
 * What a caller is told of an error that a method threw: servers that are away are UNAVAILABLE. Undefined for a bug of
 * ours, and for the abort of a call that its caller has left.
 */
export function statusOf(error: unknown): ServerError | undefined {
  if (error instanceof ServerError) return error;
  if (error instanceof DispatchError) return refusalError(error);
  if (isAway(error)) {
    return new ServerError(
      Status.UNAVAILABLE,
      'the gateway cannot reach its own servers at this moment: try again',
    );
  }
  return undefined;
}

function isAway(error: unknown): boolean {
  return (
    (error instanceof StoreError && error.code === 'unavailable') ||
    (error instanceof EventLogError && error.code === 'unavailable') ||
    (error instanceof BusError && error.code !== 'bad_subject' && error.code !== 'too_large')
  );
}

export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

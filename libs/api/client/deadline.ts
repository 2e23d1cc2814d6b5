import { deadlineMiddleware, type DeadlineOptions } from 'nice-grpc-client-middleware-deadline';
import { Metadata, type ClientMiddleware } from 'nice-grpc-common';

export type { DeadlineOptions };

/** Ends a call at its deadline. */
export const endAtDeadline = deadlineMiddleware;

/** Most digits of a `grpc-timeout`. */
const MOST = 99_999_999;

/** Tells the gateway how long the call waits, so that it answers in time; to be used after `endAtDeadline`, which keeps it to itself. */
export const tellDeadline: ClientMiddleware<object, DeadlineOptions> = (call, options) => {
  const { deadline } = options;
  if (deadline === undefined) return call.next(call.request, options);
  const ms = Math.max(1, Math.ceil(deadline instanceof Date ? deadline.getTime() - Date.now() : deadline));
  const timeout = ms <= MOST ? `${ms}m` : `${Math.min(Math.ceil(ms / 1000), MOST)}S`;
  const metadata = Metadata(options.metadata).set('grpc-timeout', timeout);
  return call.next(call.request, { ...options, metadata });
};

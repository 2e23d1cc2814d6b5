import { ClientError, Status } from 'nice-grpc-common';
import { CommandError, REASONS, type Addressed } from './command-error.js';
import type { DeadlineOptions } from './deadline.js';
import { Backoff, isTransient } from './transient.js';

/** What timers can measure. */
const MOST_MS = 2 ** 31 - 1;

/** Calls until the gateway has told something, for `withinMs` in all: under one id the command is sent once. */
export async function untilTold<T>(
  command: Addressed,
  withinMs: number,
  signal: AbortSignal,
  call: (options: DeadlineOptions & { signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const end = performance.now() + Math.min(withinMs, MOST_MS);
  const backoff = new Backoff();
  for (;;) {
    const left = Math.max(1, end - performance.now());
    try {
      return await call({ deadline: left, signal });
    } catch (error) {
      if (signal.aborted || !isTransient(error) || performance.now() >= end) throw told(command, error);
    }
    await backoff.wait(signal, Math.max(0, end - performance.now()));
  }
}

/** How it ended is not known, or not any more. */
const NOT_KNOWN: ReadonlySet<Status> = new Set([Status.DEADLINE_EXCEEDED, Status.DATA_LOSS]);

/** The error that the caller gets. */
function told(command: Addressed, error: unknown): unknown {
  if (!(error instanceof ClientError)) return error;
  const { code, details } = error;
  const reason = REASONS.get(code);
  if (reason !== undefined) {
    return new CommandError(
      { ...command, status: 'refused', reason, description: details },
      { cause: error },
    );
  }
  if (!NOT_KNOWN.has(code) && !isTransient(error)) return error;
  const description = `the gateway did not tell how it ended (${Status[code]}: ${details})`;
  return new CommandError({ ...command, status: 'unknown', description }, { cause: error });
}

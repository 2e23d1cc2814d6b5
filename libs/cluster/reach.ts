import { sleep, type Clock } from '../clock/mod.js';
import { StartError, type Logger } from '../ops/mod.js';
import { problemOf } from './problem.js';

/** A server that a process cannot start without. */
export interface ServerWait {
  /** Its kind, for the log: `Redis`. */
  readonly server: string;
  /** The flag that says where it is: `--redis-url`. */
  readonly flag: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly waitMs: number;
}

/** How long a server is waited for at the start, unless told. */
export const WAIT_MS = 30_000;
const PAUSE_MS = 500;
/** A line at the first attempt that fails, and one each time this has passed. */
const TELL_MS = 5000;

/**
 * What `attempt` gives, tried again for a while as long as the server is away: servers and services of a cluster start in any order.
 * An error that is not `isAway` is passed on at once.
 * @throws StartError when the server is still away at the end, with what went wrong last.
 */
export async function whenReached<T>(
  { server, flag, clock, logger, waitMs }: ServerWait,
  attempt: () => Promise<T>,
  isAway: (error: unknown) => boolean,
): Promise<T> {
  const start = clock.monotonic();
  let told = -Infinity;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isAway(error)) throw error;
      const problem = problemOf(error);
      const waited = clock.monotonic() - start;
      if (waited + PAUSE_MS > waitMs)
        throw new StartError(`${problem} (waited ${waitMs / 1000} s; see ${flag})`, { cause: error });
      if (waited - told >= TELL_MS) {
        told = waited;
        logger.warn({ server, problem }, 'waiting_for_server');
      }
    }
    await sleep(clock, PAUSE_MS);
  }
}

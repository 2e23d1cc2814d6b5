import { ServerError, Status } from 'nice-grpc-common';
import type { Clock } from '../../../libs/clock/mod.js';
import { EventLogError, type Cursor, type EventLog } from '../../../libs/eventlog/mod.js';

/** What one page takes of memory; a stream holds one page. */
export const PAGE = { limit: 500, bytes: 512 * 1024 } as const;

/**
 * Resolves with true when there is an entry after `after`, with false after `ms`.
 * @throws the signal's reason; EventLogError
 */
export async function comes(
  log: EventLog,
  after: Cursor,
  ms: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  signal.throwIfAborted();
  const enough = new AbortController();
  const abort = () => enough.abort(signal.reason);
  const timer = clock.setTimer(Math.max(ms, 0), () => enough.abort(TIME_IS_UP));
  signal.addEventListener('abort', abort, { once: true });
  try {
    await log.waitFor(after, enough.signal);
    return true;
  } catch (error) {
    if (error === TIME_IS_UP) return false;
    throw error;
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', abort);
  }
}

const TIME_IS_UP = new Error('time is up');

/**
 * Lets everybody else have a turn: some logs read a page without one, and reading page after page would hold up the process.
 */
export const breathe = (clock: Clock): Promise<void> => new Promise((resolve) => clock.soon(resolve));

/** An error of the log as the client is told it; others are told as they are. */
export function told(error: unknown): unknown {
  if (!(error instanceof EventLogError) || error.code !== 'damaged') return error;
  return new ServerError(Status.DATA_LOSS, `the event log: ${error.message}`);
}

/** True for an error that passes when the log's server is there again. */
export const isPassing = (error: unknown): boolean =>
  error instanceof EventLogError && error.code === 'unavailable';

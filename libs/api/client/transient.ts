import { setTimeout as delay } from 'node:timers/promises';
import { ClientError, Status } from 'nice-grpc-common';

const TRANSIENT: ReadonlySet<Status> = new Set([
  Status.UNAVAILABLE,
  Status.ABORTED,
  Status.CANCELLED,
  Status.INTERNAL,
  Status.UNKNOWN,
]);
const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/** What grpc-js says of a request with a value that its field cannot hold: it never left. */
const UNFIT = 'Request message serialization failure';

/** The connection broke or the gateway stopped: the same call may succeed later. */
export const isTransient = (error: unknown): error is ClientError =>
  error instanceof ClientError && TRANSIENT.has(error.code) && !error.details.startsWith(UNFIT);

/** Waits between attempts: twice as long after each failure in a row, up to 5 s, with jitter. */
export class Backoff {
  #failures = 0;

  succeeded(): void {
    this.#failures = 0;
  }

  /** Nothing has failed since the last success. */
  get fresh(): boolean {
    return this.#failures === 0;
  }

  /** Resolves when it is time for the next attempt, at once when aborted; and after `mostMs` at the latest. */
  async wait(signal: AbortSignal, mostMs = Infinity): Promise<void> {
    const longest = Math.min(FIRST_MS * 2 ** this.#failures, LONGEST_MS);
    this.#failures = Math.min(this.#failures + 1, 10);
    const ms = Math.min(longest * (0.5 + Math.random() / 2), mostMs);
    await delay(ms, undefined, { signal }).catch(() => undefined);
  }
}

import type { Random } from './random.js';

/** How long a station waits before it connects again (2.0.1 part 4, 5.3; used for 1.6 too, which leaves it open). */
export interface Backoff {
  /** RetryBackOffWaitMinimum. */
  readonly minimumMs: number;
  /** RetryBackOffRandomRange: up to so much is added, so that a network does not come back in one instant. */
  readonly randomRangeMs: number;
  /** RetryBackOffRepeatTimes: the wait doubles so many times, then stays. */
  readonly repeatTimes: number;
}

/** The wait before attempt `failures + 1`, in milliseconds. */
export function backoffDelay(backoff: Backoff, failures: number, random: Random): number {
  const doublings = Math.min(failures, backoff.repeatTimes);
  return backoff.minimumMs * 2 ** doublings + random.next() * backoff.randomRangeMs;
}

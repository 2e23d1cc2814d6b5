import type { Clock } from '../clock/mod.js';

/**
 * Wall-clock time that never goes back: when the wall clock is set back, it goes on with the monotonic clock. Deadlines that
 * are kept as epoch milliseconds are measured with it, so that a correction of the clock delays none of them.
 */
export class SteadyTime {
  #last = -Infinity;
  #monotonic = 0;

  constructor(private readonly clock: Clock) {}

  /** Epoch milliseconds, whole. */
  now(): number {
    const monotonic = this.clock.monotonic();
    this.#last = Math.max(this.clock.now(), this.#last + (monotonic - this.#monotonic));
    this.#monotonic = monotonic;
    return Math.floor(this.#last);
  }
}

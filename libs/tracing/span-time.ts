import type { Clock } from '../clock/mod.js';

/** The wall clock may differ by so much from where the monotonic one has got before it is believed again. */
const DRIFT_MS = 20;

/** Wall-clock time with parts of a millisecond, in which what follows another never comes before it unless the clock was set. */
export class SpanTime {
  #offset: number;

  constructor(private readonly clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.#offset = clock.now() - clock.monotonic();
  }

  /** Epoch milliseconds. */
  now(): number {
    const wall = this.clock.now();
    const monotonic = this.clock.monotonic();
    if (Math.abs(monotonic + this.#offset - wall) > DRIFT_MS) this.#offset = wall - monotonic;
    return monotonic + this.#offset;
  }
}

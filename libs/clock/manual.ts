import type { Clock, Timer } from './clock.js';

/** Rounds of `soon` callbacks that one `settle` may take before it is taken for an endless loop. */
const MAX_ROUNDS = 100_000;

interface ManualTimer {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock for tests: time stands still until `advance`. Wall clock and monotonic clock move together, until
 * `setNow` makes the wall clock jump.
 */
export class ManualClock implements Clock {
  #monotonic = 0;
  #wallOffset: number;
  #nextOrder = 0;
  /** Sorted by due time, then by order of insertion. */
  readonly #timers: ManualTimer[] = [];
  #soon: (() => void)[] = [];
  #busy = false;

  /** @param now epoch milliseconds at which the clock starts. */
  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#wallOffset = now;
  }

  now(): number {
    return this.#wallOffset + this.#monotonic;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const due = this.#monotonic + Math.max(delayMs, 0);
    const timer: ManualTimer = { due, order: this.#nextOrder++, callback };
    this.#timers.splice(this.#placeOf(timer), 0, timer);
    return { cancel: () => this.#remove(timer) };
  }

  soon(callback: () => void): void {
    this.#soon.push(callback);
  }

  /** Number of timers that are set. */
  get timers(): number {
    return this.#timers.length;
  }

  /** Sets the wall clock, as an operator or NTP does; timers and the monotonic clock do not notice. */
  setNow(now: number): void {
    this.#wallOffset = now - this.#monotonic;
  }

  /**
   * Moves time on by `ms` and runs the timers that come due, each at its own time: in the order of their due times, then
   * of their setting. Before each and at the end everything that is ready runs, as in `settle`. A callback that throws
   * rejects the promise; time then stands where it threw.
   */
  async advance(ms: number): Promise<void> {
    const target = this.#monotonic + ms;
    await this.#exclusively(async () => {
      await this.#drain();
      for (;;) {
        const next = this.#timers[0];
        if (next === undefined || next.due > target) break;
        this.#timers.shift();
        this.#monotonic = Math.max(this.#monotonic, next.due);
        next.callback();
        await this.#drain();
      }
      this.#monotonic = target;
    });
  }

  /** Runs promise callbacks and `soon` callbacks until none is left; no time passes. */
  async settle(): Promise<void> {
    await this.#exclusively(() => this.#drain());
  }

  async #exclusively(work: () => Promise<void>): Promise<void> {
    if (this.#busy) throw new Error('advance or settle is running already: await it first');
    this.#busy = true;
    try {
      await work();
    } finally {
      this.#busy = false;
    }
  }

  async #drain(): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      await microtasks();
      if (this.#soon.length === 0) return;
      const callbacks = this.#soon;
      this.#soon = [];
      for (const callback of callbacks) callback();
    }
    throw new Error(`soon callbacks set each other for more than ${MAX_ROUNDS} rounds`);
  }

  #placeOf(timer: ManualTimer): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#timers[middle];
      if (other !== undefined && precedes(other, timer)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #remove(timer: ManualTimer): void {
    const place = this.#placeOf(timer);
    if (this.#timers[place] === timer) this.#timers.splice(place, 1);
  }
}

function precedes(a: ManualTimer, b: ManualTimer): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}

/** The event loop comes to an immediate only when no promise callback is ready. */
function microtasks(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

import type { Clock, Timer } from './clock.js';

/** Longest delay that `setTimeout` takes; it runs longer ones at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** The machine's clock and Node's timers. Timers keep the process alive until they ran or were cancelled. */
export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    setTimer: (delayMs, callback) => new SystemTimer(performance.now() + delayMs, callback),
    soon: (callback) => {
      setImmediate(callback);
    },
  };
}

class SystemTimer implements Timer {
  readonly #due: number;
  readonly #callback: () => void;
  #timeout: NodeJS.Timeout;

  constructor(due: number, callback: () => void) {
    this.#due = due;
    this.#callback = callback;
    this.#timeout = this.#start();
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }

  #start(): NodeJS.Timeout {
    const delay = Math.ceil(this.#due - performance.now());
    return setTimeout(() => this.#fire(), Math.min(Math.max(delay, 0), LONGEST_MS));
  }

  /** Node counts in whole milliseconds and may fire up to one too early. */
  #fire(): void {
    if (performance.now() >= this.#due) this.#callback();
    else this.#timeout = this.#start();
  }
}

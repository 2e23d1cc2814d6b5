import type { Clock, Timer } from '../clock/mod.js';

/** The pending timers of something that can be switched off. */
export class Timers {
  readonly #clock: Clock;
  readonly #pending = new Set<Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `callback` once, `ms` from now, unless it is cancelled or everything is switched off before. */
  after(ms: number, callback: () => void): Timer {
    const inner = this.#clock.setTimer(ms, () => {
      this.#pending.delete(timer);
      callback();
    });
    const timer: Timer = {
      cancel: () => {
        this.#pending.delete(timer);
        inner.cancel();
      },
    };
    this.#pending.add(timer);
    return timer;
  }

  cancelAll(): void {
    for (const timer of [...this.#pending]) timer.cancel();
  }
}

import type { Clock, ManualClock, Timer } from '../clock/mod.js';

/**
 * The clock of one process in a world of several. Its monotonic clock may run faster or slower than the world's. While the
 * process is frozen its clock goes on and nothing of it runs; thawed, it goes on with what has come due and what has
 * arrived meanwhile, in an order that `pickTimer` chooses: timers and arrivals each keep their own.
 */
export class FrozenClock implements Clock {
  #frozen = false;
  #running = false;
  readonly #timers: (() => void)[] = [];
  readonly #arrivals: (() => void)[] = [];

  constructor(
    private readonly world: ManualClock,
    private readonly rate = 1,
    private readonly pickTimer: () => boolean = () => true,
  ) {}

  now(): number {
    return Math.floor(this.world.now());
  }

  monotonic(): number {
    return this.world.monotonic() * this.rate;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    let cancelled = false;
    const timer = this.world.setTimer(delayMs / this.rate, () =>
      this.#enter(this.#timers, () => {
        if (!cancelled) callback();
      }),
    );
    return {
      cancel: () => {
        cancelled = true;
        timer.cancel();
      },
    };
  }

  soon(callback: () => void): void {
    this.world.soon(() => this.#enter(this.#timers, callback));
  }

  /** Something arrives at the process from outside. */
  arrive(callback: () => void): void {
    this.#enter(this.#arrivals, callback);
  }

  /** The answer to a call, as the process gets it. */
  answer<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => this.arrive(() => resolve(value)),
        (error: unknown) => this.arrive(() => reject(error as Error)),
      );
    });
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  freeze(): void {
    this.#frozen = true;
  }

  thaw(): void {
    this.#frozen = false;
    this.#next();
  }

  #enter(queue: (() => void)[], callback: () => void): void {
    if (!this.#frozen && !this.#running) return callback();
    queue.push(callback);
  }

  /** One in each turn, so that what it resolves runs before the next. */
  #next(): void {
    const waiting = this.#timers.length + this.#arrivals.length;
    this.#running = waiting > 0;
    if (this.#frozen || waiting === 0) return;
    const fromTimers = this.#arrivals.length === 0 || (this.#timers.length > 0 && this.pickTimer());
    const callback = (fromTimers ? this.#timers : this.#arrivals).shift();
    this.world.soon(() => {
      if (this.#frozen) (fromTimers ? this.#timers : this.#arrivals).unshift(callback ?? (() => undefined));
      else callback?.();
      this.#next();
    });
  }
}

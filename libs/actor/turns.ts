import type { Clock, Timer } from '../clock/mod.js';

/**
 * Calls `turn` every `everyMs`, and earlier where something that could not be done is to be tried again: those are named by
 * a number each.
 */
export class Turns {
  /** Monotonic time of the next attempt. */
  readonly #tryAt = new Map<number, number>();
  #timer: Timer | undefined;
  #timerAt = Infinity;
  #stopped = false;

  constructor(
    private readonly clock: Clock,
    private readonly everyMs: number,
    private readonly turn: () => void,
  ) {}

  start(): void {
    const now = this.clock.monotonic();
    let at = now + this.everyMs;
    // What is due and was not tried at this turn is under way.
    for (const tryAt of this.#tryAt.values()) if (tryAt > now) at = Math.min(at, tryAt);
    this.#arm(at);
  }

  /** For good. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** True when `what` may be tried now. */
  isDue(what: number): boolean {
    const at = this.#tryAt.get(what);
    return at === undefined || this.clock.monotonic() >= at;
  }

  tryIn(what: number, delayMs: number): void {
    const at = this.clock.monotonic() + delayMs;
    this.#tryAt.set(what, at);
    if (at < this.#timerAt) this.#arm(at);
  }

  /** `what` may be tried at once. */
  forget(what: number): void {
    this.#tryAt.delete(what);
  }

  #arm(at: number): void {
    if (this.#stopped) return;
    this.#timer?.cancel();
    this.#timerAt = at;
    this.#timer = this.clock.setTimer(Math.max(at - this.clock.monotonic(), 0), () => {
      this.turn();
      this.start();
    });
  }
}

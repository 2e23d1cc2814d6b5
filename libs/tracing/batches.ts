import { within, type Clock, type Timer } from '../clock/mod.js';

export interface BatchesOptions<T> {
  readonly clock: Clock;
  /** Delivers some, in time; one call at a time. */
  send(items: readonly T[]): Promise<void>;
  sent(items: number): void;
  /** They are given up. */
  failed(items: number, error: unknown): void;
  /** There was no room for them, or no time at the end. */
  dropped(items: number): void;
}

/** Items that wait; further ones are dropped. */
export const MOST_WAITING = 4096;
/** Items that go together: few enough that writing them down holds nobody up. */
export const BATCH = 256;
/** An item goes at the latest after this, unless those before it are still on their way. */
export const DELAY_MS = 1_000;

/** Delivers what it is given in batches, and costs whoever gives it no more than a place in a list. */
export class Batches<T> {
  #waiting: T[] = [];
  #sending: Promise<void> | undefined;
  #timer: Timer | undefined;
  #closed = false;

  constructor(private readonly options: BatchesOptions<T>) {}

  get waiting(): number {
    return this.#waiting.length;
  }

  add(item: T): void {
    if (this.#closed || this.#waiting.length >= MOST_WAITING) return this.options.dropped(1);
    this.#waiting.push(item);
    if (this.#sending !== undefined) return;
    if (this.#waiting.length >= BATCH) this.#send();
    else this.#arm();
  }

  /** Takes no more; what waits is delivered, or dropped after `withinMs`. */
  async close(withinMs: number): Promise<void> {
    this.#closed = true;
    await within(this.options.clock, withinMs, this.#sendAll());
    const left = this.#waiting.length;
    this.#waiting = [];
    if (left > 0) this.options.dropped(left);
  }

  async #sendAll(): Promise<void> {
    await this.#sending;
    while (this.#waiting.length > 0) {
      this.#send();
      await this.#sending;
    }
  }

  #arm(): void {
    this.#timer ??= this.options.clock.setTimer(DELAY_MS, () => this.#send());
  }

  #send(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#sending = this.#deliver(this.#waiting.splice(0, BATCH)).then(() => {
      this.#sending = undefined;
      if (this.#closed || this.#waiting.length === 0) return;
      if (this.#waiting.length >= BATCH) this.#send();
      else this.#arm();
    });
  }

  async #deliver(items: readonly T[]): Promise<void> {
    try {
      await this.options.send(items);
      this.options.sent(items.length);
    } catch (error) {
      this.options.failed(items.length, error);
    }
  }
}

/** Debt beyond what so many seconds pay is forgiven: whoever waits for it must be heard of again. */
const LONGEST_DEBT_S = 5;

/**
 * A rate limit that may be overdrawn: what has arrived is taken, and the debt is paid by waiting. Times are
 * milliseconds of one monotonic clock.
 */
export class TokenBucket {
  #tokens: number;
  #at: number;

  /** @param rate tokens a second, above 0. @param burst most tokens that gather. */
  constructor(
    private readonly rate: number,
    private readonly burst: number,
    now: number,
  ) {
    this.#tokens = burst;
    this.#at = now;
  }

  /** Takes `count`, also when they are not there. False: the bucket is overdrawn now. */
  take(now: number, count = 1): boolean {
    this.#refill(now);
    this.#tokens = Math.max(this.#tokens - count, -this.rate * LONGEST_DEBT_S);
    return this.#tokens >= 0;
  }

  /** Takes one only if there is one, beside `reserve` that stay. */
  tryTake(now: number, reserve = 0): boolean {
    this.#refill(now);
    if (this.#tokens < 1 + reserve) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Tokens that can be taken without a debt. */
  left(now: number): number {
    this.#refill(now);
    return Math.max(0, this.#tokens);
  }

  /** True when one can be taken without a debt. */
  hasOne(now: number): boolean {
    this.#refill(now);
    return this.#tokens >= 1;
  }

  /** Tokens that were taken and not there. */
  get debt(): number {
    return Math.max(0, -this.#tokens);
  }

  #refill(now: number): void {
    this.#tokens = Math.min(this.burst, this.#tokens + ((now - this.#at) * this.rate) / 1000);
    this.#at = now;
  }
}

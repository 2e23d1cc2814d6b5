/** Doubling delays between `firstMs` and `lastMs`; `reset` after a success. */
export class Backoff {
  #delayMs: number;

  constructor(
    private readonly firstMs: number,
    private readonly lastMs: number,
  ) {
    this.#delayMs = firstMs;
  }

  next(): number {
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(delayMs * 2, this.lastMs);
    return delayMs;
  }

  reset(): void {
    this.#delayMs = this.firstMs;
  }
}

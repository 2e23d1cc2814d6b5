/** Ratio of neighbouring buckets: percentiles are exact within 3 %. */
const STEP = Math.log(1.03);
const SMALLEST_MS = 0.01;

/** Counts durations in buckets of equal ratio, so that millions cost no more memory than a few. */
export class Percentiles {
  readonly #counts: number[] = [];
  #total = 0;

  add(ms: number): void {
    const bucket = Math.max(Math.round(Math.log(Math.max(ms, SMALLEST_MS) / SMALLEST_MS) / STEP), 0);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#total++;
  }

  get total(): number {
    return this.#total;
  }

  /** The duration below which `share` (0 to 1) of all lie, in milliseconds; 0 when there are none. */
  at(share: number): number {
    const wanted = Math.ceil(this.#total * share);
    let seen = 0;
    for (let bucket = 0; bucket < this.#counts.length; bucket++) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= wanted && seen > 0) return SMALLEST_MS * Math.exp(bucket * STEP);
    }
    return 0;
  }
}

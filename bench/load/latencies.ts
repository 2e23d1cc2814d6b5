import { quantile } from '../harness/statistics.js';

/** The latencies of a run, in milliseconds. */
export class Latencies {
  readonly #all: Float64Array;
  answered = 0;

  constructor(readonly roundTrips: number) {
    this.#all = new Float64Array(roundTrips);
  }

  add(latencyMs: number): void {
    this.#all[this.answered++] = latencyMs;
  }

  get isComplete(): boolean {
    return this.answered === this.roundTrips;
  }

  quantiles(): { readonly p50Ms: number; readonly p99Ms: number } {
    this.#all.sort();
    return { p50Ms: quantile(this.#all, 0.5), p99Ms: quantile(this.#all, 0.99) };
  }
}

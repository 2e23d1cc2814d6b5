import { quantile } from '../harness/statistics.js';

export interface Quantiles {
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

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

  /** Of all that were added. */
  quantiles(): Quantiles {
    this.#all.sort();
    const at = (share: number): number => quantile(this.#all, share);
    return { p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), p999Ms: at(0.999), maxMs: at(1) };
  }
}

const BUCKET_MS = 100;
/** Buckets that are looked at together. */
const WINDOW = 10;

/** How many CALLs were answered, and when. Times are performance.now(). */
export class Rate {
  readonly #buckets = new Map<number, number>();

  count(at: number): void {
    const bucket = Math.floor(at / BUCKET_MS);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
  }

  /** Answers a second between two moments, to a tenth of a second. */
  between(from: number, to: number): number {
    const [first, end] = [Math.floor(from / BUCKET_MS), Math.floor(to / BUCKET_MS)];
    let sum = 0;
    for (let bucket = first; bucket < end; bucket++) sum += this.#buckets.get(bucket) ?? 0;
    return end <= first ? 0 : (sum / (end - first)) * (1000 / BUCKET_MS);
  }

  /**
   * When the rate was back at `wanted` a second and stayed there until `to`, measured over whole seconds after `from`; undefined
   * when it is not back. A second that never fell below counts from `from`.
   */
  backAt(wanted: number, from: number, to: number): number | undefined {
    const last = Math.floor(to / BUCKET_MS);
    for (let end = last; end >= Math.ceil(from / BUCKET_MS) + WINDOW; end--) {
      if (this.between((end - WINDOW) * BUCKET_MS, end * BUCKET_MS) >= wanted) continue;
      return end === last ? undefined : (end + 1) * BUCKET_MS;
    }
    return last * BUCKET_MS < from + WINDOW * BUCKET_MS ? undefined : from;
  }

  /** Drops what was counted before. */
  forget(before: number): void {
    for (const bucket of this.#buckets.keys())
      if ((bucket + 1) * BUCKET_MS <= before) this.#buckets.delete(bucket);
  }
}

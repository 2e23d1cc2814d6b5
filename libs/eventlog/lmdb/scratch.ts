/** What is kept for the next transaction; larger buffers are not. */
const KEPT = 1024 * 1024;

/**
 * Buffers for the chunks of one transaction at a time, used again for the next: at a high rate, buffers that live for one
 * transaction each make the garbage collector mark the whole heap several times a second.
 */
export class Scratch {
  readonly #buffer = Buffer.allocUnsafeSlow(KEPT);
  #used = 0;

  /** The last transaction is over: its buffers may be overwritten. */
  reuse(): void {
    this.#used = 0;
  }

  take(size: number): Buffer {
    if (size > KEPT - this.#used) return Buffer.allocUnsafeSlow(size);
    const start = this.#used;
    this.#used += size;
    return this.#buffer.subarray(start, this.#used);
  }
}

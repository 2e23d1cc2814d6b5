/** Lets each hash through once in a period, which is between `periodMs` and twice that. Keeps those of two periods. */
export class OnceInAWhile {
  #now = new Set<number>();
  #before = new Set<number>();
  #since = -Infinity;

  constructor(private readonly periodMs: number) {}

  may(hash: number, now: number): boolean {
    if (now - this.#since >= this.periodMs) {
      this.#before = now - this.#since < 2 * this.periodMs ? this.#now : new Set();
      this.#now = new Set();
      this.#since = now;
    }
    return !this.#now.has(hash) && !this.#before.has(hash);
  }

  /** It has been let through now. */
  note(hash: number): void {
    this.#now.add(hash);
  }
}

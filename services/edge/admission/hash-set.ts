/** A set of 32-bit hashes that is filled once. Open addressing, at most half full: 8 to 16 bytes for each, some nanoseconds a look. */
export class HashSet {
  /** 0: free. Whether the hash 0 is in the set stands beside it. */
  readonly #slots: Uint32Array;
  readonly #mask: number;
  #hasZero = false;
  #size = 0;

  /** @param most hashes that are taken, the first ones. */
  constructor(parts: readonly Uint32Array[], most: number) {
    const given = parts.reduce((sum, { length }) => sum + length, 0);
    const slots = 2 ** Math.ceil(Math.log2(2 * Math.max(1, Math.min(given, most))));
    this.#slots = new Uint32Array(slots);
    this.#mask = slots - 1;
    for (const part of parts) {
      for (let at = 0; at < part.length && this.#size < most; at++) this.#add(part[at] ?? 0);
    }
  }

  /** Different hashes. */
  get size(): number {
    return this.#size;
  }

  has(hash: number): boolean {
    return hash === 0 ? this.#hasZero : this.#slots[this.#placeOf(hash)] === hash;
  }

  #add(hash: number): void {
    if (this.has(hash)) return;
    this.#size++;
    if (hash === 0) this.#hasZero = true;
    else this.#slots[this.#placeOf(hash)] = hash;
  }

  /** Where it stands, or the free slot where it would. */
  #placeOf(hash: number): number {
    let at = hash & this.#mask;
    for (let there = this.#slots[at]; there !== 0 && there !== hash; there = this.#slots[at]) {
      at = (at + 1) & this.#mask;
    }
    return at;
  }
}

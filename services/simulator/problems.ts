/** One kind of thing that went wrong, how often, and the first case. */
export interface Problem {
  readonly kind: string;
  readonly count: number;
  readonly first: string;
}

/** Kinds that are told apart; more are counted as one. */
const MAX_KINDS = 50;

/** What went wrong, grouped by kind. */
export class Problems {
  readonly #byKind = new Map<string, { count: number; first: string }>();

  add(kind: string, detail: string): void {
    const known = this.#byKind.get(kind) ?? this.#open(kind, detail);
    known.count++;
  }

  /** The most frequent kind first. */
  list(): Problem[] {
    return [...this.#byKind]
      .map(([kind, { count, first }]) => ({ kind, count, first }))
      .sort((a, b) => b.count - a.count);
  }

  #open(kind: string, first: string): { count: number; first: string } {
    const name = this.#byKind.size < MAX_KINDS ? kind : 'others';
    const entry = this.#byKind.get(name) ?? { count: 0, first };
    this.#byKind.set(name, entry);
    return entry;
  }
}

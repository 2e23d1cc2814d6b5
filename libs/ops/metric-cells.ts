/** Cells of one metric; past it, all further label values share one cell labelled `other`. */
export const MAX_CELLS = 1000;

/** The cells of one metric by their label values. */
export class Cells<C> {
  readonly #byKey = new Map<string, { readonly labels: Record<string, string>; readonly cell: C }>();
  readonly #names: readonly string[];
  readonly #create: () => C;

  constructor(names: readonly string[], create: () => C) {
    this.#names = names;
    this.#create = create;
    if (names.length === 0) this.get([]);
  }

  get(values: readonly string[]): C {
    if (values.length !== this.#names.length) {
      throw new Error(`labels are (${this.#names.join(', ')}), got ${values.length} values`);
    }
    const key = values.join('\0');
    const known = this.#byKey.get(key);
    if (known !== undefined) return known.cell;
    if (this.#byKey.size >= MAX_CELLS && values.some((value) => value !== 'other')) {
      return this.get(values.map(() => 'other'));
    }
    const labels = Object.fromEntries(this.#names.map((name, at) => [name, values[at] ?? '']));
    const cell = this.#create();
    this.#byKey.set(key, { labels, cell });
    return cell;
  }

  all(): Iterable<{ readonly labels: Record<string, string>; readonly cell: C }> {
    return this.#byKey.values();
  }
}

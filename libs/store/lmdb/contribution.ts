import type { Writer } from './file.js';

export interface ContributionHooks<Part> {
  begin(): Part;
  /** Called when every change of the transaction is applied: writes what the part has collected. */
  seal(part: Part, writer: Writer): void;
  /** Called when the transaction is durable. Not called when it failed: then the part is dropped. */
  committed(part: Part): void;
}

/** What many changes of one transaction collect in one place, to be written as one record. */
export class Contribution<Part> {
  readonly #hooks: ContributionHooks<Part>;
  #current: { readonly writer: Writer; readonly part: Part } | undefined;

  constructor(hooks: ContributionHooks<Part>) {
    this.#hooks = hooks;
  }

  /** The part of the transaction of `writer`. Another writer's part that was not committed until now never will be. */
  in(writer: Writer): Part {
    if (this.#current?.writer !== writer) {
      const part = this.#hooks.begin();
      this.#current = { writer, part };
      writer.atEnd(() => this.#hooks.seal(part, writer));
    }
    return this.#current.part;
  }

  /** The `committed` of every change that contributes; the first call of each transaction counts. */
  readonly committed = (): void => {
    const part = this.#current?.part;
    this.#current = undefined;
    if (part !== undefined) this.#hooks.committed(part);
  };
}

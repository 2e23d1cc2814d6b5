import type { Bus } from '../../libs/bus/mod.js';

/** Flushes of many in a row, together: who asks while one is under way shares the next one. */
export class SharedFlush {
  #current: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(private readonly bus: Bus) {}

  /** Resolves when everything published or subscribed before the call has reached the server. Rejects as `Bus.flush`. */
  flush(): Promise<void> {
    if (this.#current === undefined) return this.#start();
    const start = () => this.#start();
    this.#next ??= this.#current.then(start, start);
    return this.#next;
  }

  #start(): Promise<void> {
    this.#next = undefined;
    const current = this.bus.flush().finally(() => {
      if (this.#current === current) this.#current = undefined;
    });
    this.#current = current;
    return current;
  }
}

import { unavailable } from './failure.js';
import { Queue } from './queue.js';

/** Lets so many tasks run at the same time; the others wait for their turn, up to a limit. */
export class Gate {
  readonly #waiting = new Queue<() => void>();
  #running = 0;

  constructor(
    private readonly limit: number,
    private readonly maxWaiting: number,
  ) {}

  /** @throws EventLogError `unavailable` when too many wait. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.limit) await this.#turn();
    else this.#running++;
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.size >= this.maxWaiting) {
      throw unavailable(`${this.maxWaiting} readers wait already: try again later`);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

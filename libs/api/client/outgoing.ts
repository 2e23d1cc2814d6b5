/** Messages for a stream of requests. Whoever pushes bounds how many wait. Iterated once. */
export class Outgoing<T> implements AsyncIterable<T> {
  readonly #waiting: T[] = [];
  #wake: (() => void) | undefined;
  #ended = false;

  push(message: T): void {
    if (this.#ended) return;
    this.#waiting.push(message);
    this.#wake?.();
  }

  /** What was pushed before is still sent. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const message = this.#waiting.shift();
      if (message !== undefined) yield message;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

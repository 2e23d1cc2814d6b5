import type { Socket } from 'node:net';

const MAX_HELD_BYTES = 64 * 1024 * 1024;

interface Piece {
  /** Undefined: the end. */
  readonly data: Buffer | undefined;
  /** Not before this time, in milliseconds of `performance.now`. */
  readonly due: number;
}

/** One direction of a proxied connection: what `source` sends goes to `sink`, in order, its end last. */
export class Flow {
  readonly #pieces: Piece[] = [];
  #bytes = 0;
  #stalled = false;
  #ended = false;
  #blocked = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly source: Socket,
    private readonly sink: Socket,
    private readonly delayMs: () => number,
  ) {
    source.on('data', (data: Buffer) => this.#add(data));
    source.on('end', () => this.#end());
    source.on('error', () => undefined);
    source.on('close', () => this.#end());
    sink.on('drain', () => {
      this.#blocked = false;
      this.#deliver();
    });
    sink.on('close', () => {
      clearTimeout(this.#timer);
      this.#pieces.length = 0;
      this.#bytes = 0;
      source.resume();
    });
  }

  /** Bytes that wait here. */
  get held(): number {
    return this.#bytes;
  }

  stall(): void {
    this.#stalled = true;
  }

  pass(): void {
    this.#stalled = false;
    this.#deliver();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#add(undefined);
  }

  #add(data: Buffer | undefined): void {
    if (this.sink.destroyed) return;
    this.#pieces.push({ data, due: performance.now() + this.delayMs() });
    this.#bytes += data?.length ?? 0;
    if (this.#bytes > MAX_HELD_BYTES) this.source.pause();
    this.#deliver();
  }

  #deliver(): void {
    clearTimeout(this.#timer);
    for (let piece = this.#pieces[0]; piece !== undefined; piece = this.#pieces[0]) {
      if (this.#stalled || this.#blocked) return;
      const waitMs = piece.due - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#deliver(), waitMs);
        return;
      }
      this.#pieces.shift();
      this.#hand(piece.data);
    }
  }

  #hand(data: Buffer | undefined): void {
    if (data === undefined) {
      this.sink.end();
      return;
    }
    this.#bytes -= data.length;
    if (this.#bytes <= MAX_HELD_BYTES && this.source.isPaused()) this.source.resume();
    this.#blocked = !this.sink.write(data);
  }
}

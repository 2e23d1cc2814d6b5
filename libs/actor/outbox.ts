import type { Clock } from '../clock/mod.js';
import { Backoff } from './backoff.js';
import type { Cell } from './cell.js';
import type { Pending, Performer } from './performer.js';

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;

export interface OutboxOptions<State, Message, Effect> {
  readonly clock: Clock;
  readonly performer: Performer<Effect>;
  /** Effects of `cell` were performed and have left its outbox. */
  settled(cell: Cell<State, Message, Effect>): void;
  /** Performing failed and is tried again in `delayMs`. */
  failed(error: unknown, delayMs: number): void;
}

/**
 * Performs the durable effects of all actors of a host: those of one turn of the event loop together, one group at a
 * time, each actor's in order, again and again until the performer says that they are done.
 */
export class Outbox<State, Message, Effect> {
  readonly #ready = new Set<Cell<State, Message, Effect>>();
  #scheduled = false;
  #busy = false;
  readonly #backoff = new Backoff(FIRST_RETRY_MS, LAST_RETRY_MS);

  constructor(private readonly options: OutboxOptions<State, Message, Effect>) {}

  /** `cell.outbox` has effects to perform. */
  add(cell: Cell<State, Message, Effect>): void {
    this.#ready.add(cell);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#busy || this.#ready.size === 0) return;
    this.#scheduled = true;
    this.options.clock.soon(() => {
      this.#scheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const cells = [...this.#ready].filter((cell) => !cell.gone);
    this.#ready.clear();
    const entries: Pending<Effect>[] = [];
    for (const cell of cells) {
      cell.settling = cell.outbox.length;
      for (const effect of cell.outbox) entries.push({ key: cell.key, effect });
    }
    if (entries.length === 0) return;
    this.#busy = true;
    let delayMs = 0;
    try {
      const done = await this.options.performer.settle(entries);
      if (done.every(Boolean)) this.#backoff.reset();
      else delayMs = this.#backoff.next();
      this.#remove(cells, done);
    } catch (error) {
      delayMs = this.#backoff.next();
      this.options.failed(error, delayMs);
      for (const cell of cells) this.#ready.add(cell);
    }
    this.#goOn(delayMs);
  }

  #remove(cells: readonly Cell<State, Message, Effect>[], done: readonly boolean[]): void {
    let at = 0;
    for (const cell of cells) {
      const first = at;
      at += cell.settling;
      cell.outbox = cell.outbox.filter((_, place) => done[first + place] !== true || place >= at - first);
      cell.settling = 0;
      if (cell.outbox.length > 0) this.#ready.add(cell);
      cell.recordIsStale = true;
      if (!cell.gone) this.options.settled(cell);
    }
  }

  #goOn(delayMs: number): void {
    const next = () => {
      this.#busy = false;
      this.#schedule();
    };
    if (delayMs === 0) next();
    else this.options.clock.setTimer(delayMs, next);
  }
}

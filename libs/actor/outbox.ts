import type { Clock } from '../clock/mod.js';
import { Backoff } from './backoff.js';
import type { Cell, Shard } from './cell.js';
import type { Pending, Performer } from './performer.js';

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;
/** Effects in one group: after an outage thousands of actors have some. */
const MOST_IN_GROUP = 4_096;

export interface OutboxOptions<State, Message, Effect> {
  readonly clock: Clock;
  readonly performer: Performer<Effect>;
  /** Effects of `cell` were performed and have left its outbox. */
  settled(cell: Cell<State, Message, Effect>): void;
  /** The shard's lease has lapsed: nothing was performed. */
  lapsed(shard: Shard<State, Message, Effect>): void;
  /** Performing failed and is tried again in `delayMs`. */
  failed(error: unknown, delayMs: number): void;
}

/**
 * Performs the durable effects of all actors of a host: those of one turn of the event loop together, one group at a
 * time, each actor's in order, again and again until the performer says that they are done. What was begun when a lease
 * lapsed may go on beside the next owner's: both perform what is in the record, and performing is idempotent.
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
    const cells = this.#takeReady();
    const entries: Pending<Effect>[] = [];
    for (const cell of cells) {
      const { key, outbox, tried } = cell;
      cell.settling = outbox.length;
      for (let at = 0; at < outbox.length; at++)
        entries.push({ key, effect: outbox[at] as Effect, again: at < tried });
      cell.tried = outbox.length;
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

  #takeReady(): Cell<State, Message, Effect>[] {
    const cells: Cell<State, Message, Effect>[] = [];
    const now = this.options.clock.monotonic();
    let effects = 0;
    for (const cell of this.#ready) {
      if (effects >= MOST_IN_GROUP) break;
      this.#ready.delete(cell);
      if (cell.gone) continue;
      if (cell.shard.hasLapsed(now)) {
        this.options.lapsed(cell.shard);
        continue;
      }
      cells.push(cell);
      effects += cell.outbox.length;
    }
    return cells;
  }

  #remove(cells: readonly Cell<State, Message, Effect>[], done: readonly boolean[]): void {
    let at = 0;
    for (const cell of cells) {
      const first = at;
      at += cell.settling;
      const before = cell.outbox.length;
      cell.outbox = cell.outbox.filter((_, place) => done[first + place] !== true || place >= at - first);
      cell.tried = cell.settling - (before - cell.outbox.length);
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

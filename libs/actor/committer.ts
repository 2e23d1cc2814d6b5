import type { Clock } from '../clock/mod.js';
import type { EventEntry } from '../eventlog/mod.js';
import type { ShardBatch, States, Write } from '../store/mod.js';
import { Backoff } from './backoff.js';
import type { Behaviour } from './behaviour.js';
import type { Cell, Shard } from './cell.js';
import type { Performer } from './performer.js';

const FIRST_RETRY_MS = 50;
/** Everything waits for the store. */
const LAST_RETRY_MS = 500;
/** Only some shards wait. */
const LAST_UNKNOWN_RETRY_MS = 2_000;

export interface CommitterOptions<State, Message, Effect> {
  readonly behaviour: Behaviour<State, Message, Effect>;
  readonly performer: Performer<Effect>;
  readonly states: States;
  readonly clock: Clock;
  /** The decision of `cell` is durable. */
  committed(cell: Cell<State, Message, Effect>): void;
  /** The store has seen a newer epoch of the shard: this host does not own it any more. */
  fenced(shard: Shard<State, Message, Effect>): void;
  /** The shard's lease has lapsed: its decisions may be durable, but nothing more may be done in its name here. */
  lapsed(shard: Shard<State, Message, Effect>): void;
  /** A commit failed and is tried again in `delayMs`. */
  failed(error: unknown, delayMs: number): void;
  /** A commit of `writes` records took `ms`. */
  measured(writes: number, ms: number): void;
}

/**
 * Group commit. Decisions made in one turn of the event loop, or while the last commit was under way, become durable
 * together in one call of the store, a batch for each shard. When the store fails, the same decisions are written again
 * until it answers: an actor whose decision is not known to be durable goes no further.
 */
export class Committer<State, Message, Effect> {
  /** Those with `uncommitted` actors. */
  #shards: Shard<State, Message, Effect>[] = [];
  #waiting = 0;
  #scheduled = false;
  #busy = false;
  /** Actors of shards whose server did not answer: they are written again later, without holding the others up. */
  #parked = 0;
  readonly #backoff = new Backoff(FIRST_RETRY_MS, LAST_RETRY_MS);
  readonly #unknownBackoff = new Backoff(FIRST_RETRY_MS, LAST_UNKNOWN_RETRY_MS);

  constructor(private readonly options: CommitterOptions<State, Message, Effect>) {}

  /** Actors whose decisions wait to be written. */
  get waiting(): number {
    return this.#waiting + this.#parked;
  }

  /** Writes `cell.decided`, or the state as it is if there is none, in the next group. */
  add(cell: Cell<State, Message, Effect>): void {
    this.#enqueue(cell);
    this.#schedule();
  }

  #enqueue(cell: Cell<State, Message, Effect>): void {
    const { shard } = cell;
    if (shard.uncommitted.length === 0) this.#shards.push(shard);
    shard.uncommitted.push(cell);
    this.#waiting++;
  }

  #schedule(): void {
    if (this.#scheduled || this.#busy || this.#waiting === 0) return;
    this.#scheduled = true;
    this.options.clock.soon(() => {
      this.#scheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const { clock, states } = this.options;
    const groups = this.#take();
    if (groups.length === 0) return;
    this.#busy = true;
    const began = clock.monotonic();
    try {
      const batches: ShardBatch[] = [];
      let writes = 0;
      for (const { shard, cells } of groups) {
        batches.push(this.#batch(shard, cells));
        writes += cells.length;
      }
      const outcomes = await states.commit(batches);
      this.#backoff.reset();
      const now = clock.monotonic();
      this.options.measured(writes, now - began);
      this.#busy = false;
      const unknown: Cell<State, Message, Effect>[] = [];
      groups.forEach(({ shard, cells }, at) => {
        if (outcomes[at] === 'unknown') unknown.push(...cells);
        else if (outcomes[at] !== 'committed') this.options.fenced(shard);
        else if (shard.hasLapsed(now)) this.options.lapsed(shard);
        else this.#committed(cells);
      });
      this.#park(unknown);
      this.#schedule();
    } catch (error) {
      for (const { cells } of groups) for (const cell of cells) this.#enqueue(cell);
      const delayMs = this.#backoff.next();
      this.options.failed(error, delayMs);
      clock.setTimer(delayMs, () => {
        this.#busy = false;
        this.#schedule();
      });
    }
  }

  #park(cells: readonly Cell<State, Message, Effect>[]): void {
    if (cells.length === 0) {
      if (this.#parked === 0) this.#unknownBackoff.reset();
      return;
    }
    const delayMs = this.#unknownBackoff.next();
    this.options.failed(new Error('one of the servers of the store did not answer'), delayMs);
    this.#parked += cells.length;
    this.options.clock.setTimer(delayMs, () => {
      this.#parked -= cells.length;
      for (const cell of cells) if (!cell.gone) this.#enqueue(cell);
      this.#schedule();
    });
  }

  #take(): Group<State, Message, Effect>[] {
    const groups: Group<State, Message, Effect>[] = [];
    for (const shard of this.#shards) {
      const cells = shard.uncommitted.filter((cell) => !cell.gone);
      shard.uncommitted = [];
      if (cells.length > 0) groups.push({ shard, cells });
    }
    this.#shards = [];
    this.#waiting = 0;
    return groups;
  }

  #committed(cells: readonly Cell<State, Message, Effect>[]): void {
    for (const cell of cells) {
      cell.indexedWake = cell.writtenWake;
      if (!cell.gone) this.options.committed(cell);
    }
  }

  #batch(shard: Shard<State, Message, Effect>, cells: readonly Cell<State, Message, Effect>[]): ShardBatch {
    const writes: Write[] = [];
    const events: EventEntry[] = [];
    for (const cell of cells) writes.push(this.#write(cell, events));
    const { number, epoch } = shard;
    return events.length === 0 ? { shard: number, epoch, writes } : { shard: number, epoch, writes, events };
  }

  #write(cell: Cell<State, Message, Effect>, events: EventEntry[]): Write {
    const { behaviour } = this.options;
    const state = (cell.decided?.state ?? cell.state) as State;
    const added = this.#kept(cell, events);
    const outbox = added.length === 0 ? cell.outbox : cell.outbox.concat(added);
    // An outbox wants its actor awake at once when the shard changes its owner: the earliest wake-up there is.
    cell.writtenWake = outbox.length > 0 ? 0 : behaviour.wakeAt(state);
    cell.recordIsStale = false;
    const value = behaviour.encode(state, outbox);
    return cell.writtenWake === cell.indexedWake
      ? { key: cell.key, value }
      : { key: cell.key, value, wakeAt: cell.writtenWake };
  }

  /**
   * The decision's effects that go into the outbox. Where the store takes events they go with the commit instead, unless
   * the outbox still holds some that come before them.
   */
  #kept(cell: Cell<State, Message, Effect>, events: EventEntry[]): readonly Effect[] {
    const { decided } = cell;
    if (decided === undefined) return [];
    decided.kept = decided.durable;
    const { performer, states } = this.options;
    if (!states.takesEvents || cell.outbox.length > 0) return decided.kept;
    const kept: Effect[] = [];
    for (const effect of decided.durable) {
      const entry = performer.eventOf?.(cell.key, effect);
      if (entry === undefined) kept.push(effect);
      else events.push(entry);
    }
    decided.kept = kept;
    return kept;
  }
}

/** The actors of a shard that one commit writes. */
interface Group<State, Message, Effect> {
  readonly shard: Shard<State, Message, Effect>;
  readonly cells: readonly Cell<State, Message, Effect>[];
}

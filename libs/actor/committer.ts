import type { Clock } from '../clock/mod.js';
import type { ShardBatch, States, Write } from '../store/mod.js';
import { Backoff } from './backoff.js';
import type { Behaviour } from './behaviour.js';
import type { Cell, Shard } from './cell.js';

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;

export interface CommitterOptions<State, Message, Effect> {
  readonly behaviour: Behaviour<State, Message, Effect>;
  readonly states: States;
  readonly clock: Clock;
  /** The decision of `cell` is durable. */
  committed(cell: Cell<State, Message, Effect>): void;
  /** The store has seen a newer epoch of the shard: this host does not own it any more. */
  fenced(shard: Shard<State, Message, Effect>): void;
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
  #waiting: Cell<State, Message, Effect>[] = [];
  #scheduled = false;
  #busy = false;
  readonly #backoff = new Backoff(FIRST_RETRY_MS, LAST_RETRY_MS);

  constructor(private readonly options: CommitterOptions<State, Message, Effect>) {}

  /** Actors whose decisions wait to be written. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Writes `cell.decided`, or the state as it is if there is none, in the next group. */
  add(cell: Cell<State, Message, Effect>): void {
    this.#waiting.push(cell);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#busy || this.#waiting.length === 0) return;
    this.#scheduled = true;
    this.options.clock.soon(() => {
      this.#scheduled = false;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const { clock, states } = this.options;
    const groups = groupByShard(this.#waiting.filter((cell) => !cell.gone));
    this.#waiting = [];
    if (groups.size === 0) return;
    this.#busy = true;
    const began = clock.monotonic();
    try {
      const batches = [...groups].map(([shard, cells]) => this.#batch(shard, cells));
      const outcomes = await states.commit(batches);
      this.#backoff.reset();
      const writes = batches.reduce((sum, batch) => sum + batch.writes.length, 0);
      this.options.measured(writes, clock.monotonic() - began);
      this.#busy = false;
      [...groups].forEach(([shard, cells], at) => {
        if (outcomes[at] === 'committed') this.#committed(cells);
        else this.options.fenced(shard);
      });
      this.#schedule();
    } catch (error) {
      for (const cells of groups.values()) this.#waiting.push(...cells);
      const delayMs = this.#backoff.next();
      this.options.failed(error, delayMs);
      clock.setTimer(delayMs, () => {
        this.#busy = false;
        this.#schedule();
      });
    }
  }

  #committed(cells: readonly Cell<State, Message, Effect>[]): void {
    for (const cell of cells) {
      cell.indexedWake = cell.writtenWake;
      if (!cell.gone) this.options.committed(cell);
    }
  }

  #batch(shard: Shard<State, Message, Effect>, cells: Cell<State, Message, Effect>[]): ShardBatch {
    return { shard: shard.number, epoch: shard.epoch, writes: cells.map((cell) => this.#write(cell)) };
  }

  #write(cell: Cell<State, Message, Effect>): Write {
    const { behaviour } = this.options;
    const state = (cell.decided?.state ?? cell.state) as State;
    const added = cell.decided?.durable ?? [];
    const outbox = added.length === 0 ? cell.outbox : cell.outbox.concat(added);
    // An outbox wants its actor awake at once when the shard changes its owner: the earliest wake-up there is.
    cell.writtenWake = outbox.length > 0 ? 0 : behaviour.wakeAt(state);
    cell.recordIsStale = false;
    const value = behaviour.encode(state, outbox);
    return cell.writtenWake === cell.indexedWake
      ? { key: cell.key, value }
      : { key: cell.key, value, wakeAt: cell.writtenWake };
  }
}

function groupByShard<State, Message, Effect>(
  cells: readonly Cell<State, Message, Effect>[],
): Map<Shard<State, Message, Effect>, Cell<State, Message, Effect>[]> {
  const groups = new Map<Shard<State, Message, Effect>, Cell<State, Message, Effect>[]>();
  for (const cell of cells) {
    const group = groups.get(cell.shard);
    if (group === undefined) groups.set(cell.shard, [cell]);
    else group.push(cell);
  }
  return groups;
}

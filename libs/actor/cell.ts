import type { Timer } from '../clock/mod.js';
import type { HeldLease } from './lease.js';
import type { UniqueNumbers } from './unique.js';

/**
 * One active actor inside its host. `loading`: its record is being read; `idle`: free for the next message;
 * `committing`: a decision waits to become durable; `full`: its outbox must drain first; `gone`: dropped.
 */
export type Phase = 'loading' | 'idle' | 'committing' | 'full' | 'gone';

export class Cell<State, Message, Effect> {
  phase: Phase = 'loading';
  state: State | undefined = undefined;
  readonly mailbox: Message[] = [];
  /** Durable effects decided and committed, not yet known to be performed. */
  outbox: Effect[] = [];
  /** How many of `outbox`'s effects the performer has in hand. */
  settling = 0;
  /** How many of `outbox`'s effects, its first ones, may have been performed before, here or by another host. */
  tried = 0;
  /** The decision that is being committed. */
  decided: Decision<State, Effect> | undefined = undefined;
  /** The stored record names effects that are done by now. */
  recordIsStale = false;
  /** The wake-up that the store's index holds; undefined: not known. */
  indexedWake: number | null | undefined = undefined;
  /** The wake-up that the commit under way writes. */
  writtenWake: number | null = null;
  /** The wake-up that `timer` waits for. */
  armedWake: number | null = null;
  timer: Timer | undefined = undefined;
  /** A wake-up stands in the mailbox: until it is handled, none is armed. */
  wakeWaits = false;
  lastActive = 0;

  constructor(
    readonly key: string,
    readonly shard: Shard<State, Message, Effect>,
  ) {}

  /** True once the host has dropped it; nothing may be done in its name any more. */
  get gone(): boolean {
    return this.phase === 'gone';
  }
}

/** The actors of one owned shard. */
export class Shard<State, Message, Effect> {
  readonly cells = new Map<string, Cell<State, Message, Effect>>();
  /** Those whose decisions wait to be written. */
  uncommitted: Cell<State, Message, Effect>[] = [];
  /** False while the shard is being handed over: no new message is taken. */
  open = true;
  /** Unique numbers are being reserved, or will be tried again. */
  reserving = false;

  readonly number: number;
  readonly epoch: number;

  constructor(
    readonly lease: HeldLease,
    readonly unique: UniqueNumbers,
  ) {
    this.number = lease.shard;
    this.epoch = lease.epoch;
  }

  /** True once nothing may be done in its name any more; `now` is monotonic. */
  hasLapsed(now: number): boolean {
    return now >= this.lease.deadline;
  }
}

/** What an actor decided, its effects parted into those kept with the state and those that are not. */
export interface Decision<State, Effect> {
  readonly state: State;
  readonly durable: readonly Effect[];
  /** Those of `durable` that the commit under way keeps in the record; it appends the others to the event log. */
  kept: readonly Effect[];
  readonly transient: readonly Effect[];
}

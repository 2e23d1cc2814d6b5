import type { EventEntry } from '../eventlog/mod.js';

/** Carries out effects for the host: the only place where an actor's decisions meet the world. */
export interface Performer<Effect> {
  /** Performs transient effects, in order. Must not throw for what a peer did; nothing is retried. */
  perform(key: string, epoch: number, effects: readonly Effect[]): void;
  /**
   * Performs durable effects, those of one actor in the order given. Resolves to one flag for each entry, in order:
   * true when it is done for good. The others are passed again later, also after a crash: performing must be
   * idempotent.
   */
  settle(entries: readonly Pending<Effect>[]): Promise<readonly boolean[]>;
  /** What a durable effect is in the event log, if that is all there is to it: such a one may go with the commit. */
  eventOf?(key: string, effect: Effect): EventEntry | undefined;
  /** Effects that went with the commit are done. */
  recorded?(key: string, effects: readonly Effect[]): void;
}

export interface Pending<Effect> {
  readonly key: string;
  readonly effect: Effect;
  /** True when it may have been performed before: its settling was tried, or it comes from the record. */
  readonly again: boolean;
}

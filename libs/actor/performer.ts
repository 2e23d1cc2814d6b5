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
}

export interface Pending<Effect> {
  readonly key: string;
  readonly effect: Effect;
}

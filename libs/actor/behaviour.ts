/**
 * What an actor is, without its host: state, and a pure function from a message to new state and effects. The host
 * (host.ts) loads the state, commits it, and performs the effects.
 */
export interface Behaviour<State, Message, Effect> {
  /** State of an actor that has no record yet. */
  create(key: string, now: number): State;
  /** Decides. No I/O, no clock, no randomness but what `context` brings; `state` itself is never changed. */
  receive(state: State, message: Message, context: Context): Outcome<State, Effect>;
  /** What the host sends after it has loaded the state, and when `wakeAt` has come. */
  readonly signals: { readonly activated: Message; readonly wake: Message };
  /** Bytes of what must survive a restart, and of `outbox`: durable effects not known to be performed. */
  encode(state: State, outbox: readonly Effect[]): Uint8Array;
  /** @throws Error for bytes that no version of `encode` made. */
  decode(bytes: Uint8Array, key: string): { state: State; outbox: Effect[] };
  /** Earliest epoch milliseconds at which the actor wants `signals.wake`; null: never. */
  wakeAt(state: State): number | null;
  /** True when the actor may be dropped from memory until its next message. */
  mayPassivate(state: State): boolean;
  /** True for a message that nobody will send again: it may wait even in a mailbox that is full for others. */
  isUrgent(message: Message): boolean;
  /** Durable effects are kept with the state and performed at least once; others are performed at most once. */
  isDurable(effect: Effect): boolean;
}

export interface Context {
  /** Epoch milliseconds that never go back while an owner lives: for deadlines. */
  readonly now: number;
  /** Epoch milliseconds of the wall clock: for what others are told. */
  readonly time: number;
  /** A positive integer below 2^31 that no actor of the cluster has been given before (until it wraps). */
  uniqueNumber(): number;
}

export interface Outcome<State, Effect> {
  readonly state: State;
  /** Performed in this order, after the commit when there is one. */
  readonly effects: readonly Effect[];
  /** True when the new state must be durable before any effect is performed. */
  readonly commit: boolean;
}

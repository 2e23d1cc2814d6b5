import type { Clock, TimerWheel } from '../clock/mod.js';
import type { States } from '../store/mod.js';
import type { Behaviour } from './behaviour.js';
import type { Performer } from './performer.js';

export interface HostOptions<State, Message, Effect> {
  readonly behaviour: Behaviour<State, Message, Effect>;
  readonly performer: Performer<Effect>;
  readonly states: States;
  readonly clock: Clock;
  /** For the actors' wake-ups. */
  readonly wheel: TimerWheel;
  readonly shardOf: (key: string) => number;
  readonly shards: number;
  readonly limits?: Partial<HostLimits>;
  readonly observer?: HostObserver<Message>;
}

export interface HostLimits {
  /** Messages that wait for one actor. */
  readonly mailbox: number;
  /** Durable effects of one actor that wait to be performed; at the limit it handles no further message. */
  readonly outbox: number;
  /** An actor without a message for this long is passivated, if its behaviour allows. */
  readonly passivateAfterMs: number;
}

/** What a host tells about itself, for logs and metrics. */
export interface HostObserver<Message> {
  /** The behaviour threw: a bug. The message is gone, the actor's state is as before it. */
  crashed?(key: string, message: Message, error: unknown): void;
  /** The record cannot be decoded: these messages for the actor are dropped, and so are all until it can. */
  unreadable?(key: string, messages: readonly Message[], error: unknown): void;
  /** A shard was taken over by a newer epoch; everything uncommitted of it is discarded. */
  fenced?(shard: number): void;
  /** A shard's lease had lapsed when it was looked at before acting; it is discarded as when it is fenced. */
  lapsed?(shard: number): void;
  /** An actor's record was read, or found not to be there: it handles messages from now on. */
  activated?(): void;
  committed?(writes: number, ms: number): void;
  /** Committing or performing failed and is tried again. */
  retrying?(what: 'commit' | 'outbox' | 'unique' | 'load', error: unknown, delayMs: number): void;
}

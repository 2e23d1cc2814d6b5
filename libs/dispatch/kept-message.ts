import type { RefusalReason } from '../api/mod.js';
import type { Refusal } from './word.js';

/** What is needed to publish a message again. */
export interface MessageParts {
  /** Unique; the owner's word comes to it. */
  readonly id: string;
  readonly shard: number;
  /** Where the owner of the station takes it. */
  readonly subject: string;
  readonly envelope: Uint8Array;
}

/** `not_taken`: no copy can have come to an actor, now or later; `unknown`: one may have. */
export type Fate = 'not_taken' | 'unknown';

/** Published again after so long without a word… */
const NO_WORD_MS = 1_000;
/** …and where nobody serves the shard, or the bus is away, after this, then twice that, and so on to the most. */
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1_000;

/**
 * With these reasons every other copy is refused as well: the actor keeps the id as that of a command that has ended, or
 * the copy can never be one. The other reasons say nothing about a copy that is still on its way.
 */
const FINAL: ReadonlySet<RefusalReason> = new Set(['invalid', 'not_now', 'id_taken']);

/** A message that no owner has confirmed yet. Times are monotonic milliseconds. */
export class KeptMessage {
  /** When it is published again. */
  dueAt = 0;
  #copies = 0;
  /** Copies that came back: nobody subscribed, or an owner did not take them. */
  #back = 0;
  #retryMs = FIRST_RETRY_MS;
  #refusal: Refusal | undefined;

  constructor(
    readonly parts: MessageParts,
    /** When an owner is looked for no longer. */
    readonly until: number,
  ) {}

  published(now: number): void {
    this.#copies++;
    this.dueAt = now + NO_WORD_MS;
  }

  notPublished(now: number): void {
    this.#retrySoon(now);
  }

  /** Nobody subscribed when a copy was published. */
  bounced(now: number): void {
    this.#back++;
    this.#retrySoon(now);
  }

  /** The owner does not take a copy, and says why. */
  refused(refusal: Refusal, now: number): void {
    this.#back++;
    this.#refusal = refusal;
    this.#retrySoon(now);
  }

  ownerChanged(): void {
    this.#retryMs = FIRST_RETRY_MS;
  }

  get fate(): Fate {
    return this.#back >= this.#copies ? 'not_taken' : 'unknown';
  }

  /** Why it was not taken, when an owner has said so and no other copy can be taken any more. */
  get refusal(): Refusal | undefined {
    const refusal = this.#refusal;
    if (refusal === undefined) return undefined;
    return FINAL.has(refusal.reason) || this.fate === 'not_taken' ? refusal : undefined;
  }

  #retrySoon(now: number): void {
    this.dueAt = now + this.#retryMs;
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }
}

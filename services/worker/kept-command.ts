/** What is needed to publish a command again, and to answer its caller. */
export interface CommandParts {
  readonly commandId: string;
  readonly shard: number;
  /** Where the owner of the station takes it. */
  readonly subject: string;
  readonly envelope: Uint8Array;
  /** Bus subject of the caller. */
  readonly reply: string;
}

/** `not_taken`: no copy can have come to an actor, now or later; `unknown`: one may have. */
export type Fate = 'not_taken' | 'unknown';

/** Published again after so long without a word… */
const NO_WORD_MS = 1_000;
/** …and where nobody serves the shard, or the bus is away, after this, then twice that, and so on to the most. */
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1_000;

/** A command that no owner has confirmed yet. Times are monotonic milliseconds. */
export class KeptCommand {
  /** When it is published again. */
  dueAt = 0;
  #copies = 0;
  /** Copies that came back: nobody subscribed, or an owner did not take them. */
  #back = 0;
  #retryMs = FIRST_RETRY_MS;
  #refusal: string | undefined;

  constructor(
    readonly parts: CommandParts,
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

  /** The owner cannot take a copy, and says why. */
  refused(refusal: string, now: number): void {
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

  /** Why it was not taken, when an owner has said so and no other copy is on its way. */
  get refusal(): string | undefined {
    return this.fate === 'not_taken' ? this.#refusal : undefined;
  }

  #retrySoon(now: number): void {
    this.dueAt = now + this.#retryMs;
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }
}

import type { Clock, Timer } from '../../clock/mod.js';
import type { Cursor } from '../eventlog.js';
import { Waiters } from '../waiters.js';
import type { StreamApi } from './api.js';
import { closed } from './failure.js';
import { PullConsumer } from './pull-consumer.js';

/** How long one fetch follows the stream, and of how many events. */
const FETCH_MS = 2000;
const FETCH_COUNT = 500;
const FORGOTTEN_MS = 30_000;
/** The stream is followed for so long after the last one who waited. */
const LINGER_MS = 10_000;
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2000;

/**
 * Knows the newest entry while somebody waits for the next one: then it follows the stream's headers, without the
 * payloads. Goes on by itself after a lost connection.
 */
export class Follower {
  readonly #waiters = new Waiters();
  #known: Cursor = 0;
  #waiting = 0;
  #lastUsed = 0;
  #following = false;
  #open = true;
  #consumer: PullConsumer | undefined;
  #pause: { readonly timer: Timer; readonly end: () => void } | undefined;

  constructor(
    private readonly api: StreamApi,
    private readonly clock: Clock,
  ) {}

  /** Cursor of the newest entry that was seen; there may be newer ones. */
  get known(): Cursor {
    return this.#known;
  }

  /** There is an entry with this cursor. */
  saw(cursor: Cursor): void {
    if (cursor <= this.#known) return;
    this.#known = cursor;
    this.#waiters.wake(cursor);
  }

  /** Resolves when there is an entry after `after`; rejects with the signal's reason, `unavailable` when closed. */
  async wait(after: Cursor, signal: AbortSignal): Promise<void> {
    if (this.#known > after) return;
    this.#waiting++;
    try {
      const woken = this.#waiters.wait(after, signal);
      if (!this.#following) void this.#follow();
      await woken;
    } finally {
      this.#waiting--;
      this.#lastUsed = this.clock.monotonic();
    }
  }

  /** The connection was lost or is there again. */
  reset(): void {
    this.#consumer?.close();
    this.#pause?.end();
  }

  close(): void {
    this.#open = false;
    this.#waiters.fail(closed());
    this.reset();
  }

  get #wanted(): boolean {
    return this.#open && (this.#waiting > 0 || this.clock.monotonic() - this.#lastUsed < LINGER_MS);
  }

  async #follow(): Promise<void> {
    this.#following = true;
    let delay = FIRST_RETRY_MS;
    while (this.#wanted) {
      try {
        await this.#start();
        while (this.#wanted) {
          await this.#fetch();
          delay = FIRST_RETRY_MS;
        }
      } catch {
        // Whoever waits goes on waiting; when JetStream is there again, nothing was missed.
        if (this.#wanted) await this.#rest(delay);
        delay = Math.min(delay * 2, LAST_RETRY_MS);
      }
      this.#consumer?.close();
      this.#consumer = undefined;
    }
    this.#following = false;
  }

  async #start(): Promise<void> {
    const { state } = await this.api.info();
    // Lower than what was known if the stream was created anew.
    this.#known = state.last_seq;
    this.#waiters.wake(this.#known);
    this.#consumer = await PullConsumer.create(this.api, this.clock, {
      after: this.#known,
      headersOnly: true,
      inactiveMs: FORGOTTEN_MS,
    });
  }

  async #fetch(): Promise<void> {
    const end = await this.#consumer?.fetch({ count: FETCH_COUNT, waitMs: FETCH_MS }, (cursor) =>
      this.saw(cursor),
    );
    if (end === 'silence') await this.#consumer?.lookedAt();
  }

  #rest(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#pause?.timer.cancel();
        this.#pause = undefined;
        resolve();
      };
      this.#pause = { timer: this.clock.setTimer(delayMs, end), end };
    });
  }
}

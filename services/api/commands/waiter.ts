import { randomBytes } from 'node:crypto';
import { ServerError, Status } from 'nice-grpc-common';
import type { CommandOutcome } from '../../../libs/api/mod.js';
import type { Bus, BusMessage, Subscription } from '../../../libs/bus/mod.js';
import type { Clock, Timer } from '../../../libs/clock/mod.js';
import type { Delivery } from '../../../libs/dispatch/mod.js';
import { stationToken, subjects, subjectToken } from '../../../libs/link/mod.js';

/** What a caller who waits for a command's end hears: what became of the command on its way, and its outcome. */
export type News = { readonly delivery: Delivery } | { readonly outcome: CommandOutcome };

/** Calls that may wait for an outcome at once; further ones are refused. */
const MOST_WAITERS = 10_000;
/** A delivery and an outcome. */
const MOST_NEWS = 2;

const STATUSES: ReadonlySet<unknown> = new Set<CommandOutcome['status']>([
  'result',
  'error',
  'refused',
  'timeout',
  'offline',
  'expired',
  'superseded',
  'cancelled',
]);

/** Calls that wait for how a command ends. One subscription hears for all of them. */
export class Waiters {
  readonly #waiters = new Map<string, Waiter>();
  readonly #inbox: string;
  /** Outcomes for an earlier process of the same name may still come: its ids are not used again. */
  readonly #nonce = randomBytes(8).toString('base64url');
  #count = 0;
  #subscription: Subscription | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly clock: Clock,
    apiId: string,
    private readonly most = MOST_WAITERS,
  ) {
    this.#inbox = stationToken(apiId);
  }

  start(): void {
    this.#subscription = this.bus.subscribe(subjects.outcomesFor(this.#inbox), (message) =>
      this.#heard(message),
    );
  }

  stop(): void {
    this.#subscription?.unsubscribe();
  }

  get size(): number {
    return this.#waiters.size;
  }

  /**
   * One for each call: two calls may send the same command, of which one is refused.
   * @throws ServerError RESOURCE_EXHAUSTED when too many wait.
   */
  add(): Waiter {
    if (this.#waiters.size >= this.most) {
      const message = `${this.#waiters.size} calls wait for the outcome of a command: wait until some have ended`;
      throw new ServerError(Status.RESOURCE_EXHAUSTED, message);
    }
    const id = `${this.#nonce}-${(++this.#count).toString(36)}`;
    const waiter = new Waiter(subjects.outcome(this.#inbox, id), this.clock, () => this.#waiters.delete(id));
    this.#waiters.set(id, waiter);
    return waiter;
  }

  #heard({ subject, data }: BusMessage): void {
    const waiter = this.#waiters.get(subjectToken(subject, 3));
    const outcome = waiter === undefined ? undefined : outcomeOf(data);
    if (outcome !== undefined) waiter?.tell({ outcome });
  }
}

/** A call that waits. */
export class Waiter {
  readonly #news: News[] = [];
  #wake: (() => void) | undefined;

  constructor(
    /** Bus subject where it hears the outcome. */
    readonly reply: string,
    private readonly clock: Clock,
    private readonly onForget: () => void,
  ) {}

  tell(news: News): void {
    if (this.#news.length >= MOST_NEWS) return;
    this.#news.push(news);
    this.#wake?.();
  }

  /** Nothing is heard any more. */
  forget(): void {
    this.onForget();
  }

  /** The next news; undefined when none comes within `ms`. Rejects with the signal's reason. */
  async next(ms: number, signal: AbortSignal): Promise<News | undefined> {
    if (this.#news.length === 0 && !signal.aborted) await this.#sleep(ms, signal);
    signal.throwIfAborted();
    return this.#news.shift();
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const wake = () => {
        timer?.cancel();
        signal.removeEventListener('abort', wake);
        this.#wake = undefined;
        resolve();
      };
      if (ms !== Infinity) timer = this.clock.setTimer(ms, wake);
      signal.addEventListener('abort', wake, { once: true });
      this.#wake = wake;
    });
  }
}

/** Undefined for what no owner says. */
function outcomeOf(data: Uint8Array): CommandOutcome | undefined {
  try {
    const value = JSON.parse(
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString(),
    ) as unknown;
    const known =
      typeof value === 'object' && value !== null && 'status' in value && STATUSES.has(value.status);
    return known ? (value as CommandOutcome) : undefined;
  } catch {
    return undefined;
  }
}

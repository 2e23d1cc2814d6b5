import type { Clock, Timer } from '../clock/mod.js';
import type { CallOutcome } from './outcomes.js';
import type { TransactionMessage } from './transaction.js';

export interface OutboxOptions {
  readonly clock: Clock;
  /** Messages that are kept; past it the oldest `update` is dropped. */
  readonly capacity: number;
  /** TransactionMessageAttempts / MessageAttempts, and the seconds between them. Read at each failure. */
  retry(): RetryPolicy;
  /** True when a transaction message may be sent now. */
  open(): boolean;
  /** Sends the message; `done` tells how it ended. */
  transmit(message: TransactionMessage, done: (outcome: CallOutcome) => void): void;
  /** The message has left the queue for good; `outcome` says how. */
  settled(message: TransactionMessage): void;
}

export interface RetryPolicy {
  readonly attempts: number;
  /** The wait after the n-th failure is n times this. */
  readonly intervalMs: number;
}

/**
 * The queue of transaction messages: in order, one at a time, each until it is acknowledged. A refused or unanswered one
 * is tried again after interval × failures, then given up (1.6 3.7.1, 2.0.1 E13); the loss of the
 * connection is no failure, the message goes again when there is a new one.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #messages: TransactionMessage[] = [];
  #inFlight = false;
  #retry: Timer | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  get length(): number {
    return this.#messages.length;
  }

  /** The messages in the order in which they will go. */
  get messages(): readonly TransactionMessage[] {
    return this.#messages;
  }

  add(message: TransactionMessage): void {
    if (this.#messages.length >= this.#options.capacity) this.#makeRoom();
    message.transaction.unsettled++;
    this.#messages.push(message);
    this.flush();
  }

  /** Sends the first message if nothing stands in the way. Call it when the station may send again. */
  flush(): void {
    const message = this.#messages[0];
    if (message === undefined || this.#inFlight || this.#retry !== undefined || !this.#options.open()) return;
    this.#inFlight = true;
    this.#options.transmit(message, (outcome) => {
      this.#inFlight = false;
      if (outcome.kind === 'lost' || outcome.kind === 'unsent') return;
      this.#handle(message, outcome);
      this.flush();
    });
  }

  /** Stops waiting for a retry; the messages stay. */
  pause(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  #handle(message: TransactionMessage, outcome: CallOutcome): void {
    if (outcome.kind === 'error' || outcome.kind === 'timeout') this.#failed(message);
    else this.#settle(message, outcome);
  }

  #failed(message: TransactionMessage): void {
    const { attempts, intervalMs } = this.#options.retry();
    message.failures++;
    if (message.failures >= attempts) {
      this.#settle(message, { kind: 'given_up' });
      return;
    }
    this.#retry = this.#options.clock.setTimer(intervalMs * message.failures, () => {
      this.#retry = undefined;
      this.flush();
    });
  }

  #settle(message: TransactionMessage, outcome: NonNullable<TransactionMessage['outcome']>): void {
    const at = this.#messages.indexOf(message);
    if (at !== -1) this.#messages.splice(at, 1);
    message.outcome = outcome;
    message.transaction.unsettled--;
    if (outcome.kind === 'given_up') message.transaction.givenUp++;
    this.#options.settled(message);
  }

  #makeRoom(): void {
    const first = this.#inFlight ? 1 : 0;
    const at = this.#messages.findIndex((message, index) => index >= first && message.part === 'update');
    const dropped = this.#messages[at];
    if (dropped !== undefined) this.#settle(dropped, { kind: 'given_up' });
  }
}

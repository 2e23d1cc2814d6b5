import { type Clock, type Timer, TimerWheel } from '../../clock/mod.js';
import type { BusMessage } from '../bus.js';
import { BusError } from '../errors.js';
import { Request } from '../request.js';

const MAX_REQUESTS = 65_536;
const RESOLUTION_MS = 20;

/** The requests of one client that wait for their replies, which come on subjects under one inbox. */
export class Requests {
  readonly #inbox: string;
  readonly #wheel: TimerWheel;
  readonly #waiting = new Map<string, Request>();
  #next = 1;

  /** @param inbox prefix of the reply subjects, with its dot. */
  constructor(inbox: string, clock: Clock) {
    this.#inbox = inbox;
    this.#wheel = new TimerWheel(clock, { resolutionMs: RESOLUTION_MS });
  }

  /**
   * Sends a request by `publish`, with its reply subject.
   * @throws BusError `unavailable` when too many wait; what `publish` throws.
   */
  send(subject: string, timeoutMs: number, publish: (reply: string) => void): Promise<BusMessage> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size >= MAX_REQUESTS) {
        throw new BusError('unavailable', `${MAX_REQUESTS} requests wait for replies: try again later`);
      }
      const reply = `${this.#inbox}${this.#next++}`;
      publish(reply);
      const request = new Request(subject, resolve, reject, () => this.#waiting.delete(reply));
      this.#waiting.set(reply, request);
      request.startTimer(this.#schedule, timeoutMs);
    });
  }

  /** A reply that nobody waits for any more is dropped. */
  readonly settle = (message: BusMessage): void => {
    this.#waiting.get(message.subject)?.settle(message);
  };

  failAll(error: BusError): void {
    for (const request of this.#waiting.values()) request.fail(error);
  }

  readonly #schedule = (delayMs: number, callback: () => void): Timer =>
    this.#wheel.schedule(delayMs, callback);
}

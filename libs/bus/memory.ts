import { type Clock, systemClock, type Timer } from '../clock/mod.js';
import { Broker, type Route } from './broker.js';
import type { Bus, BusMessage, Subscription } from './bus.js';
import { closed, notConnected, throwLater, tooLarge } from './failures.js';
import { Request } from './request.js';
import { checkPattern, checkSubject } from './subject.js';

export interface MemoryBusOptions {
  readonly clock?: Clock;
  /** Told what a handler threw; the default throws it again as an uncaught exception. */
  readonly onError?: (error: unknown, subject: string) => void;
  /** Deliveries that may wait, 262,144 unless told; past it `publish` and `request` throw `unavailable`. */
  readonly maxPending?: number;
}

/** As NATS: 1 MiB. */
const MAX_PAYLOAD = 1024 * 1024;
const MAX_PENDING = 262_144;

/** A bus within the process, for all who share it. */
export function memoryBus(options: MemoryBusOptions = {}): Bus {
  return new MemoryBroker(options).connect();
}

/** Several clients in one process, each connected and closed for itself, as with a NATS server. */
export class MemoryBroker {
  readonly #broker: Broker;
  readonly #clock: Clock;
  readonly #onError: (error: unknown, subject: string) => void;
  #clients = 0;

  constructor(options: MemoryBusOptions = {}) {
    this.#clock = options.clock ?? systemClock();
    this.#onError = options.onError ?? throwLater;
    this.#broker = new Broker({ clock: this.#clock, maxPending: options.maxPending ?? MAX_PENDING });
  }

  connect(): MemoryBus {
    return new MemoryBus(this.#broker, this.#clock, this.#onError, `_INBOX.${++this.#clients}`);
  }
}

/** One client. `setConnected` plays the loss of the connection: what others publish meanwhile passes it by. */
class MemoryBus implements Bus {
  readonly maxPayload = MAX_PAYLOAD;
  readonly #broker: Broker;
  readonly #clock: Clock;
  readonly #onError: (error: unknown, subject: string) => void;
  readonly #inbox: string;
  readonly #subscriptions = new Set<MemorySubscription>();
  readonly #requests = new Map<string, Request>();
  readonly #listeners = new Set<(connected: boolean) => void>();
  #connected = true;
  #closing = false;
  #nextRequest = 1;

  constructor(
    broker: Broker,
    clock: Clock,
    onError: (error: unknown, subject: string) => void,
    inbox: string,
  ) {
    this.#broker = broker;
    this.#clock = clock;
    this.#onError = onError;
    this.#inbox = inbox;
    this.#subscribe(
      `${inbox}.*`,
      (message) => this.#requests.get(message.subject)?.settle(message),
      undefined,
    );
  }

  get connected(): boolean {
    return this.#connected;
  }

  publish(subject: string, data: Uint8Array, reply?: string): void {
    this.#check(subject, data);
    if (reply === undefined) {
      this.#broker.publish({ subject, data });
      return;
    }
    checkSubject(reply);
    if (!this.#broker.publish({ subject, data, reply })) this.#broker.publishNoResponders(reply);
  }

  subscribe(
    subject: string,
    handler: (message: BusMessage) => void,
    options: { queue?: string } = {},
  ): Subscription {
    checkPattern(subject);
    if (options.queue !== undefined) checkSubject(options.queue);
    if (this.#closing) throw closed();
    return this.#subscribe(subject, handler, options.queue);
  }

  // An executor that throws rejects its promise, so every failure of a request is a rejection.
  request(subject: string, data: Uint8Array, options: { timeoutMs: number }): Promise<BusMessage> {
    return new Promise((resolve, reject) => {
      this.#check(subject, data);
      const reply = `${this.#inbox}.${this.#nextRequest++}`;
      const request = new Request(subject, resolve, reject, () => this.#requests.delete(reply));
      if (!this.#broker.publish({ subject, data, reply })) this.#broker.publishNoResponders(reply);
      this.#requests.set(reply, request);
      request.startTimer(this.#schedule, options.timeoutMs);
    });
  }

  flush(): Promise<void> {
    return this.#connected ? Promise.resolve() : Promise.reject(this.#closing ? closed() : notConnected());
  }

  onStatus(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    await Promise.all(Array.from(this.#subscriptions, (subscription) => subscription.drain()));
    for (const request of this.#requests.values()) request.fail(closed());
    this.#setStatus(false);
  }

  setConnected(connected: boolean): void {
    if (!this.#closing) this.#setStatus(connected);
  }

  #setStatus(connected: boolean): void {
    if (this.#connected === connected) return;
    this.#connected = connected;
    for (const listener of this.#listeners) listener(connected);
  }

  #check(subject: string, data: Uint8Array): void {
    checkSubject(subject);
    if (data.length > this.maxPayload) throw tooLarge(subject, data.length, this.maxPayload);
    if (!this.#connected) throw this.#closing ? closed() : notConnected();
  }

  readonly #schedule = (delayMs: number, callback: () => void): Timer =>
    this.#clock.setTimer(delayMs, callback);

  #subscribe(
    pattern: string,
    handler: (message: BusMessage) => void,
    queue: string | undefined,
  ): MemorySubscription {
    const subscription = new MemorySubscription(pattern, queue, {
      isReachable: () => this.#connected,
      handle: (message) => {
        try {
          handler(message);
        } catch (error) {
          this.#onError(error, message.subject);
        }
      },
      leave: () => {
        this.#broker.remove(subscription);
        this.#subscriptions.delete(subscription);
      },
    });
    this.#broker.add(subscription);
    this.#subscriptions.add(subscription);
    return subscription;
  }
}

interface SubscriptionOwner {
  isReachable(): boolean;
  handle(message: BusMessage): void;
  leave(): void;
}

class MemorySubscription implements Subscription, Route {
  pending = 0;
  turn = 0;
  #state: 'open' | 'draining' | 'closed' = 'open';
  #drained: (() => void)[] = [];

  constructor(
    readonly pattern: string,
    readonly queue: string | undefined,
    private readonly owner: SubscriptionOwner,
  ) {}

  get reachable(): boolean {
    return this.owner.isReachable();
  }

  deliver(message: BusMessage): void {
    if (this.#state !== 'closed') this.owner.handle(message);
    if (this.#state === 'draining' && this.pending === 0) this.unsubscribe();
  }

  unsubscribe(): void {
    if (this.#state === 'open') this.owner.leave();
    this.#state = 'closed';
    for (const resolve of this.#drained) resolve();
    this.#drained = [];
  }

  drain(): Promise<void> {
    if (this.#state === 'open') {
      this.owner.leave();
      this.#state = 'draining';
    }
    if (this.pending === 0) this.unsubscribe();
    if (this.#state === 'closed') return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained.push(resolve);
    });
  }
}

import { createInbox } from '@nats-io/transport-node';
import { type Clock, systemClock } from '../../clock/mod.js';
import type { Bus, BusMessage, Subscription } from '../bus.js';
import { BusError } from '../errors.js';
import { closed, notConnected, throwLater, tooLarge } from '../failures.js';
import { checkPattern, checkSubject } from '../subject.js';
import type { NatsLink } from './link.js';
import { Requests } from './requests.js';
import { NatsBusSubscription } from './subscription.js';

export interface NatsBusOptions {
  readonly clock?: Clock;
  /** Told what a handler threw, and which subscription the server refuses; the default throws it as uncaught exception. */
  readonly onError?: (error: unknown, subject: string) => void;
  /** Bytes that may wait for a server that takes none, 32 MiB unless told; past it `publish` throws `unavailable`. */
  readonly maxBacklogBytes?: number;
}

const MAX_BACKLOG_BYTES = 32 * 1024 * 1024;
/** Until a server has told its own. */
const MAX_PAYLOAD = 1024 * 1024;

/**
 * The bus over a NATS server or cluster. Owns the link: closing the bus closes it.
 *
 * At most once, and in order, for as long as a connection lasts. What is published while it breaks may be lost without a
 * word; or it reaches the server late, when the new connection has carried later messages already. In a cluster,
 * subscriptions (and their end) reach the other servers some milliseconds after `flush()` (`drain()`).
 *
 * `data` of a received message is a view into what the socket gave, up to 64 KiB.
 */
export function natsBus(link: NatsLink, options: NatsBusOptions = {}): Bus {
  return new NatsBus(link, options);
}

class NatsBus implements Bus {
  readonly #link: NatsLink;
  readonly #clock: Clock;
  readonly #maxBacklogBytes: number;
  readonly #onError: (error: unknown, subject: string) => void;
  readonly #requests: Requests;
  readonly #subscriptions = new Set<NatsBusSubscription>();
  /** Rejects the flushes that wait for the server. */
  readonly #flushes = new Set<(error: BusError) => void>();
  #maxPayload = MAX_PAYLOAD;
  #closing: Promise<void> | undefined;

  constructor(link: NatsLink, options: NatsBusOptions) {
    const clock = options.clock ?? systemClock();
    this.#link = link;
    this.#clock = clock;
    this.#maxBacklogBytes = options.maxBacklogBytes ?? MAX_BACKLOG_BYTES;
    this.#onError = options.onError ?? throwLater;
    const inbox = `${createInbox()}.`;
    this.#requests = new Requests(inbox, clock);
    this.#subscribe(`${inbox}*`, this.#requests.settle, undefined);
    this.#learnMaxPayload();
    link.onStatus((connected) => this.#onLinkStatus(connected));
    void this.#watchErrors();
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  get maxPayload(): number {
    return this.#maxPayload;
  }

  publish(subject: string, data: Uint8Array, reply?: string): void {
    checkSubject(subject);
    if (reply !== undefined) checkSubject(reply);
    if (data.length > this.#maxPayload) throw tooLarge(subject, data.length, this.#maxPayload);
    if (!this.#link.connected) throw this.#closing === undefined ? notConnected() : closed();
    const { writer } = this.#link;
    if (writer.isBehindBy(this.#maxBacklogBytes)) throw crowded(this.#link.backlog);
    writer.publish(subject, data, reply);
  }

  subscribe(
    subject: string,
    handler: (message: BusMessage) => void,
    options: { queue?: string } = {},
  ): Subscription {
    checkPattern(subject);
    if (options.queue !== undefined) checkSubject(options.queue);
    if (this.#closing !== undefined) throw closed();
    return this.#subscribe(subject, handler, options.queue);
  }

  request(subject: string, data: Uint8Array, options: { timeoutMs: number }): Promise<BusMessage> {
    return this.#requests.send(subject, options.timeoutMs, (reply) => this.publish(subject, data, reply));
  }

  async flush(): Promise<void> {
    if (!this.#link.connected) throw this.#closing === undefined ? notConnected() : closed();
    this.#link.writer.write();
    let fail: (error: BusError) => void = () => undefined;
    const lost = new Promise<never>((_, reject) => (fail = reject));
    this.#flushes.add(fail);
    try {
      await Promise.race([this.#link.connection.flush(), lost]);
    } catch {
      throw this.#closing === undefined ? notConnected() : closed();
    } finally {
      this.#flushes.delete(fail);
    }
  }

  onStatus(listener: (connected: boolean) => void): () => void {
    return this.#link.onStatus(listener);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all(Array.from(this.#subscriptions, (subscription) => subscription.drain()));
    this.#requests.failAll(closed());
    await this.#link.close();
  }

  #subscribe(
    pattern: string,
    handler: (message: BusMessage) => void,
    queue: string | undefined,
  ): NatsBusSubscription {
    // The client sends its commands by itself: what was published before goes first.
    const writeFirst = (): void => this.#link.writer.write();
    writeFirst();
    const subscription = new NatsBusSubscription(this.#link, {
      ...{ pattern, queue, handler, writeFirst, clock: this.#clock },
      onError: this.#onError,
      isConnected: () => this.#link.connected,
      onEnd: () => this.#subscriptions.delete(subscription),
    });
    this.#subscriptions.add(subscription);
    return subscription;
  }

  #onLinkStatus(connected: boolean): void {
    if (connected) {
      this.#learnMaxPayload();
      return;
    }
    for (const fail of this.#flushes) fail(notConnected());
    for (const subscription of this.#subscriptions) subscription.disconnected();
  }

  async #watchErrors(): Promise<void> {
    for await (const status of this.#link.connection.status()) {
      if (status.type !== 'error') continue;
      for (const subscription of this.#subscriptions) subscription.reported(status.error);
    }
  }

  #learnMaxPayload(): void {
    this.#maxPayload = this.#link.connection.info?.max_payload ?? this.#maxPayload;
  }
}

function crowded(backlog: number): BusError {
  return new BusError(
    'unavailable',
    `${backlog} bytes wait for the NATS server, which takes them too slowly: publish again later`,
  );
}

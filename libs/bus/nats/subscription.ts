import { errors, type Msg, type Subscription as NatsSubscription } from '@nats-io/transport-node';
import type { Clock, Timer } from '../../clock/mod.js';
import type { BusMessage, Subscription } from '../bus.js';
import type { NatsLink } from './link.js';

export interface NatsSubscriptionOptions {
  readonly pattern: string;
  readonly queue: string | undefined;
  readonly handler: (message: BusMessage) => void;
  readonly clock: Clock;
  /** Told what the handler threw; and once that the server refuses the subscription, until it takes it again. */
  readonly onError: (error: unknown, subject: string) => void;
  readonly isConnected: () => boolean;
  /** Hands what was published before to the socket. */
  readonly writeFirst: () => void;
  /** Called once, when nothing more is delivered. */
  readonly onEnd: () => void;
}

const EMPTY = new Uint8Array(0);
const NO_RESPONDERS = 503;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 30_000;

/**
 * A subscription of the client, which renews it whenever the connection is made anew. One that the server refuses, perhaps
 * because an operator changed the permissions, is asked for again and again until it is ended here.
 */
export class NatsBusSubscription implements Subscription {
  readonly #options: NatsSubscriptionOptions;
  #native: NatsSubscription;
  #retry: Timer | undefined;
  #retryMs = FIRST_RETRY_MS;
  /** The server refused it, and has not taken it since. */
  #isRefused = false;
  #ended = false;
  #drained: Promise<void> | undefined;
  #resolveDrained: () => void = () => undefined;

  constructor(
    private readonly link: Pick<NatsLink, 'connection' | 'reader'>,
    options: NatsSubscriptionOptions,
  ) {
    this.#options = options;
    this.#native = this.#subscribe();
  }

  unsubscribe(): void {
    if (this.#ended) return;
    this.#end();
    this.#native.unsubscribe();
  }

  drain(): Promise<void> {
    // Without a connection, or refused, nothing is on its way.
    if (!this.#options.isConnected() || this.#retry !== undefined) this.unsubscribe();
    if (this.#ended) return Promise.resolve();
    this.#drained ??= new Promise((resolve) => {
      this.#resolveDrained = resolve;
      // The server's answer to what follows UNSUB comes after all that it had sent.
      this.#options.writeFirst();
      const end = (): void => this.unsubscribe();
      this.#native.drain().then(end, end);
    });
    return this.#drained;
  }

  /** The connection is lost, and with it what was on its way: a drain has nothing more to wait for. */
  disconnected(): void {
    if (this.#drained !== undefined) this.unsubscribe();
  }

  /**
   * What the server reported to the connection. When permissions are changed it refuses without the name of the queue, and
   * the client, which looks for that too, tells no subscription.
   */
  reported(error: Error): void {
    const { pattern, queue } = this.#options;
    if (!(error instanceof errors.PermissionViolationError) || error.operation !== 'subscription') return;
    if (queue === undefined || error.queue !== undefined || error.subject !== pattern) return;
    if (this.#ended || this.#retry !== undefined) return;
    this.#native.unsubscribe();
    this.#refused(error);
  }

  #subscribe(): NatsSubscription {
    const { pattern, queue } = this.#options;
    const { connection, reader } = this.link;
    const native = connection.subscribe(pattern, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, message) => {
        if (error === null) this.#deliver(busMessage(message));
        else this.#refused(error);
      },
    });
    reader.receive(native, this.#deliver);
    return native;
  }

  readonly #deliver = (message: BusMessage): void => {
    if (this.#ended) return;
    try {
      this.#options.handler(message);
    } catch (error) {
      this.#options.onError(error, message.subject);
    }
  };

  #refused(error: Error): void {
    if (this.#ended) return;
    if (!this.#isRefused) this.#report(error);
    this.#isRefused = true;
    if (this.#drained !== undefined) return this.#end();
    this.#retry ??= this.#options.clock.setTimer(this.#retryMs, () => this.#again());
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #report(error: Error): void {
    const { pattern, onError } = this.#options;
    const why =
      error instanceof errors.PermissionViolationError
        ? `NATS does not let this user subscribe to "${pattern}": give it the permission`
        : `the subscription to "${pattern}" ended: ${error.message}`;
    onError(new Error(why, { cause: error }), pattern);
  }

  #again(): void {
    this.#retry = undefined;
    if (this.link.connection.isClosed()) return;
    this.#options.writeFirst();
    this.#native = this.#subscribe();
    this.link.connection.flush().then(
      // A refusal would have come before the answer to what follows SUB.
      () => this.#taken(),
      // The connection is lost: the client asks again with the next one.
      () => undefined,
    );
  }

  #taken(): void {
    if (this.#retry !== undefined) return;
    this.#isRefused = false;
    this.#retryMs = FIRST_RETRY_MS;
  }

  #end(): void {
    this.#ended = true;
    this.#retry?.cancel();
    this.#options.onEnd();
    this.#resolveDrained();
  }
}

function busMessage(message: Msg): BusMessage {
  const { subject, data, reply } = message;
  if (data.length === 0 && message.headers?.code === NO_RESPONDERS) {
    return { subject, data: EMPTY, noResponders: true };
  }
  return reply === undefined || reply === '' ? { subject, data } : { subject, data, reply };
}

import {
  errors,
  type Msg,
  type NatsConnection,
  type Subscription as NatsSubscription,
} from '@nats-io/transport-node';
import type { BusMessage, Subscription } from '../bus.js';

export interface NatsSubscriptionOptions {
  readonly pattern: string;
  readonly queue: string | undefined;
  readonly handler: (message: BusMessage) => void;
  /** Told what the handler threw, and that the server refuses the subscription. */
  readonly onError: (error: unknown, subject: string) => void;
  readonly isConnected: () => boolean;
  /** Hands what was published before to the socket. */
  readonly writeFirst: () => void;
  /** Called once, when nothing more is delivered. */
  readonly onEnd: () => void;
}

const EMPTY = new Uint8Array(0);
const NO_RESPONDERS = 503;

/** A subscription of the client, which renews it whenever the connection is made anew. */
export class NatsBusSubscription implements Subscription {
  readonly #options: NatsSubscriptionOptions;
  readonly #native: NatsSubscription;
  #ended = false;
  #drained: Promise<void> | undefined;
  #resolveDrained: () => void = () => undefined;

  constructor(connection: NatsConnection, options: NatsSubscriptionOptions) {
    this.#options = options;
    this.#native = connection.subscribe(options.pattern, {
      ...(options.queue === undefined ? {} : { queue: options.queue }),
      callback: (error, message) => {
        if (error === null) this.#deliver(message);
        else this.#refused(error);
      },
    });
  }

  unsubscribe(): void {
    if (this.#ended) return;
    this.#end();
    this.#native.unsubscribe();
  }

  drain(): Promise<void> {
    // Without a connection nothing is on its way.
    if (!this.#options.isConnected()) this.unsubscribe();
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

  #deliver(message: Msg): void {
    if (this.#ended) return;
    try {
      this.#options.handler(busMessage(message));
    } catch (error) {
      this.#options.onError(error, message.subject);
    }
  }

  #refused(error: Error): void {
    const { pattern, onError } = this.#options;
    const why =
      error instanceof errors.PermissionViolationError
        ? `NATS does not let this user subscribe to "${pattern}": give it the permission`
        : `the subscription to "${pattern}" ended: ${error.message}`;
    onError(new Error(why, { cause: error }), pattern);
    if (!this.#ended) this.#end();
  }

  #end(): void {
    this.#ended = true;
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

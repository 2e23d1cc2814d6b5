import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type Clock, sleep, systemClock, within } from '../../clock/mod.js';
import { natsAddress } from './address.js';
import { clientOptions } from './client-options.js';
import { explainFailure, explainServerError } from './failure.js';
import { Reconnect } from './reconnect.js';
import { Reader } from './reader.js';
import { Wire } from './wire.js';
import { Writer } from './writer.js';

export interface NatsLinkOptions {
  /** `nats://host:port` or `tls://host:port`, each perhaps with `user:password@` or `token@`. */
  readonly servers: readonly string[];
  /** Shown by the server for this connection. */
  readonly name: string;
  /** A file with a JWT and its seed; read again for each connection. */
  readonly credsFile?: string;
  /** Certificate authority, certificate and key for TLS, in PEM; each of them turns TLS on. */
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  /** How long the first connection is tried, 30 s unless told. Later ones are tried without end. */
  readonly connectTimeoutMs?: number;
  /** Told each change of `connected` between the first connection and `close`, with the server's `host:port`. */
  readonly onStatus?: (connected: boolean, server: string) => void;
  /** Told what the server refuses, why attempts fail, and what listeners throw. The link goes on. */
  readonly onError?: (error: unknown) => void;
  readonly clock?: Clock;
}

const CONNECT_TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 2000;
/** Server errors that are remembered as told, between two connections. */
const MAX_TOLD = 100;

/**
 * Connects to one of the servers.
 * @throws NatsConnectError `bad_option` and `credentials_refused` at once, `unreachable` after `connectTimeoutMs`.
 */
export async function connectNats(options: NatsLinkOptions): Promise<NatsLink> {
  const clock = options.clock ?? systemClock();
  const address = natsAddress(options.servers);
  const reconnect = new Reconnect(clock);
  const client = clientOptions(options, address, reconnect);
  const deadline = clock.monotonic() + (options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS);
  for (let attempt = 1; ; attempt++) {
    try {
      return new NatsLink(await connect(client), options, reconnect, clock);
    } catch (error) {
      const failure = explainFailure(error, address.servers);
      if (failure.reason !== 'unreachable' || clock.monotonic() >= deadline) throw failure;
      if (attempt === 1) options.onError?.(failure);
      await sleep(clock, Math.min(reconnect.delay(), Math.max(deadline - clock.monotonic(), 0)));
    }
  }
}

/**
 * One connection to a NATS server that is made again, without end, whenever it is lost: with another server where there
 * are several. A server that keeps the connection open but stands still is noticed within 5 s. Subscriptions of the
 * connection survive; what is published while `connected` is false is lost, silently.
 */
export class NatsLink {
  readonly connection: NatsConnection;
  /** How messages are published: much cheaper than by the client's own `publish`. */
  readonly writer: Writer;
  /** How messages are received: much cheaper than by callbacks of the client. */
  readonly reader: Reader;
  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #reconnect: Reconnect;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<(connected: boolean) => void>();
  /** What the server refused since the connection was made: the same is told once, as it may come per message. */
  readonly #told = new Set<string>();
  #connected = true;
  #closing: Promise<void> | undefined;

  /** For `connectNats` only. */
  constructor(connection: NatsConnection, options: NatsLinkOptions, reconnect: Reconnect, clock: Clock) {
    this.connection = connection;
    this.#wire = new Wire(connection);
    this.writer = new Writer(this.#wire, clock);
    this.reader = new Reader(connection);
    this.#clock = clock;
    this.#reconnect = reconnect;
    reconnect.connected(connection.getServer());
    this.#onError = options.onError ?? (() => undefined);
    const { onStatus } = options;
    if (onStatus !== undefined) {
      this.onStatus((connected) => {
        if (this.#closing === undefined) onStatus(connected, connection.getServer());
      });
    }
    void this.#watch();
  }

  /** False while the connection is lost, and once the link closes. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Bytes that were published and not yet handed to the operating system. Grows while the server stands still. */
  get backlog(): number {
    return this.#wire.backlog;
  }

  /** Tells every change of `connected`; returns the function that stops the telling. */
  onStatus(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Sends what was published, for at most 2 s, then disconnects for good. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.writer.write();
    if (this.#connected) await within(this.#clock, CLOSE_TIMEOUT_MS, this.connection.flush());
    this.#setConnected(false);
    await this.connection.close();
    this.#wire.discard();
  }

  async #watch(): Promise<void> {
    for await (const status of this.connection.status()) {
      switch (status.type) {
        case 'disconnect':
          this.#reconnect.lost();
          this.#setConnected(false);
          break;
        case 'reconnect':
          this.#wire.renew();
          this.reader.renew();
          this.#reconnect.connected(this.connection.getServer());
          this.#told.clear();
          this.#setConnected(true);
          break;
        case 'staleConnection':
          this.#wire.cut();
          break;
        case 'error':
          this.#tell(status.error);
          break;
        case 'close':
          if (this.#closing === undefined) this.#onError(new Error('the NATS client gave up its connection'));
          this.#setConnected(false);
          break;
        default:
          break;
      }
    }
  }

  #tell(error: Error): void {
    if (this.#told.has(error.message) || this.#told.size >= MAX_TOLD) return;
    this.#told.add(error.message);
    this.#onError(explainServerError(error, this.connection.getServer()));
  }

  #setConnected(connected: boolean): void {
    if (this.#connected === connected || (connected && this.#closing !== undefined)) return;
    this.#connected = connected;
    if (!connected) this.writer.drop();
    for (const listener of this.#listeners) {
      try {
        listener(connected);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}

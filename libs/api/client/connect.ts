import { setMaxListeners } from 'node:events';
import { ChannelCredentials, createChannel, createClientFactory, type Channel } from 'nice-grpc';
import { Metadata, type ClientMiddleware } from 'nice-grpc-common';
import type { Request, Response } from '../../ocpp/mod.js';
import type { EventType } from '../events.js';
import {
  CommandServiceDefinition,
  DecisionServiceDefinition,
  EventServiceDefinition,
  StationServiceDefinition,
  TapServiceDefinition,
  type CommandServiceClient,
  type CommandStatus,
  type DecisionServiceClient,
  type EventServiceClient,
  type StationServiceClient,
  type TapServiceClient,
  type TapStationResponse,
} from '../grpc.js';
import { enqueue, send, type CommandAction, type EnqueueOptions, type SendOptions } from './commands.js';
import { decide, type DecideOptions, type Decider, type Handlers } from './decide.js';
import { endAtDeadline, tellDeadline, type DeadlineOptions } from './deadline.js';
import {
  events,
  type EventPattern,
  type EventsOf,
  type EventsOptions,
  type ReceivedEvent,
} from './events.js';
import { tap, type TapOptions } from './tap.js';

export interface ConnectOptions {
  /** `host:port`, such as `127.0.0.1:9221`. */
  readonly address: string;
  /** Of the gateway's API clients file. Without `tls` it goes in plain text: on this machine or a trusted network only. */
  readonly token?: string | undefined;
  /** True: TLS, with the authorities that Node trusts. */
  readonly tls?: boolean | Tls | undefined;
}

/** PEM texts. */
export interface Tls {
  /** The authority of the gateway's certificate. Default: those that Node trusts. */
  readonly ca?: string | Uint8Array;
  /** Mutual TLS: the certificate of this service, and its private key. */
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
}

/** The services as they are (docs/reference/api.md); a call may be given a `deadline` in milliseconds. */
export interface Services {
  readonly commands: CommandServiceClient<DeadlineOptions>;
  readonly decisions: DecisionServiceClient<DeadlineOptions>;
  readonly events: EventServiceClient<DeadlineOptions>;
  readonly stations: StationServiceClient<DeadlineOptions>;
  readonly taps: TapServiceClient<DeadlineOptions>;
}

/** A dead connection is found out within 40 s, and made again within 5 s of the gateway's return. */
const CHANNEL_OPTIONS = {
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 5_000,
};

/** Returns at once; the connection is made by the first call, and again whenever it breaks. */
export function connect(options: ConnectOptions): Gateway {
  return new Gateway(createChannel(options.address, credentialsOf(options), CHANNEL_OPTIONS), options.token);
}

export class Gateway {
  readonly services: Services;
  readonly #channel: Channel;
  readonly #closing = new AbortController();

  constructor(channel: Channel, token: string | undefined) {
    this.#channel = channel;
    // Each call listens to it while it goes on.
    setMaxListeners(0, this.#closing.signal);
    const plain = createClientFactory().use(endAtDeadline).use(tellDeadline);
    const factory = token === undefined ? plain : plain.use(bearer(token));
    this.services = {
      commands: factory.create(CommandServiceDefinition, channel),
      decisions: factory.create(DecisionServiceDefinition, channel),
      events: factory.create(EventServiceDefinition, channel),
      stations: factory.create(StationServiceDefinition, channel),
      taps: factory.create(TapServiceDefinition, channel),
    };
  }

  /**
   * Sends a command in the terms of OCPP 2.1, whatever the station speaks, and resolves with its response in 2.1's. When the
   * connection to the gateway breaks meanwhile it is asked again; the station is sent the command once. Takes twice
   * `timeoutMs` and 10 s at most.
   * @throws CommandError when it ends in any other way, ClientError when the gateway does not let this client.
   */
  async send<A extends CommandAction>(
    stationId: string,
    action: A,
    payload: Request<'2.1', A>,
    options: SendOptions = {},
  ): Promise<Response<'2.1', A>> {
    const command = { stationId, action, payload };
    return await send(this.services.commands, command, options, this.#closing.signal);
  }

  /**
   * Has a command wait for a station that may be offline, in the terms of OCPP 2.1. Resolves when it is durable; how it ends
   * is told by the event `command.completed` and by `services.commands.getCommand`.
   * @throws CommandError when it is refused, ClientError when the gateway does not let this client.
   */
  async enqueue<A extends CommandAction>(
    stationId: string,
    action: A,
    payload: Request<'2.1', A>,
    options: EnqueueOptions = {},
  ): Promise<CommandStatus> {
    const command = { stationId, action, payload };
    return await enqueue(this.services.commands, command, options, this.#closing.signal);
  }

  /**
   * Events in the log's order, at least once; goes on after the last one when the connection breaks. Slow handling is waited for.
   * @throws ClientError `OUT_OF_RANGE` when events after the cursor have been forgotten; others that will not pass.
   */
  events<const P extends EventPattern = EventType>(
    options: EventsOptions<P> = {},
  ): AsyncGenerator<ReceivedEvent<EventsOf<P>>, void, undefined> {
    return events(this.services.events, options, this.#closing.signal);
  }

  /**
   * What goes over the WebSocket of a station, live, with secrets masked; begins anew when the connection to the gateway breaks: what
   * came meanwhile is not shown. Slow handling loses messages, and is told so.
   * @throws ClientError when the gateway does not let this client; others that will not pass.
   */
  tap(stationId: string, options: TapOptions = {}): AsyncGenerator<TapStationResponse, void, undefined> {
    return tap(this.services.taps, stationId, options, this.#closing.signal);
  }

  /**
   * Answers the gateway's questions by the handlers, each question by its action. Resolves when the gateway asks; subscribes
   * again when the connection breaks.
   * @throws ClientError when the gateway does not let this client decide.
   */
  async decide(handlers: Handlers, options: DecideOptions = {}): Promise<Decider> {
    return await decide(this.services.decisions, handlers, options, this.#closing.signal);
  }

  /** Ends everything that goes on. Calls under way reject with an AbortError. */
  close(): void {
    this.#closing.abort();
    this.#channel.close();
  }
}

function credentialsOf({ tls = false }: ConnectOptions): ChannelCredentials {
  if (tls === false) return ChannelCredentials.createInsecure();
  const { ca, cert, key } = tls === true ? {} : tls;
  const bytes = (pem: string | Uint8Array | undefined) => (pem === undefined ? null : Buffer.from(pem));
  return ChannelCredentials.createSsl(bytes(ca), bytes(key), bytes(cert));
}

const bearer = (token: string): ClientMiddleware =>
  async function* withToken(call, options) {
    const metadata = Metadata(options.metadata).set('authorization', `Bearer ${token}`);
    return yield* call.next(call.request, { ...options, metadata });
  };

import {
  AckPolicy,
  type ConsumerInfo,
  DeliverPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  type SequenceInfo,
  type StreamInfo,
} from '@nats-io/jetstream';
import type { NatsLink } from '../../bus/mod.js';
import type { EventLogError } from '../errors.js';
import type { Cursor } from '../eventlog.js';
import type { Numbered } from '../rules.js';
import { API_CODE, closed, explained, NOT_CONNECTED, unavailable } from './failure.js';
import { ID_HEADER, numbersOf } from './names.js';

const NANOS_PER_MS = 1e6;
const REQUEST_TIMEOUT_MS = 5000;
/** For what a leader answers at once; a stream without one answers nothing, and gets one in between. */
const SEARCH_TIMEOUT_MS = 1000;

export function nanos(ms: number): number {
  return Math.round(ms * NANOS_PER_MS);
}

/** The newest message of a subject; `numbers` is missing when it is no event of ours. */
export interface LastMessage {
  readonly sequence: number;
  readonly numbers: Numbered | undefined;
}

export interface ConsumerOptions {
  /** Delivers what follows this sequence. */
  readonly after: Cursor;
  readonly pattern?: string;
  /** Without the payloads. */
  readonly headersOnly?: boolean;
  /** The server forgets it when nothing is fetched for so long. */
  readonly inactiveMs: number;
}

/** JetStream's requests about one stream. Each throws EventLogError `unavailable`. */
export class StreamApi {
  /** Rejects the requests that are under way: nobody answers them when the connection is lost. */
  readonly #underWay = new Set<(error: EventLogError) => void>();
  readonly #stopWatching: () => void;
  #open = true;

  private constructor(
    readonly link: NatsLink,
    readonly stream: string,
    private readonly manager: JetStreamManager,
    private readonly searcher: JetStreamManager,
  ) {
    this.#stopWatching = link.onStatus(() => this.#rejectAll(unavailable(NOT_CONNECTED)));
  }

  static async create(link: NatsLink, stream: string): Promise<StreamApi> {
    const managerWith = (timeout: number) => jetstreamManager(link.connection, { checkAPI: false, timeout });
    return new StreamApi(
      link,
      stream,
      await managerWith(REQUEST_TIMEOUT_MS),
      await managerWith(SEARCH_TIMEOUT_MS),
    );
  }

  info(): Promise<StreamInfo> {
    return this.call((manager) => manager.streams.info(this.stream));
  }

  /**
   * The newest message of exactly this subject, as the stream's leader has it. With wildcards, servers before 2.10 would
   * walk through the whole stream.
   */
  lastOf(subject: string): Promise<LastMessage | undefined> {
    return this.call(async () => {
      const message = await this.searcher.streams.getMessage(this.stream, { last_by_subj: subject });
      if (message === null) return undefined;
      return { sequence: message.seq, numbers: numbersOf(message.header.get(ID_HEADER)) };
    });
  }

  createConsumer({ after, pattern, headersOnly, inactiveMs }: ConsumerOptions): Promise<ConsumerInfo> {
    return this.call((manager) =>
      manager.consumers.add(this.stream, {
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: after + 1,
        ack_policy: AckPolicy.None,
        inactive_threshold: nanos(inactiveMs),
        mem_storage: true,
        num_replicas: 1,
        ...(pattern === undefined ? {} : { filter_subject: pattern }),
        ...(headersOnly === true ? { headers_only: true } : {}),
      }),
    );
  }

  /** What a consumer has delivered: how many messages, and up to which sequence of the stream it has looked. */
  async delivered(consumer: string): Promise<SequenceInfo> {
    const info = await this.call((manager) => manager.consumers.info(this.stream, consumer));
    return info.delivered;
  }

  /** Without waiting: a consumer that stays is forgotten by the server after its inactive time. */
  deleteConsumer(consumer: string): void {
    if (!this.link.connected) return;
    this.manager.consumers.delete(this.stream, consumer).catch(() => undefined);
  }

  /** After this, requests are refused. */
  close(): void {
    this.#open = false;
    this.#stopWatching();
    this.#rejectAll(closed());
  }

  call<T>(work: (manager: JetStreamManager) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject: (error: EventLogError) => void) => {
      if (!this.#open) throw closed();
      if (!this.link.connected) throw unavailable(NOT_CONNECTED);
      this.#underWay.add(reject);
      work(this.manager)
        .then(resolve, (error: unknown) => reject(explained(error, this.stream)))
        .finally(() => this.#underWay.delete(reject));
    });
  }

  #rejectAll(error: EventLogError): void {
    for (const reject of this.#underWay) reject(error);
  }
}

/** JetStream's number of the refusal behind an error of `StreamApi`. */
export function apiCode(error: unknown): number | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof JetStreamApiError ? cause.code : undefined;
}

/** True when the same request may succeed later. */
export function isPassing(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof JetStreamApiError)) return true;
  const { noSuitablePeers, noStream, otherConfiguration } = API_CODE;
  return (
    cause.status === 503 ||
    [noSuitablePeers, noStream, otherConfiguration].some((code) => code === cause.code)
  );
}

import type { NatsLink } from '../../bus/mod.js';
import { type Clock, systemClock } from '../../clock/mod.js';
import { EventLogError } from '../errors.js';
import type { Cursor, EventEntry, EventLog, EventPage, ReadOptions } from '../eventlog.js';
import { checkEntries, type Retention } from '../rules.js';
import { isPassing, StreamApi } from './api.js';
import { Appender } from './appender.js';
import { closed, explained, NOT_CONNECTED, unavailable } from './failure.js';
import { Follower } from './follower.js';
import { subjectOf } from './names.js';
import { Reader } from './reader.js';
import { EventStream } from './stream.js';

export interface JetStreamEventLogOptions {
  /** Stays open when the log is closed. */
  readonly link: NatsLink;
  readonly clock?: Clock;
  /** Name of the stream, `CSMS_EVENTS` unless told. */
  readonly stream?: string;
  /** What the stream may forget; set whenever a log is opened. */
  readonly retention?: Retention;
  /** The stream is one that another process has made, and goes on to keep as it wants it: it is neither made nor changed. */
  readonly foreign?: true;
  /** Copies of the stream on servers of the cluster. Left out: as many as it has, or 1 when it is created. */
  readonly replicas?: number;
  /**
   * How long the stream knows the ids of its messages, 2 min unless told: a process that is stopped, or cut off, in the
   * middle of an append cannot write an event a second time when it comes back within this time.
   */
  readonly duplicateWindowMs?: number;
  /** How long an entry may lack its acknowledgement, 5 s unless told. */
  readonly ackTimeoutMs?: number;
  /** How long the stream may take to be there when the log is opened, 30 s unless told. */
  readonly startTimeoutMs?: number;
  /** Told when the stream was gone: that it was created anew, or why it could not be. */
  readonly onError?: (error: EventLogError) => void;
}

export interface JetStreamEventLog extends EventLog {
  /** Entries that were handed over and are not settled. */
  readonly waiting: number;
}

const STREAM = 'CSMS_EVENTS';
const DUPLICATE_WINDOW_MS = 120_000;
const ACK_TIMEOUT_MS = 5000;
const START_TIMEOUT_MS = 30_000;
/** Entries whose append began longer ago are looked for before they are written; well within the duplicate window. */
const FRESH_MS = 10_000;
/** Protocol and headers that count as a message's payload. */
const OVERHEAD_BYTES = 1200;
const RESTORE_PAUSE_MS = 5000;

/**
 * The event log as a stream of NATS JetStream (server 2.9.10 or newer), which is created when it is not there. A cursor
 * is a sequence number of the stream. An event is the message `csms.event.<station token>.<type>`, its payload as it
 * is, its id in the header `Nats-Msg-Id`; of a type, everything but letters, digits, `_`, `-` and the dots between is
 * escaped as in a station token.
 *
 * Each entry is written once, in the order of its station, although several processes may append it, as long as
 *
 * - an entry that may stand in the log says `again`: then the stream writes it only if it is not there;
 * - an entry that does not say so arrives at the server within the duplicate window after another process wrote the same.
 *   Late is what a process sends that was stopped between two of its instructions, or what the network kept. The servers'
 *   `ping_interval` times (`ping_max` + 1) should be less than the window, so that they drop what the network kept;
 * - the stream has not forgotten the entry, and the later ones of its station and type, when it is appended again.
 *
 * Otherwise it stands there twice, with the same CloudEvent id, by which consumers can tell.
 *
 * Acknowledged is what the server handed to its operating system (one replica: survives a killed server, not a power
 * failure) or what the majority of the replicas has.
 * @throws EventLogError `unavailable`: no JetStream in time; `bad_argument`: an option, or a stream of that name, that
 * cannot be used.
 */
export async function openJetStreamEventLog(options: JetStreamEventLogOptions): Promise<JetStreamEventLog> {
  const { link, clock = systemClock(), stream: name = STREAM, startTimeoutMs = START_TIMEOUT_MS } = options;
  const duplicateWindowMs = options.duplicateWindowMs ?? DUPLICATE_WINDOW_MS;
  const api = await StreamApi.create(link, name);
  try {
    const stream = new EventStream(api, clock, {
      retention: options.retention ?? {},
      duplicateWindowMs,
      ...(options.foreign === undefined ? {} : { foreign: options.foreign }),
      ...(options.replicas === undefined ? {} : { replicas: options.replicas }),
    });
    await stream.ensure(startTimeoutMs);
    return new StreamEventLog(api, stream, clock, {
      ackTimeoutMs: options.ackTimeoutMs ?? ACK_TIMEOUT_MS,
      freshMs: Math.min(FRESH_MS, duplicateWindowMs / 4),
      onError: options.onError ?? (() => undefined),
    });
  } catch (error) {
    api.close();
    throw error;
  }
}

interface Settings {
  readonly ackTimeoutMs: number;
  readonly freshMs: number;
  readonly onError: (error: EventLogError) => void;
}

class StreamEventLog implements JetStreamEventLog {
  readonly #api: StreamApi;
  readonly #stream: EventStream;
  readonly #clock: Clock;
  readonly #onError: (error: EventLogError) => void;
  readonly #appender: Appender;
  readonly #follower: Follower;
  readonly #reader: Reader;
  readonly #stopWatching: () => void;
  #restoredAt = -Infinity;
  #open = true;

  constructor(
    api: StreamApi,
    stream: EventStream,
    clock: Clock,
    { ackTimeoutMs, freshMs, onError }: Settings,
  ) {
    this.#api = api;
    this.#stream = stream;
    this.#clock = clock;
    this.#onError = onError;
    this.#follower = new Follower(api, clock);
    this.#reader = new Reader(api, clock, () => this.#follower.known);
    this.#appender = new Appender({
      api,
      clock,
      ackTimeoutMs,
      freshMs,
      onStored: (cursor) => this.#follower.saw(cursor),
      onNoStream: () => void this.#restore(),
    });
    this.#stopWatching = api.link.onStatus((connected) => this.#statusChanged(connected));
  }

  get waiting(): number {
    return this.#appender.waiting;
  }

  async append(entries: readonly EventEntry[]): Promise<void> {
    this.#mustBeOpen();
    checkEntries(entries);
    const maxPayload = this.#api.link.connection.info?.max_payload ?? Infinity;
    const subjects = entries.map((entry) => {
      const { data, station, incarnation, number } = entry;
      if (data.length + OVERHEAD_BYTES > maxPayload) {
        throw new EventLogError(
          'bad_argument',
          `event ${incarnation}/${number} of ${station} has ${data.length} bytes: more than the NATS server takes; ` +
            `raise its max_payload, which is ${maxPayload}`,
        );
      }
      return subjectOf(entry);
    });
    if (entries.length > 0) await this.#appender.append(entries, subjects);
  }

  async read(options: ReadOptions): Promise<EventPage> {
    this.#mustBeOpen();
    return this.#reader.read(options);
  }

  async waitFor(after: Cursor, signal: AbortSignal): Promise<void> {
    this.#mustBeOpen();
    signal.throwIfAborted();
    await this.#follower.wait(after, signal);
  }

  async first(): Promise<Cursor> {
    this.#mustBeOpen();
    const { state } = await this.#api.info();
    return state.messages === 0 ? state.last_seq + 1 : state.first_seq;
  }

  async last(): Promise<Cursor> {
    this.#mustBeOpen();
    return (await this.#api.info()).state.last_seq;
  }

  async size(): Promise<number> {
    this.#mustBeOpen();
    return (await this.#api.info()).state.messages;
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#stopWatching();
    this.#appender.close();
    this.#follower.close();
    this.#reader.close();
    this.#api.close();
  }

  #statusChanged(connected: boolean): void {
    if (!connected) this.#appender.disconnected(unavailable(NOT_CONNECTED));
    this.#reader.reset();
    this.#follower.reset();
  }

  /** No server takes events: either the stream has no leader at the moment, or it is gone. */
  async #restore(): Promise<void> {
    const now = this.#clock.monotonic();
    if (!this.#open || now - this.#restoredAt < RESTORE_PAUSE_MS) return;
    this.#restoredAt = now;
    const { stream } = this.#api;
    try {
      if (!(await this.#stream.restore())) return;
      this.#onError(unavailable(`the stream ${stream} was gone, with all its events: it is created anew`));
    } catch (error) {
      // Nothing is known of the stream; the appends say so.
      if (!isPassing(error)) this.#onError(explained(error, stream));
    }
  }

  #mustBeOpen(): void {
    if (!this.#open) throw closed();
  }
}

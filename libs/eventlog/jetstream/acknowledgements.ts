import { createInbox, type Msg, type Subscription } from '@nats-io/transport-node';
import type { NatsLink } from '../../bus/mod.js';
import type { Clock, Timer } from '../../clock/mod.js';
import { EventLogError } from '../errors.js';
import { API_CODE, NOT_CONNECTED, unavailable } from './failure.js';
import { ID_HEADER } from './names.js';

const EXPECTED_HEADER = 'Nats-Expected-Last-Subject-Sequence';

/** What became of a message. `moved`: the subject's newest message is not the expected one; nothing was written. */
export type Acknowledgement =
  | { readonly outcome: 'stored'; readonly sequence: number }
  | { readonly outcome: 'moved' }
  | { readonly outcome: 'failed'; readonly error: EventLogError };

export interface OutgoingMessage {
  readonly subject: string;
  readonly id: string;
  readonly data: Uint8Array;
  /** Written only if the newest message of the subject has this sequence; 0: if there is none. */
  readonly expected?: number;
}

export interface AcknowledgementsOptions<Recipient> {
  readonly link: NatsLink;
  readonly clock: Clock;
  readonly stream: string;
  readonly timeoutMs: number;
  /** Each message that is published is settled exactly once; perhaps within the call of `publish`. */
  readonly settle: (recipient: Recipient, acknowledgement: Acknowledgement) => void;
  /** Told once for each moment at which acknowledgements are overdue, before these messages are settled. */
  readonly onOverdue: (error: EventLogError) => void;
  /** Told when no stream takes the messages. */
  readonly onNoStream: () => void;
}

/** Places for messages whose acknowledgement is awaited; a power of two, more than are ever on their way. */
const PLACES = 4096;

/**
 * Publishes messages to the stream, each of them settled: by its acknowledgement, when that is overdue, or by `failAll`.
 * All acknowledgements come in through one subscription, with a reply subject per message, and nothing is made for a
 * message but its line: the client's own `publish`, with a request object and a timer for each, takes several times the
 * CPU time.
 */
export class Acknowledgements<Recipient> {
  readonly #inbox = createInbox();
  readonly #prefix = this.#inbox.length + 1;
  readonly #subscription: Subscription;
  readonly #stored: string;
  /** At the place `token % PLACES`: the recipient, its token, and when its message was sent. */
  readonly #recipients = new Array<Recipient | undefined>(PLACES).fill(undefined);
  readonly #tokens = new Float64Array(PLACES);
  readonly #sentAt = new Float64Array(PLACES);
  #next = 1;
  #timer: Timer | undefined;

  constructor(private readonly options: AcknowledgementsOptions<Recipient>) {
    this.#stored = `{"stream":"${options.stream}", "seq":`;
    const { connection, reader } = options.link;
    this.#subscription = connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.#receive(message.subject, message.data, message);
      },
    });
    reader.receive(this.#subscription, ({ subject, data }) => this.#receive(subject, data));
  }

  publish({ subject, id, data, expected }: OutgoingMessage, recipient: Recipient): void {
    const { link, clock, settle } = this.options;
    while (this.#recipients[this.#next % PLACES] !== undefined) this.#next++;
    const token = this.#next++;
    if (!link.connected) {
      settle(recipient, { outcome: 'failed', error: unavailable(NOT_CONNECTED) });
      return;
    }
    const condition = expected === undefined ? '' : `${EXPECTED_HEADER}: ${expected}\r\n`;
    const headers = `NATS/1.0\r\n${ID_HEADER}: ${id}\r\n${condition}\r\n`;
    link.writer.publish(subject, data, `${this.#inbox}.${token}`, headers);
    const place = token % PLACES;
    this.#recipients[place] = recipient;
    this.#tokens[place] = token;
    this.#sentAt[place] = clock.monotonic();
    this.#timer ??= clock.setTimer(this.options.timeoutMs, () => this.#expire());
  }

  failAll(error: EventLogError): void {
    this.#failSentBefore(Infinity, error);
  }

  close(error: EventLogError): void {
    this.#timer?.cancel();
    this.#subscription.unsubscribe();
    this.failAll(error);
  }

  /** @param message as the client has read it: with its headers. What came without any has none. */
  #receive(subject: string, data: Uint8Array, message?: Msg): void {
    const token = Number(subject.slice(this.#prefix));
    const place = token % PLACES;
    const recipient = this.#recipients[place];
    // One that came too late: its message was settled as overdue.
    if (recipient === undefined || this.#tokens[place] !== token) return;
    this.#recipients[place] = undefined;
    this.options.settle(recipient, this.#read(data, message));
  }

  #read(data: Uint8Array, message: Msg | undefined): Acknowledgement {
    const stored = this.#storedAt(data);
    return stored === undefined ? this.#explain(data, message) : { outcome: 'stored', sequence: stored };
  }

  /** As the server writes it when all is well, without a JSON parser, which takes longer than all the rest here. */
  #storedAt(data: Uint8Array): number | undefined {
    const text = Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1');
    if (!text.startsWith(this.#stored)) return undefined;
    const sequence = Number.parseInt(text.slice(this.#stored.length), 10);
    return sequence > 0 ? sequence : undefined;
  }

  #explain(data: Uint8Array, message: Msg | undefined): Acknowledgement {
    if (data.length === 0 && message?.headers?.code === 503) {
      this.options.onNoStream();
      return failed(`no server takes events for the stream ${this.options.stream}: ${CHECK_STREAM}`);
    }
    const reply = parse(Buffer.from(data).toString());
    if (reply?.error !== undefined) {
      const { err_code: code, description } = reply.error;
      if (code === API_CODE.wrongLastSequence) return { outcome: 'moved' };
      const refusal = `the stream ${this.options.stream} refuses the event: ${description} (error ${code})`;
      return TOO_LARGE.has(code) ? refusedForGood(`${refusal}; ${RAISE_LIMIT}`) : failed(refusal);
    }
    if (reply?.stream !== this.options.stream) {
      return failed(
        `somebody else than the stream ${this.options.stream} answers on csms.event.>: check the subscribers`,
      );
    }
    // A cluster says 0 for a repeat of what it has not stored yet, and perhaps never will.
    if (reply.seq === 0)
      return failed(`the stream ${this.options.stream} has not yet stored the first copy of the event`);
    return { outcome: 'stored', sequence: reply.seq };
  }

  #expire(): void {
    const { clock, timeoutMs, stream, onOverdue } = this.options;
    this.#timer = undefined;
    const overdue = clock.monotonic() - timeoutMs;
    if (this.#oldest() <= overdue) {
      const error = unavailable(
        `no acknowledgement from the stream ${stream} within ${timeoutMs} ms: ${CHECK_STREAM}`,
      );
      onOverdue(error);
      this.#failSentBefore(overdue, error);
    }
    const oldest = this.#oldest();
    if (oldest === Infinity) return;
    this.#timer ??= clock.setTimer(Math.max(oldest - overdue, 1), () => this.#expire());
  }

  /** When the oldest message that is awaited was sent. */
  #oldest(): number {
    let oldest = Infinity;
    for (const [place, sentAt] of this.#sentAt.entries()) {
      if (this.#recipients[place] !== undefined) oldest = Math.min(oldest, sentAt);
    }
    return oldest;
  }

  /** In the order of sending. */
  #failSentBefore(time: number, error: EventLogError): void {
    const { settle } = this.options;
    const places: number[] = [];
    for (const [place, sentAt] of this.#sentAt.entries()) {
      if (this.#recipients[place] !== undefined && sentAt <= time) places.push(place);
    }
    for (const place of places.sort((a, b) => (this.#tokens[a] ?? 0) - (this.#tokens[b] ?? 0))) {
      const recipient = this.#recipients[place];
      this.#recipients[place] = undefined;
      if (recipient !== undefined) settle(recipient, { outcome: 'failed', error });
    }
  }
}

/** Refusals that the same message meets again, until the stream is changed. */
const TOO_LARGE = new Set<number>([API_CODE.messageTooLarge, API_CODE.headersTooLarge]);
const RAISE_LIMIT = "raise the stream's max_msg_size (nats stream edit)";
const CHECK_STREAM = 'check that the NATS servers run with JetStream (a cluster: the majority of them)';

function failed(message: string): Acknowledgement {
  return { outcome: 'failed', error: unavailable(message) };
}

function refusedForGood(message: string): Acknowledgement {
  return { outcome: 'failed', error: new EventLogError('bad_argument', message) };
}

interface Reply {
  readonly stream: string;
  readonly seq: number;
  readonly error?: { readonly err_code: number; readonly description: string };
}

function parse(text: string): Reply | undefined {
  try {
    return JSON.parse(text) as Reply;
  } catch {
    return undefined;
  }
}

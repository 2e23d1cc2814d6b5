import { type NatsConnection, NatsConnectionImpl, type Subscription } from '@nats-io/transport-node';
import type { BusMessage } from '../bus.js';

const SPACE = 32;
const CR = 13;
const LF = 10;
const ZERO = 48;
/** `MSG ` as it stands in memory. */
const MSG = [77, 83, 71, SPACE] as const;
/** The first byte of a line of a message with headers: no other line has it. */
const HMSG = 72;
/** Bytes of a MSG line beside its message: two subjects of a kilobyte, two numbers. */
const MAX_LINE = 2200;

type Protocol = NatsConnectionImpl['protocol'];
type Parser = Protocol['parser'];

/**
 * Reads the MSG lines of the NATS protocol in what the socket gives, and hands each message to the receiver of its subscription:
 * a third of the CPU time of the client (3.4.0, pinned), which looks at each byte of a line three times and makes four objects of
 * it. Everything else goes to the client's own parser as it came: other lines, messages with headers, messages of subscriptions
 * without a receiver here or with an end in sight, and what is not in one piece.
 */
export class Reader {
  readonly #protocol: Protocol;
  /** By subscription id; it stays the same when the connection is made anew. */
  readonly #receivers = new Map<number, (message: BusMessage) => void>();

  constructor(connection: NatsConnection) {
    if (!(connection instanceof NatsConnectionImpl)) throw new Error('install @nats-io/transport-node 3.4.0');
    this.#protocol = connection.protocol;
    this.renew();
  }

  /** `receiver` gets the messages of `subscription`, beside its callback: it must do with either. */
  receive(subscription: Subscription, receiver: (message: BusMessage) => void): void {
    const id = subscription.getID();
    this.#receivers.set(id, receiver);
    void subscription.closed.then(() => this.#receivers.delete(id));
  }

  /** To be called when the connection was made anew: the client has a new parser then. */
  renew(): void {
    const { parser } = this.#protocol;
    const parse = parser.parse.bind(parser);
    parser.parse = (chunk) => {
      const bytes = Buffer.isBuffer(chunk)
        ? chunk
        : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
      let at = 0;
      while (at < bytes.length) {
        const next = parser.state === 0 ? this.#message(bytes, at) : at;
        if (next > at) {
          at = next;
          continue;
        }
        const begun = at;
        at = endOfPiece(parser, bytes, at);
        parse(bytes.subarray(begun, at));
      }
    };
  }

  /** Delivers the message that begins at `from`; returns where the next line begins, or `from`: it is not for here. */
  #message(bytes: Buffer, from: number): number {
    for (let at = 0; at < MSG.length; at++) if (bytes[from + at] !== MSG[at]) return from;
    const subjectAt = from + MSG.length;
    const subjectEnd = endOfWord(bytes, subjectAt);
    const idEnd = endOfWord(bytes, subjectEnd + 1);
    const third = idEnd + 1;
    const thirdEnd = endOfWord(bytes, third);
    const hasReply = bytes[thirdEnd] === SPACE;
    const size = hasReply ? thirdEnd + 1 : third;
    const sizeEnd = hasReply ? endOfWord(bytes, size) : thirdEnd;
    const dataAt = sizeEnd + 2;
    const id = numberIn(bytes, subjectEnd + 1, idEnd);
    const end = dataAt + numberIn(bytes, size, sizeEnd);
    // Not a number, too: not for here. Nor is a subject with other bytes, which must not pass for the words behind it.
    if (!(end + 2 <= bytes.length) || bytes[sizeEnd] !== CR) return from;
    if (bytes[subjectEnd] !== SPACE || bytes[idEnd] !== SPACE) return from;
    const receiver = this.#receivers.get(id);
    const subscription = this.#protocol.subscriptions.get(id);
    if (receiver === undefined || subscription === undefined || subscription.max !== undefined) return from;
    const subject = bytes.toString('latin1', subjectAt, subjectEnd);
    const data = bytes.subarray(dataAt, end);
    this.#protocol.inMsgs++;
    this.#protocol.inBytes += data.length;
    subscription.received++;
    receiver(
      hasReply ? { subject, data, reply: bytes.toString('latin1', third, thirdEnd) } : { subject, data },
    );
    return end + 2;
  }
}

/**
 * Where what the client's parser is to get next ends: before another message can begin. It takes bytes in any pieces; a whole
 * message in one of them costs it a fifth.
 */
function endOfPiece({ state, msgBuf, ma }: Parser, bytes: Buffer, from: number): number {
  if (msgBuf !== undefined && msgBuf.length < ma.size)
    return Math.min(from + ma.size - msgBuf.length, bytes.length);
  const lineEnd = bytes.indexOf(LF, from) + 1 || bytes.length;
  if (state !== 0 || (bytes[from] !== MSG[0] && bytes[from] !== HMSG)) return lineEnd;
  // The last word is the size of all that follows, with headers too.
  const sizeEnd = lineEnd - 2;
  let size = sizeEnd;
  while (size > from && bytes[size - 1] !== SPACE) size--;
  const end = lineEnd + numberIn(bytes, size, sizeEnd) + 2;
  return end <= bytes.length && bytes[sizeEnd] === CR ? end : lineEnd;
}

/** Where the first byte after `from` stands that is no printable ASCII: a blank, the end of the line, or what a subject has not. */
function endOfWord(bytes: Buffer, from: number): number {
  const most = Math.min(bytes.length, from + MAX_LINE);
  let at = from;
  for (; at < most; at++) {
    const byte = bytes[at] as number;
    if (byte <= SPACE || byte > 126) return at;
  }
  return at;
}

/** NaN: it is none. */
function numberIn(bytes: Buffer, from: number, to: number): number {
  let number = from < to ? 0 : NaN;
  for (let at = from; at < to; at++) {
    const digit = (bytes[at] as number) - ZERO;
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : NaN;
  }
  return number;
}

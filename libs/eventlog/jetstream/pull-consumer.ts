import { createInbox, type Msg, type Subscription } from '@nats-io/transport-node';
import type { Clock, Timer } from '../../clock/mod.js';
import type { EventLogError } from '../errors.js';
import type { Cursor } from '../eventlog.js';
import { type ConsumerOptions, nanos, type StreamApi } from './api.js';
import { unavailable } from './failure.js';

/** For an answer that the server gives at once; it gives none for a consumer that is gone. */
const ANSWER_TIMEOUT_MS = 5000;
/** On top of the time that a fetch waits. Servers before 2.10 end it without a word when messages are on their way. */
const WAIT_GRACE_MS = 250;

/**
 * Why a fetch ended: it has its number of messages; the consumer has no more now; the next would be too many bytes; or
 * the time is over and the server said nothing: then `lookedAt` tells whether all is well.
 */
export type FetchEnd = 'full' | 'end' | 'too_large' | 'silence';

export interface FetchOptions {
  readonly count: number;
  readonly bytes?: number;
  /** Wait so long for `count` messages. Left out: what there is at this moment. */
  readonly waitMs?: number;
  /** How soon the server must say what there is at this moment, 5 s unless told. */
  readonly answerMs?: number;
}

export type OnMessage = (cursor: Cursor, message: Msg) => void;

interface Fetch {
  readonly reply: string;
  readonly onMessage: OnMessage;
  readonly settle: (end: FetchEnd | EventLogError) => void;
  readonly timer: Timer;
  left: number;
}

/**
 * A short-lived consumer of the stream on the server: delivers the messages after a cursor, in order, each once. When
 * anything is amiss a fetch rejects, `broken` is true from then on, and the consumer must be closed.
 */
export class PullConsumer {
  readonly #inbox = createInbox();
  readonly #subscription: Subscription;
  readonly #stopWatching: () => void;
  #fetch: Fetch | undefined;
  #fetches = 0;
  /** The consumer's own number of the next message; a jump means that one was lost on its way. */
  #expected = 1;
  #broken = false;

  private constructor(
    private readonly api: StreamApi,
    private readonly clock: Clock,
    private readonly name: string,
  ) {
    this.#subscription = api.link.connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error !== null) this.#break(`its messages are refused: ${error.message}`);
        else this.#receive(message);
      },
    });
    this.#stopWatching = api.link.onStatus(() => void this.#break('the connection was lost'));
  }

  /** @throws EventLogError `unavailable` */
  static async create(api: StreamApi, clock: Clock, options: ConsumerOptions): Promise<PullConsumer> {
    const { name } = await api.createConsumer(options);
    return new PullConsumer(api, clock, name);
  }

  get broken(): boolean {
    return this.#broken;
  }

  /**
   * Hands over up to `count` messages. One fetch at a time.
   * @throws EventLogError `unavailable`
   */
  fetch(
    { count, bytes, waitMs, answerMs = ANSWER_TIMEOUT_MS }: FetchOptions,
    onMessage: OnMessage,
  ): Promise<FetchEnd> {
    const reply = `${this.#inbox}.${++this.#fetches}`;
    const request = {
      batch: count,
      ...(waitMs === undefined ? { no_wait: true } : { expires: nanos(waitMs) }),
      ...(bytes === undefined ? {} : { max_bytes: bytes }),
    };
    return new Promise((resolve, reject: (error: EventLogError) => void) => {
      const settle = (end: FetchEnd | EventLogError): void => {
        if (end instanceof Error) reject(end);
        else resolve(end);
      };
      const timer =
        waitMs === undefined
          ? this.clock.setTimer(answerMs, () => void this.#break(`no answer within ${answerMs} ms`))
          : this.clock.setTimer(waitMs + WAIT_GRACE_MS, () => this.#end('silence'));
      this.#fetch = { reply, onMessage, settle, timer, left: count };
      const subject = `$JS.API.CONSUMER.MSG.NEXT.${this.api.stream}.${this.name}`;
      try {
        this.api.link.connection.publish(subject, JSON.stringify(request), { reply });
      } catch (error) {
        this.#break(String(error));
      }
    });
  }

  /**
   * How far the consumer has looked: everything up to there was handed over or does not match. To be asked when no fetch
   * goes on. The server looks ahead only while a fetch waits.
   * @throws EventLogError `unavailable`
   */
  async lookedAt(): Promise<Cursor> {
    const { stream_seq: cursor, consumer_seq: delivered } = await this.api.delivered(this.name);
    if (delivered !== this.#expected - 1) throw this.#break('a message is still on its way');
    return cursor;
  }

  close(): void {
    this.#break('it was closed');
    this.#stopWatching();
    this.#subscription.unsubscribe();
    this.api.deleteConsumer(this.name);
  }

  #receive(message: Msg): void {
    const fetch = this.#fetch;
    if (fetch === undefined) return;
    // Messages keep the subject of the event; only what the server says about a fetch comes with that of the fetch.
    if (message.subject.startsWith(this.#inbox)) {
      if (message.subject === fetch.reply) this.#status(message);
      return;
    }
    const { cursor, number } = delivery(message.reply ?? '');
    if (number !== this.#expected) {
      this.#break('a message was lost on its way');
      return;
    }
    this.#expected++;
    fetch.left--;
    fetch.onMessage(cursor, message);
    if (fetch.left === 0) this.#end('full');
  }

  #status({ headers }: Msg): void {
    const code = headers?.code ?? 0;
    const description = headers?.description ?? '';
    if (code === 404 || code === 408) this.#end('end');
    else if (code === 409 && /max ?bytes/i.test(description)) this.#end('too_large');
    else if (code !== 100) this.#break(code === 503 ? 'it is gone' : `${code} ${description}`);
  }

  #end(end: FetchEnd | EventLogError): void {
    const fetch = this.#fetch;
    if (fetch === undefined) return;
    this.#fetch = undefined;
    fetch.timer.cancel();
    fetch.settle(end);
  }

  #break(what: string): EventLogError {
    this.#broken = true;
    const error = unavailable(
      `reading the stream ${this.api.stream} failed (its consumer: ${what}): try again, and check the NATS servers`,
    );
    this.#end(error);
    return error;
  }
}

/**
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>.<consumer's number>.<time>.<pending>`, from newer servers
 * with domain and account before the stream.
 */
function delivery(reply: string): { cursor: Cursor; number: number } {
  const tokens = reply.split('.');
  const at = tokens.length === 9 ? 5 : 7;
  return { cursor: Number(tokens[at]), number: Number(tokens[at + 1]) };
}

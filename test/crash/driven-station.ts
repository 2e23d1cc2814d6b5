import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Message, Session, TransactionId, Vocabulary } from '../client/vocabulary.js';
import type { Random } from './random.js';

/** One message of a station: what it sent, how often, and every answer it got. */
export interface SentMessage {
  readonly part: 'boot' | 'start' | 'meter' | 'stop';
  readonly action: string;
  readonly payload: object;
  /** Message id of each transmission. */
  readonly sentAs: string[];
  readonly answers: Record<string, unknown>[];
}

/** What all stations of a round have in common. */
export interface Rules {
  readonly url: string;
  readonly random: Random;
  /** Told of every acknowledged message. */
  acknowledged(message: SentMessage): void;
  /** True when a station has metered enough after `meters` readings. */
  mayStop(station: DrivenStation, meters: number): boolean;
  /** Share of the acknowledged messages that a station sends once more, as if it had not seen the answer. */
  readonly repeatShare: number;
  readonly signal: AbortSignal;
}

type Outcome = { readonly answer: Record<string, unknown> } | { readonly error: unknown } | 'lost';

const RETRY_MS = 15;

/**
 * A station that writes down what it does: boots once, runs one transaction, and sends each message until it is
 * answered, over as many connections as it takes. After a reconnection it does not boot again.
 */
export class DrivenStation {
  readonly messages: SentMessage[] = [];
  /** Frames that answer nothing that is outstanding. */
  readonly strays: unknown[] = [];
  /** CALLERRORs. */
  readonly errors: unknown[] = [];
  connections = 0;
  transactionId: TransactionId | undefined;

  #socket: WebSocket | undefined;
  #outstanding: { readonly id: string; done(outcome: Outcome): void } | undefined;
  #ids = 0;

  constructor(
    readonly stationId: string,
    readonly vocabulary: Vocabulary,
    readonly session: Session,
    private readonly rules: Rules,
  ) {}

  /** Messages that were sent more than once. */
  get resent(): number {
    return this.messages.filter(({ sentAs }) => sentAs.length > 1).length;
  }

  async run(): Promise<void> {
    const { vocabulary, session } = this;
    await this.#deliver('boot', vocabulary.boot());
    const started = await this.#deliver('start', vocabulary.start(session));
    const id = vocabulary.idOf(session, started);
    this.transactionId = id;
    let meters = 0;
    while (!this.rules.mayStop(this, meters)) {
      meters++;
      await this.#deliver('meter', vocabulary.meter(session, id, meters));
    }
    await this.#deliver('stop', vocabulary.stop(session, id, meters + 1));
    this.cut();
  }

  /** Cuts the line without a word. */
  cut(): void {
    this.#socket?.terminate();
  }

  async #deliver(part: SentMessage['part'], [action, payload]: Message): Promise<Record<string, unknown>> {
    const message: SentMessage = { part, action, payload, sentAs: [], answers: [] };
    this.messages.push(message);
    const answer = await this.#untilAnswered(message);
    this.rules.acknowledged(message);
    if (part !== 'boot' && this.rules.random.chance(this.rules.repeatShare))
      await this.#untilAnswered(message);
    return answer;
  }

  async #untilAnswered(message: SentMessage): Promise<Record<string, unknown>> {
    for (;;) {
      const outcome = await this.#transmit(message);
      this.rules.signal.throwIfAborted();
      if (outcome === 'lost') continue;
      if ('answer' in outcome) {
        message.answers.push(outcome.answer);
        return outcome.answer;
      }
      this.errors.push(outcome.error);
      throw new Error(
        `${this.stationId}: ${message.action} was answered by ${JSON.stringify(outcome.error)}`,
      );
    }
  }

  /** One transmission: of a repeated message under the id it had before, or under a new one. */
  async #transmit(message: SentMessage): Promise<Outcome> {
    const socket = await this.#connected();
    const before = message.sentAs.at(-1);
    const id =
      before === undefined || this.rules.random.chance(0.5) ? `${this.stationId}-${++this.#ids}` : before;
    message.sentAs.push(id);
    return await new Promise<Outcome>((resolve) => {
      this.#outstanding = { id, done: resolve };
      if (socket.readyState === WebSocket.OPEN)
        socket.send(JSON.stringify([2, id, message.action, message.payload]));
      else this.#finish('lost');
    });
  }

  async #connected(): Promise<WebSocket> {
    for (;;) {
      if (this.#socket?.readyState === WebSocket.OPEN) return this.#socket;
      this.rules.signal.throwIfAborted();
      if (await this.#connect()) this.connections++;
      else await sleep(RETRY_MS + this.rules.random.between(0, RETRY_MS));
    }
  }

  async #connect(): Promise<boolean> {
    const socket = new WebSocket(`${this.rules.url}/${this.stationId}`, [this.vocabulary.subprotocol], {
      handshakeTimeout: 10_000,
    });
    this.#socket = socket;
    socket.on('message', (data) => this.#receive(JSON.parse((data as Buffer).toString()) as unknown[]));
    socket.on('close', () => this.#finish('lost'));
    return await new Promise((resolve) => {
      socket.once('open', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
  }

  #receive(frame: readonly unknown[]): void {
    if (frame[1] !== this.#outstanding?.id || (frame[0] !== 3 && frame[0] !== 4)) this.strays.push(frame);
    else if (frame[0] === 3) this.#finish({ answer: frame[2] as Record<string, unknown> });
    else this.#finish({ error: frame });
  }

  #finish(outcome: Outcome): void {
    const outstanding = this.#outstanding;
    this.#outstanding = undefined;
    outstanding?.done(outcome);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { findAction, VERSIONS } from '../../libs/ocpp/mod.js';
import { Percentiles } from '../../services/simulator/percentiles.js';
import {
  sessionOf,
  vocabularyOf,
  type Message,
  type Session,
  type Vocabulary,
} from '../client/vocabulary.js';
import { randomFor, type Random } from '../driven/random.js';

/** A CALL of a good station that takes longer counts as not answered, in milliseconds. */
export const ANSWER_BOUND_MS = 10_000;

const LEAST_PAUSE_MS = 20;
const MOST_PAUSE_MS = 200;
const METERS = 3;
const CLOCK_TOLERANCE_MS = 60_000;
const KEPT_PROBLEMS = 20;

/** What the good stations saw. */
export class GoodRecord {
  calls = 0;
  answered = 0;
  readonly #phases = new Map<string, Phase>();
  #phase: Phase = { latency: new Percentiles(), slowest: 0 };
  readonly problems: string[] = [];
  readonly transactionIds = new Set<number>();

  answer(ms: number): void {
    this.answered++;
    this.#phase.latency.add(ms);
    this.#phase.slowest = Math.max(this.#phase.slowest, ms);
  }

  /** What is answered from now on counts for this phase. */
  enter(phase: string): void {
    this.#phase = this.#phases.get(phase) ?? { latency: new Percentiles(), slowest: 0 };
    this.#phases.set(phase, this.#phase);
  }

  /** The latencies in a phase, in milliseconds. */
  latencies(phase: string): Latencies {
    const { latency, slowest } = this.#phases.get(phase) ?? { latency: new Percentiles(), slowest: 0 };
    return { calls: latency.total, p50: latency.at(0.5), p99: latency.at(0.99), slowest };
  }

  problem(text: string): void {
    if (this.problems.length < KEPT_PROBLEMS) this.problems.push(text);
  }
}

interface Phase {
  readonly latency: Percentiles;
  slowest: number;
}

export interface Latencies {
  readonly calls: number;
  readonly p50: number;
  readonly p99: number;
  readonly slowest: number;
}

/**
 * A station without a fault that charges and beats while others attack. Everything it asks must be answered, in time and
 * rightly, on one connection from beginning to end.
 */
export class GoodStation {
  readonly #random: Random;
  readonly #vocabulary: Vocabulary;
  /** Transactions that were started, and ended, with an answer. */
  transactions = 0;
  #socket: WebSocket | undefined;
  #ids = 0;
  #waiting: { readonly id: string; answer(frame: readonly unknown[]): void } | undefined;
  #leaving = false;

  constructor(
    readonly stationId: string,
    number: number,
    private readonly url: string,
    private readonly record: GoodRecord,
  ) {
    this.#random = randomFor(number, 'good');
    this.#vocabulary = vocabularyOf(VERSIONS[number % VERSIONS.length] ?? '1.6');
  }

  /** Connects and boots. */
  async start(): Promise<void> {
    const socket = new WebSocket(`${this.url}/${this.stationId}`, [this.#vocabulary.subprotocol]);
    this.#socket = socket;
    socket.on('message', (data) => this.#receive(JSON.parse((data as Buffer).toString()) as unknown[]));
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    socket.on('close', (code) => {
      if (!this.#leaving) this.record.problem(`${this.stationId}: its connection was closed (${code})`);
    });
    await this.#ask(this.#vocabulary.boot());
  }

  /** Charges, again and again, until `signal`; ends the transaction that runs, and leaves. */
  async run(signal: AbortSignal): Promise<void> {
    for (let number = 1; !signal.aborted && this.#isOpen; number++) await this.#charge(number);
    this.#leaving = true;
    this.#socket?.close(1000);
  }

  get #isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  async #charge(number: number): Promise<void> {
    const words = this.#vocabulary;
    const session = sessionOf({
      idToken: `GOOD-${number}`,
      transactionId: `${this.stationId}-${number}`,
      startedAt: Date.UTC(2026, 2, 1, 8) + number * 3_600_000,
    });
    this.#checkToken(await this.#ask(words.authorize(session.idToken)));
    const started = await this.#ask(words.start(session));
    this.#checkToken(started);
    if (started === undefined) return;
    this.#checkNumber(session, started);
    const id = words.idOf(session, started);
    for (let n = 1; n <= METERS; n++) {
      await this.#ask(words.meter(session, id, n));
      this.#checkClock(await this.#ask(['Heartbeat', {}]));
    }
    if ((await this.#ask(words.stop(session, id, METERS + 1))) !== undefined) this.transactions++;
  }

  #checkToken(answer: Readonly<Record<string, unknown>> | undefined): void {
    if (answer === undefined || this.#vocabulary.tokenStatus(answer) === 'Accepted') return;
    this.record.problem(`${this.stationId}: its token was refused: ${JSON.stringify(answer)}`);
  }

  /** 1.6: the number is the gateway's, and nobody else's. */
  #checkNumber(session: Session, started: Readonly<Record<string, unknown>>): void {
    const id = this.#vocabulary.idOf(session, started);
    if (typeof id !== 'number') return;
    if (this.record.transactionIds.has(id))
      this.record.problem(`${this.stationId}: transaction id ${id} was given twice`);
    this.record.transactionIds.add(id);
  }

  #checkClock(answer: Readonly<Record<string, unknown>> | undefined): void {
    if (answer === undefined) return;
    const { currentTime } = answer;
    const time = typeof currentTime === 'string' ? Date.parse(currentTime) : NaN;
    if (Math.abs(time - Date.now()) < CLOCK_TOLERANCE_MS) return;
    this.record.problem(`${this.stationId}: a Heartbeat was answered with ${JSON.stringify(answer)}`);
  }

  /** The payload of the CALLRESULT; undefined when there was none in time, which is recorded. */
  async #ask([action, payload]: Message): Promise<Readonly<Record<string, unknown>> | undefined> {
    await sleep(this.#random.between(LEAST_PAUSE_MS, MOST_PAUSE_MS));
    if (!this.#isOpen) return undefined;
    const id = `${this.stationId}-${++this.#ids}`;
    this.record.calls++;
    const since = performance.now();
    const frame = await this.#send(id, JSON.stringify([2, id, action, payload]));
    if (frame === undefined) {
      this.record.problem(`${this.stationId}: ${action} ${id} was not answered in ${ANSWER_BOUND_MS} ms`);
      return undefined;
    }
    const violation =
      frame[0] === 3 ? findAction(this.#vocabulary.version, action)?.checkResponse?.(frame[2]) : undefined;
    if (frame[0] !== 3 || violation !== undefined) {
      this.record.problem(
        `${this.stationId}: ${action} was answered with ${JSON.stringify(frame)} ${violation?.message ?? ''}`,
      );
      return undefined;
    }
    this.record.answer(performance.now() - since);
    return frame[2] as Record<string, unknown>;
  }

  #send(id: string, text: string): Promise<readonly unknown[] | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting = undefined;
        resolve(undefined);
      }, ANSWER_BOUND_MS);
      this.#waiting = {
        id,
        answer: (frame) => {
          clearTimeout(timer);
          this.#waiting = undefined;
          resolve(frame);
        },
      };
      this.#socket?.send(text);
    });
  }

  #receive(frame: readonly unknown[]): void {
    if (frame[1] === this.#waiting?.id) this.#waiting?.answer(frame);
    else
      this.record.problem(
        `${this.stationId}: a frame that it did not ask for: ${JSON.stringify(frame).slice(0, 200)}`,
      );
  }
}

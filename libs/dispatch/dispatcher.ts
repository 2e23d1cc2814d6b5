import { randomBytes } from 'node:crypto';
import type { RefusalReason } from '../api/mod.js';
import { BusError, type Bus, type BusMessage, type Subscription } from '../bus/mod.js';
import { within, type Clock, type Timer } from '../clock/mod.js';
import {
  encodeUp,
  shardOf,
  stationToken,
  subjects,
  subjectToken,
  type Cancel,
  type Command,
  type Handed,
  type Query,
} from '../link/mod.js';
import { KeptMessage, type Fate } from './kept-message.js';
import { wordOf, type Refusal, type Word } from './word.js';

export interface DispatcherOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  /** `resends`: messages published again because no owner had confirmed them. */
  readonly metrics: { readonly resends: { add(): void } };
  /** Unique in the cluster: owners tell it what they have taken. */
  readonly processId: string;
  /** Number of shards of the cluster. */
  readonly shards: number;
  /** How much longer than the station has to answer an owner is looked for, unless told. */
  readonly graceMs: number;
}

/**
 * What became of a command: its owner has it, durably, and its outcome comes or has come; it was not taken, and never will
 * be; or there was no word in time, and an owner may have it.
 */
export type Delivery = { readonly taken: true } | { readonly refused: Refusal } | { readonly unknown: true };

/** The owner of a station does not answer a question, or nobody has in time. */
export class DispatchError extends Error {
  override readonly name = 'DispatchError';

  constructor(
    readonly reason: RefusalReason,
    readonly description: string,
  ) {
    super(description);
  }
}

/** Messages that wait for their owner, and bytes of them; further ones are refused. */
const MOST_KEPT = 10_000;
const MOST_BYTES = 64 * 1024 * 1024;
const ROUND_MS = 50;
/** A round that comes so late finds what has arrived meanwhile unread: it waits for the next one. */
const LATE_MS = 500;
const DRAIN_MS = 2_000;

interface Waiting {
  readonly message: KeptMessage;
  /** False: the word is not one for this message. */
  readonly settle: (
    end: Word | { readonly kind: 'gone'; readonly fate: Fate; readonly why: string },
  ) => boolean;
}

/**
 * Hands messages to the owners of stations, wherever they are.
 *
 * Each is kept until its owner says that it has it, and published again until then: to every new owner, with back-off
 * where nobody serves the shard, and when no word comes. The station actor knows the commands that it has, so a repeat does
 * nothing.
 */
export class Dispatcher {
  readonly #waiting = new Map<string, Waiting>();
  #bytes = 0;
  readonly #inbox: string;
  /** Makes ids unique beyond the life of this process. */
  readonly #nonce = randomBytes(8).toString('base64url');
  #count = 0;
  #subscriptions: Subscription[] = [];
  #timer: Timer | undefined;
  #draining = false;
  #drained: (() => void) | undefined;

  constructor(private readonly options: DispatcherOptions) {
    this.#inbox = stationToken(options.processId);
  }

  start(): void {
    const { bus } = this.options;
    this.#subscriptions = [
      bus.subscribe(subjects.dispatchedBy(this.#inbox), (message) => this.#heard(message)),
      bus.subscribe(subjects.shards, ({ subject }) => this.#owned(Number(subjectToken(subject, 2)))),
    ];
  }

  /** Messages that no owner has confirmed yet. */
  get kept(): number {
    return this.#waiting.size;
  }

  /** Memory that they use, in bytes. */
  get keptBytes(): number {
    return this.#bytes;
  }

  /**
   * Resolves when the owner has the command, when it is refused, or when no owner was found: after the time that the station
   * has to answer and the grace, or `withinMs`, or when `signal` aborts. Never rejects. The outcome comes to `command.reply`,
   * also when this resolves as `unknown`.
   */
  command(
    token: string,
    command: Command,
    options: { readonly withinMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Delivery> {
    const { withinMs = command.timeoutMs + this.options.graceMs, signal } = options;
    return new Promise((resolve) => {
      const refusal = this.#keep(token, command, withinMs, signal, (end) => {
        if (end.kind === 'answered') return false;
        if (end.kind === 'taken') resolve({ taken: true });
        else if (end.kind === 'refused') resolve({ refused: end.refusal });
        else if (end.fate === 'unknown') resolve({ unknown: true });
        else resolve({ refused: { reason: 'unserved', description: end.why } });
        return true;
      });
      if (refusal !== undefined) resolve({ refused: refusal });
    });
  }

  /** The answer of the station's owner. @throws DispatchError */
  ask(
    token: string,
    message: Query | Cancel,
    withinMs: number,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const refuse = ({ reason, description }: Refusal) => reject(new DispatchError(reason, description));
      const refusal = this.#keep(token, message, withinMs, options.signal, (end) => {
        if (end.kind === 'taken') return false;
        if (end.kind === 'answered') resolve(end.answer);
        else if (end.kind === 'refused') refuse(end.refusal);
        else refuse({ reason: 'unserved', description: end.fate === 'unknown' ? NO_ANSWER : end.why });
        return true;
      });
      if (refusal !== undefined) refuse(refusal);
    });
  }

  /** Takes no new message; resolves when an owner has each of those that were taken, or when that takes too long. */
  async drain(): Promise<void> {
    this.#draining = true;
    if (this.#waiting.size > 0) {
      const drained = new Promise<void>((resolve) => (this.#drained = resolve));
      await within(this.options.clock, DRAIN_MS, drained);
    }
    for (const waiting of [...this.#waiting.values()]) this.#giveUp(waiting, STOPPING);
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    this.#timer?.cancel();
  }

  /** Why it is not even tried. */
  #keep(
    token: string,
    up: Handed,
    withinMs: number,
    signal: AbortSignal | undefined,
    settle: Waiting['settle'],
  ): Refusal | undefined {
    const { bus, clock, shards } = this.options;
    if (this.#draining) return { reason: 'unserved', description: STOPPING };
    const envelope = encodeUp(up);
    if (envelope.length > bus.maxPayload) {
      const sizes = `the command takes ${envelope.length} bytes, the bus carries ${bus.maxPayload}`;
      return { reason: 'invalid', description: `the payload is too large: ${sizes}` };
    }
    if (this.#waiting.size >= MOST_KEPT || this.#bytes + envelope.length > MOST_BYTES) {
      const description = `${this.#waiting.size} commands wait for the workers of their stations: try again in a while`;
      return { reason: 'busy', description };
    }
    const id = `${this.#nonce}-${(++this.#count).toString(36)}`;
    const shard = shardOf(token, shards);
    const now = clock.monotonic();
    const message = new KeptMessage(
      { id, shard, subject: subjects.up(shard, token), envelope },
      now + withinMs,
    );
    const abort = () => this.#giveUp(waiting, NOBODY);
    const waiting: Waiting = {
      message,
      settle: (end) => {
        const settled = settle(end);
        if (settled) signal?.removeEventListener('abort', abort);
        return settled;
      },
    };
    this.#waiting.set(id, waiting);
    this.#bytes += envelope.length;
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    else this.#publish(message, now);
    this.#timer ??= this.#arm();
    return undefined;
  }

  #publish(message: KeptMessage, now: number): void {
    const { id, subject, envelope } = message.parts;
    try {
      this.options.bus.publish(subject, envelope, subjects.dispatched(this.#inbox, id));
      message.published(now);
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      message.notPublished(now);
    }
  }

  #again(message: KeptMessage, now: number): void {
    this.options.metrics.resends.add();
    this.#publish(message, now);
  }

  /** Word of an owner, or that there is none. */
  #heard({ subject, data, noResponders }: BusMessage): void {
    const waiting = this.#waiting.get(subjectToken(subject, 3));
    if (waiting === undefined) return;
    const { message } = waiting;
    const now = this.options.clock.monotonic();
    if (noResponders === true) {
      message.bounced(now);
    } else {
      const word = wordOf(data);
      if (word?.kind === 'refused') message.refused(word.refusal, now);
      else if (word !== undefined) return this.#end(waiting, word);
    }
    const { refusal } = message;
    if (refusal !== undefined) this.#end(waiting, { kind: 'refused', refusal });
  }

  /** The shard has an owner who may not have been told. */
  #owned(shard: number): void {
    if (this.#waiting.size === 0) return;
    const now = this.options.clock.monotonic();
    for (const { message } of this.#waiting.values()) {
      if (message.parts.shard !== shard) continue;
      message.ownerChanged();
      this.#again(message, now);
    }
  }

  #arm(): Timer {
    const { clock } = this.options;
    const dueAt = clock.monotonic() + ROUND_MS;
    return clock.setTimer(ROUND_MS, () => {
      const now = clock.monotonic();
      if (now - dueAt < LATE_MS) this.#round(now);
      this.#timer = this.#waiting.size > 0 ? this.#arm() : undefined;
    });
  }

  #round(now: number): void {
    for (const waiting of this.#waiting.values()) {
      if (now >= waiting.message.until) this.#giveUp(waiting, NOBODY);
      else if (now >= waiting.message.dueAt) this.#again(waiting.message, now);
    }
  }

  #giveUp(waiting: Waiting, why: string): void {
    this.#end(waiting, { kind: 'gone', fate: waiting.message.fate, why });
  }

  #end({ message: { parts }, settle }: Waiting, end: Parameters<Waiting['settle']>[0]): void {
    if (!settle(end)) return;
    if (!this.#waiting.delete(parts.id)) return;
    this.#bytes -= parts.envelope.length;
    if (this.#waiting.size === 0) this.#drained?.();
  }
}

const NOBODY = 'nobody serves the station at this moment: try again';
const STOPPING = 'the gateway is stopping, and has not passed the message on: send it again';
const NO_ANSWER = 'the worker of the station has not answered in time: try again';

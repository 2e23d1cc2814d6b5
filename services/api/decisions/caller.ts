import type { grpc, Question } from '../../../libs/api/mod.js';
import type { Timer } from '../../../libs/clock/mod.js';
import { toMessage } from './question.js';

/** A question that a caller has, or is about to be sent. */
export interface OpenQuestion {
  readonly id: string;
  readonly question: Question;
  /** As it came over the bus. */
  readonly subject: string;
  readonly data: Uint8Array;
  readonly reply: string;
  readonly timer: Timer;
}

/** What a caller decides. */
export interface Wanted {
  readonly actions: readonly string[];
  /** Tokens of the stations; undefined: of all. */
  readonly stations: readonly string[] | undefined;
  readonly maxInFlight: number;
}

type Message = grpc.DeepPartial<grpc.DecideResponse>;

/** Bytes of the questions that a caller may have open; past it others get them. */
const MAX_BYTES = 8 * 1024 * 1024;
/** Messages other than questions that may wait for a caller that does not read; then its answers are not read either. */
const MAX_NOTES = 64;

/** A business service that decides: one stream. */
export class Caller {
  /** When it was given a question last, counted in questions. */
  turn = 0;
  readonly #open = new Map<string, OpenQuestion>();
  /** Questions that it was not sent yet. */
  readonly #unsent = new Set<OpenQuestion>();
  readonly #notes: Message[] = [];
  #bytes = 0;
  /** It let a question pass its deadline, and has answered none in time since. */
  #silent = false;
  #ended: { readonly error: Error | undefined } | undefined;
  #wake: () => void = () => undefined;
  #roomForNotes: () => void = () => undefined;

  constructor(readonly wanted: Wanted) {}

  get open(): number {
    return this.#open.size;
  }

  /** A caller that has gone silent is tried with one question at a time, so that it keeps few from those that answer. */
  get hasRoom(): boolean {
    if (this.#ended !== undefined) return false;
    return this.#silent
      ? this.#open.size === 0
      : this.#open.size < this.wanted.maxInFlight && this.#bytes < MAX_BYTES;
  }

  get isSilent(): boolean {
    return this.#silent;
  }

  give(question: OpenQuestion): void {
    this.#open.set(question.id, question);
    this.#unsent.add(question);
    this.#bytes += question.data.length;
    this.#wake();
  }

  /** The open question with this id, which is so no more; undefined when there is none. */
  take(id: string): OpenQuestion | undefined {
    const question = this.#open.get(id);
    if (question === undefined) return undefined;
    this.#open.delete(id);
    this.#unsent.delete(question);
    this.#bytes -= question.data.length;
    question.timer.cancel();
    return question;
  }

  takeAll(): readonly OpenQuestion[] {
    return [...this.#open.keys()].flatMap((id) => this.take(id) ?? []);
  }

  /** It let a question expire (`false`), or answered one (`true`). */
  answers(inTime: boolean): void {
    this.#silent = !inTime;
  }

  /** Says something other than a question. Resolves when there is room for more. */
  async note(message: Message): Promise<void> {
    this.#notes.push(message);
    this.#wake();
    while (this.#notes.length >= MAX_NOTES && this.#ended === undefined) {
      await new Promise<void>((resolve) => (this.#roomForNotes = resolve));
    }
  }

  /** Ends the stream, with an error or well. */
  end(error?: Error): void {
    this.#ended ??= { error };
    this.#wake();
    this.#roomForNotes();
  }

  /** What it is to be sent, until the stream ends. @throws what `end` was given. */
  async *messages(): AsyncGenerator<Message, void, undefined> {
    for (;;) {
      const next = this.#next();
      if (next !== undefined) yield next;
      else if (this.#ended === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
      else if (this.#ended.error !== undefined) throw this.#ended.error;
      else return;
    }
  }

  #next(): Message | undefined {
    const note = this.#notes.shift();
    if (note !== undefined) {
      this.#roomForNotes();
      return note;
    }
    if (this.#ended !== undefined) return undefined;
    for (const question of this.#unsent) {
      this.#unsent.delete(question);
      return { message: { $case: 'question', value: toMessage(question.question, question.id) } };
    }
    return undefined;
  }
}

import type { Span } from '../../../libs/tracing/mod.js';
import { endOrder } from './spans.js';

/** The CALL that the worker had sent to the station, and the station's answer until the worker has it. */
export class OutboundOrder {
  #id: string | undefined;
  #answer: Uint8Array | undefined;
  /** Until the station has answered; undefined: it is not traced. */
  #span: Span | undefined;

  /** True from the sending until the worker has the answer. */
  get isOpen(): boolean {
    return this.#id !== undefined;
  }

  /** The envelope with the station's answer. */
  get answer(): Uint8Array | undefined {
    return this.#answer;
  }

  /** True: it is a new one, to be sent, and the one before is forgotten. False: it was sent already. */
  begin(id: string): boolean {
    if (this.#id === id) return false;
    this.#id = id;
    this.#answer = undefined;
    this.endUnanswered();
    return true;
  }

  /** True while the CALL with this id waits for its first answer. */
  awaits(id: string): boolean {
    return this.#id === id && this.#answer === undefined;
  }

  keep(answer: Uint8Array): void {
    this.#answer = answer;
  }

  trace(span: Span | undefined): void {
    this.#span = span;
  }

  /** The station has answered: with the error `code`, or with a CALLRESULT. Returns what its answer is traced under. */
  answered(code?: string): { readonly traceparent?: string } {
    const span = this.#span;
    if (span === undefined) return UNTRACED;
    this.#span = undefined;
    endOrder(span, code);
    return { traceparent: span.traceparent };
  }

  /** No answer is awaited any more. */
  endUnanswered(): void {
    this.#span?.fail('not answered');
    this.#span?.end();
    this.#span = undefined;
  }

  /** The worker has the answer, or wants the CALL sent again. False: it was not about this CALL. */
  settle(id: string): boolean {
    if (this.#id !== id) return false;
    this.#id = undefined;
    this.#answer = undefined;
    this.endUnanswered();
    return true;
  }
}

const UNTRACED = {};

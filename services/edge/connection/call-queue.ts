import type { Span } from '../../../libs/tracing/mod.js';

/** A checked CALL that waits for the one in flight. */
export interface WaitingCall {
  readonly id: string;
  readonly action: string;
  readonly payload: Uint8Array;
  /** Undefined: it is not traced. */
  readonly span: Span | undefined;
}

/** What a waiting CALL costs beside its payload. */
const OVERHEAD_BYTES = 256;

/** The CALLs of one station that wait their turn, in order. */
export class CallQueue {
  readonly #calls: WaitingCall[] = [];
  readonly #byId = new Map<string, WaitingCall>();
  #head = 0;
  #bytes = 0;

  get length(): number {
    return this.#calls.length - this.#head;
  }

  /** Memory that the queue is taken to use. */
  get bytes(): number {
    return this.#bytes;
  }

  find(id: string): WaitingCall | undefined {
    return this.#byId.get(id);
  }

  push(call: WaitingCall): void {
    this.#calls.push(call);
    this.#byId.set(call.id, call);
    this.#bytes += costOf(call.payload);
  }

  shift(): WaitingCall | undefined {
    const call = this.#calls[this.#head];
    if (call === undefined) return undefined;
    this.#head++;
    this.#byId.delete(call.id);
    this.#bytes -= costOf(call.payload);
    if (this.#head === this.#calls.length || this.#head === 1024) {
      this.#calls.splice(0, this.#head);
      this.#head = 0;
    }
    return call;
  }
}

export const costOf = (payload: Uint8Array): number => payload.length + OVERHEAD_BYTES;

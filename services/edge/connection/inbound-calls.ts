import { CallQueue, costOf, type WaitingCall } from './call-queue.js';

/** A CALL of the station that was published and is not answered yet. */
export interface CallInFlight {
  readonly id: string;
  readonly action: string;
  /** What was published; the payload stands at its end. */
  readonly envelope: Uint8Array;
  readonly payloadBytes: number;
  /** Monotonic milliseconds. */
  readonly since: number;
}

/** What becomes of a CALL that came in: it is published, waits, is the same as one before, or takes that one's id. */
export type CallPlace = 'first' | 'later' | 'repeated' | 'id_in_use';

/** The CALLs of one station: at most one in flight, the others wait in order (one at a time: 1.6J 4.1.1, 2.x part 4). */
export class InboundCalls {
  inFlight: CallInFlight | undefined;
  /** Most stations never have a second CALL under way. */
  #queue: CallQueue | undefined;

  get waiting(): number {
    return this.#queue?.length ?? 0;
  }

  get waitingBytes(): number {
    return this.#queue?.bytes ?? 0;
  }

  place(id: string, action: string, payload: Uint8Array): CallPlace {
    const { inFlight } = this;
    if (inFlight === undefined) return 'first';
    if (inFlight.id === id) return isSame(inFlight, action, payload) ? 'repeated' : 'id_in_use';
    const waiting = this.#queue?.find(id);
    if (waiting === undefined) return 'later';
    return waiting.action === action && equal(waiting.payload, payload) ? 'repeated' : 'id_in_use';
  }

  /** Keeps a copy of the payload. Returns the bytes that it is taken to use. */
  wait(id: string, action: string, payload: Uint8Array): number {
    this.#queue ??= new CallQueue();
    this.#queue.push({ id, action, payload: Uint8Array.from(payload) });
    return costOf(payload);
  }

  /** The next CALL in order; an emptied queue is given back to memory. */
  next(): WaitingCall | undefined {
    const call = this.#queue?.shift();
    if (this.#queue?.length === 0) this.#queue = undefined;
    return call;
  }
}

function isSame(call: CallInFlight, action: string, payload: Uint8Array): boolean {
  const { envelope, payloadBytes } = call;
  return call.action === action && equal(envelope.subarray(envelope.length - payloadBytes), payload);
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

import { TRACE_BYTES } from '../../../libs/link/mod.js';
import type { Span } from '../../../libs/tracing/mod.js';
import { CallQueue, costOf, type WaitingCall } from './call-queue.js';
import type { ConnectionContext } from './context.js';

/** A CALL of the station that was published and is not answered yet. */
export interface CallInFlight {
  readonly id: string;
  readonly action: string;
  /** What was published; the payload stands at its end, or before the traceparent. */
  readonly envelope: Uint8Array;
  readonly payloadBytes: number;
  /** Monotonic milliseconds. */
  readonly since: number;
  /** Undefined: it is not traced. */
  readonly span: Span | undefined;
}

/** What becomes of a CALL that came in: it is published, waits, is the same as one before, or takes that one's id. */
export type CallPlace = 'first' | 'later' | 'repeated' | 'id_in_use';

/**
 * The CALLs of one station: at most one in flight, the others wait in order (one at a time: 1.6J 4.1.1, 2.x part 4). They count among
 * those of the edge.
 */
export class InboundCalls {
  #inFlight: CallInFlight | undefined;
  /** Most stations never have a second CALL under way. */
  #queue: CallQueue | undefined;

  constructor(private readonly context: Pick<ConnectionContext, 'config' | 'totals'>) {}

  get inFlight(): CallInFlight | undefined {
    return this.#inFlight;
  }

  get waiting(): number {
    return this.#queue?.length ?? 0;
  }

  /** `call` is in flight; none was. */
  begin(call: CallInFlight): void {
    this.#inFlight = call;
    this.context.totals.callsInFlight++;
  }

  /** The CALL in flight is no more: that one, if there was one. */
  settle(): CallInFlight | undefined {
    const call = this.#inFlight;
    if (call !== undefined) this.context.totals.callsInFlight--;
    this.#inFlight = undefined;
    return call;
  }

  place(id: string, action: string, payload: Uint8Array): CallPlace {
    const inFlight = this.#inFlight;
    if (inFlight === undefined) return 'first';
    if (inFlight.id === id) return isSame(inFlight, action, payload) ? 'repeated' : 'id_in_use';
    const waiting = this.#queue?.find(id);
    if (waiting === undefined) return 'later';
    return waiting.action === action && equal(waiting.payload, payload) ? 'repeated' : 'id_in_use';
  }

  /** False: too much waits already, of this station or of all of them. */
  hasRoomFor(payload: Uint8Array): boolean {
    const { config, totals } = this.context;
    const cost = costOf(payload);
    const bytes = this.#queue?.bytes ?? 0;
    return bytes + cost <= config.maxQueuedBytes && totals.queuedBytes + cost <= config.maxQueuedBytesTotal;
  }

  /** Keeps a copy of the payload. */
  wait(id: string, action: string, payload: Uint8Array, span: Span | undefined): void {
    this.#queue ??= new CallQueue();
    this.#queue.push({ id, action, payload: Uint8Array.from(payload), span });
    this.context.totals.queuedCalls++;
    this.context.totals.queuedBytes += costOf(payload);
  }

  /** The next CALL in order; an emptied queue is given back to memory. */
  next(): WaitingCall | undefined {
    const call = this.#queue?.shift();
    if (this.#queue?.length === 0) this.#queue = undefined;
    if (call === undefined) return undefined;
    this.context.totals.queuedCalls--;
    this.context.totals.queuedBytes -= costOf(call.payload);
    return call;
  }

  /** Forgets those that wait. */
  forgetWaiting(): void {
    while (this.next() !== undefined);
  }
}

function isSame(call: CallInFlight, action: string, payload: Uint8Array): boolean {
  const { envelope, payloadBytes, span } = call;
  const end = envelope.length - (span === undefined ? 0 : TRACE_BYTES);
  return call.action === action && equal(envelope.subarray(end - payloadBytes, end), payload);
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

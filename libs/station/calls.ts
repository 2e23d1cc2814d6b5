import type { Clock, Timer } from '../clock/mod.js';
import {
  answerTo,
  checkCall,
  decodeFrame,
  encodeCall,
  encodeCallError,
  encodeCallResult,
  encodeSend,
  faultKindOf,
  findAction,
  type CallFrame,
  type ErrorFrame,
  type QuirkSet,
  type ResultFrame,
  type Version,
} from '../ocpp/mod.js';
import type { CallOutcome, PeerFault } from './outcomes.js';

/** A CALL to be sent. */
export interface CallRequest {
  readonly action: string;
  readonly payload: object;
  /** Message id, up to 36 characters. */
  readonly id: string;
  readonly timeoutMs: number;
  /** Goes before everything that waits (a BootNotification: nothing else may be sent before its answer). */
  readonly first?: boolean;
  /** The CALL is on the wire. */
  sent?(): void;
  /** Comes exactly once, never within `call`. */
  done(outcome: CallOutcome): void;
}

export interface CallsOptions {
  readonly version: Version;
  readonly clock: Clock;
  /** CALLs that may wait for their turn; one more ends as `unsent`. */
  readonly maxWaiting: number;
  /** Check the answers against their schemas. Off for benchmarks. */
  readonly checkAnswers: boolean;
  /** Puts a frame on the wire; false when there is no connection. */
  transmit(text: string): boolean;
  /** Answers a CALL that has passed its schema. */
  answer(id: string, action: string, payload: unknown): CommandReply;
  /** After the answer has been put on the wire. */
  answered(): void;
  fault(fault: PeerFault): void;
}

/** What goes back for a CALL. */
export type CommandReply =
  | { readonly kind: 'result'; readonly payload: object }
  | { readonly kind: 'error'; readonly code: string; readonly description: string };

/** A station tolerates nothing: what the central system sends wrong is to be seen. */
const NO_QUIRKS: QuirkSet = new Set();

/**
 * The RPC layer of one station: frames in and out. At most one CALL of ours is outstanding; the others wait in
 * order (2.0.1 part 4, 4.1.1). CALLs of the peer are answered at once, so one at a time as well.
 */
export class Calls {
  readonly #options: CallsOptions;
  #outstanding: CallRequest | undefined;
  #timer: Timer | undefined;
  readonly #waiting: CallRequest[] = [];

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  /** Number of CALLs that wait or are outstanding. */
  get pending(): number {
    return this.#waiting.length + (this.#outstanding === undefined ? 0 : 1);
  }

  call(request: CallRequest): void {
    if (this.#waiting.length >= this.#options.maxWaiting) {
      this.#options.clock.soon(() => request.done({ kind: 'unsent', why: 'queue_full' }));
      return;
    }
    if (request.first) this.#waiting.unshift(request);
    else this.#waiting.push(request);
    this.#next();
  }

  /** A SEND (OCPP 2.1): not answered, does not wait for its turn. False when there is no connection. */
  send(id: string, action: string, payload: object): boolean {
    return this.#options.transmit(encodeSend(id, action, payload));
  }

  /** The connection is gone: nothing that is outstanding will be answered, nothing that waits can be sent. */
  lost(): void {
    const outstanding = this.#take();
    const waiting = this.#waiting.splice(0);
    outstanding?.done({ kind: 'lost' });
    for (const request of waiting) request.done({ kind: 'unsent', why: 'offline' });
  }

  /** Takes one frame from the peer. */
  receive(bytes: Uint8Array): void {
    const decoded = decodeFrame(this.#options.version, bytes);
    if (!decoded.ok) {
      this.#options.fault({ kind: decoded.fault.kind, detail: decoded.fault.detail });
      const text = answerTo(this.#options.version, decoded.fault);
      if (text !== undefined) this.#options.transmit(text);
      return;
    }
    const { frame } = decoded;
    if ('action' in frame) this.#receiveCall(frame);
    else if (frame.type === 3) this.#receiveResult(frame);
    else this.#receiveError(frame);
  }

  #receiveCall(frame: CallFrame): void {
    const { version, fault, transmit } = this.#options;
    const checked = checkCall(version, 'csms', frame, NO_QUIRKS);
    if (!checked.ok) {
      fault({ kind: checked.fault.kind, detail: checked.fault.detail });
      const text = answerTo(version, checked.fault);
      if (text !== undefined) transmit(text);
      return;
    }
    const reply = this.#options.answer(frame.id, frame.action, checked.payload);
    transmit(
      reply.kind === 'result'
        ? encodeCallResult(frame.id, reply.payload)
        : encodeCallError(frame.id, reply.code, reply.description),
    );
    this.#options.answered();
  }

  #receiveResult({ id, payload }: ResultFrame): void {
    const request = this.#outstanding;
    if (request === undefined || request.id !== id) {
      this.#options.fault({ kind: 'unknown_answer', detail: `CALLRESULT for ${id}` });
      return;
    }
    const { version, checkAnswers, transmit } = this.#options;
    const violation = checkAnswers
      ? findAction(version, request.action)?.checkResponse?.(payload)
      : undefined;
    if (violation === undefined) {
      this.#finish({ kind: 'result', payload });
      return;
    }
    const detail = violation.message;
    const text = answerTo(version, { kind: faultKindOf(violation), id, messageType: 3, detail });
    if (text !== undefined) transmit(text);
    this.#finish({ kind: 'invalid', detail, payload });
  }

  /** A CALLRESULTERROR (2.1) tells that our answer was no good: nothing is left to do but to note it. */
  #receiveError({ type, id, code, description, details }: ErrorFrame): void {
    if (type === 5) {
      this.#options.fault({ kind: 'our_answer_refused', detail: `${id}: ${code} ${description}` });
    } else if (this.#outstanding?.id === id) {
      this.#finish({ kind: 'error', code, description, details });
    } else {
      this.#options.fault({ kind: 'unknown_answer', detail: `CALLERROR ${code} for ${id}` });
    }
  }

  #next(): void {
    if (this.#outstanding !== undefined) return;
    const request = this.#waiting.shift();
    if (request === undefined) return;
    if (!this.#options.transmit(encodeCall(request.id, request.action, request.payload))) {
      this.#options.clock.soon(() => request.done({ kind: 'unsent', why: 'offline' }));
      this.#next();
      return;
    }
    this.#outstanding = request;
    this.#timer = this.#options.clock.setTimer(request.timeoutMs, () => this.#finish({ kind: 'timeout' }));
    request.sent?.();
  }

  #finish(outcome: CallOutcome): void {
    const request = this.#take();
    request?.done(outcome);
    this.#next();
  }

  #take(): CallRequest | undefined {
    const request = this.#outstanding;
    this.#outstanding = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
    return request;
  }
}

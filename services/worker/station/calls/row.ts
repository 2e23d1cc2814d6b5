import type { EventData, EventType } from '../../../../libs/api/mod.js';
import type { CallMessage } from '../messages.js';
import type { DecisionAction } from '../config.js';
import type { Sparse } from '../events.js';
import type { Turn } from '../turn.js';

/** A CALL (or SEND) whose payload is known to have the form of its action's request. */
export interface Call<Req> extends CallMessage {
  readonly payload: Req;
}

/** How an action of the station is answered. */
export type Row<Req, Res extends object> = PlainRow<Req, Res> | DecisionRow<Req, Res>;

/** The gateway knows the answer. */
export interface PlainRow<Req, Res extends object> {
  /** Records the facts of the CALL, and gives its answer. */
  answer(turn: Turn, call: Call<Req>): Res;
}

/** The answer is a business decision, with a default. */
export interface DecisionRow<Req, Res extends object> {
  readonly decision: DecisionAction;
  /** False when this CALL needs no decision and the default is its answer. Left out: always. */
  wanted?(call: Call<Req>): boolean;
  /** True when what it says cannot come from whom the connection is: it is refused, and the connection closed. */
  isForeign?(call: Call<Req>): boolean;
  /** The token that the decision is about. */
  idToken?(request: Req): { readonly idToken: string; readonly type?: string } | undefined;
  /** The same message has come before, under another id: what it was answered. */
  repeated?(turn: Turn, call: Call<Req>): Res | undefined;
  /** The answer when nobody decides in time (CONFORMANCE 4). */
  fallback(turn: Turn, call: Call<Req>): Res;
  /** Adds what only the gateway knows to a decided answer. The result must pass the response's schema. */
  complete?(turn: Turn, call: Call<Req>, answer: Readonly<Record<string, unknown>>): unknown;
  /** Records the facts of the CALL with its answer, and gives the answer to send. */
  record(turn: Turn, call: Call<Req>, answer: Res): Res;
}

/** Records an event with the CALL's payload. */
export function recordEvent<T extends EventType>(
  turn: Turn,
  call: CallMessage,
  type: T,
  data: Sparse<EventData[T]>,
  { subject, at }: { readonly subject?: string | undefined; readonly at?: string | undefined } = {},
): void {
  turn.event(type, data, { subject, stationTime: turn.stationTime(at), message: call });
}

/** The row of an action that is answered `{}` and recorded as one event. `at` gives the station's time of it. */
export function noted<Req, T extends EventType>(
  type: T,
  data: (request: Req) => Sparse<EventData[T]>,
  at?: (request: Req) => string | undefined,
): PlainRow<Req, Record<string, never>> {
  return {
    answer(turn, call) {
      recordEvent(turn, call, type, data(call.payload), { at: at?.(call.payload) });
      return {};
    },
  };
}

/** The row of a decision with a constant default that is recorded as one event. */
export function decided<Req, Res extends object, T extends EventType>(
  decision: DecisionAction,
  fallback: (request: Req) => Res,
  type: T,
  data: (request: Req, answer: Res) => Sparse<EventData[T]>,
): DecisionRow<Req, Res> {
  return {
    decision,
    fallback: (_turn, call) => fallback(call.payload),
    record(turn, call, answer) {
      recordEvent(turn, call, type, data(call.payload, answer));
      return answer;
    },
  };
}

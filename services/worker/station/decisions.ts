import type { Question } from '../../../libs/api/mod.js';
import { findAction } from '../../../libs/ocpp/mod.js';
import type { Call, DecisionRow } from './calls/row.js';
import { hashBytes } from './hash.js';
import { LIMITS } from './limits.js';
import type { PendingAsk } from './state.js';
import type { Turn } from './turn.js';
import { isObject } from './vocabulary/tokens.js';

/** Questions to business services about a CALL that waits for its answer meanwhile. */

type AnyRow = DecisionRow<unknown, object>;
type AnyCall = Call<unknown>;

/** By so much the actor waits longer than the deadline: who asks for it gives its answer, or that there is none, before. */
const DECISION_MARGIN_MS = 1000;

/** True when the CALL now waits for an answer; false: its default applies. */
export function ask(turn: Turn, row: AnyRow, call: AnyCall): boolean {
  const { state, config, now } = turn;
  if (!config.asks.has(row.decision) || row.wanted?.(call) === false) return false;
  if (state.asks.length >= LIMITS.asks) {
    turn.count('decision_defaulted');
    return false;
  }
  const askId = askIdOf(call);
  const deadline = now + config.decisionTimeoutMs;
  state.asks = [...state.asks, { askId, call, deadline: deadline + DECISION_MARGIN_MS }];
  const question = questionOf(turn, row, call, askId, deadline);
  turn.do({ type: 'ask', askId, action: row.decision, question });
  return true;
}

/** The same for the same CALL: a question that is asked again after a crash can be recognised. */
function askIdOf({ connection, id, raw }: AnyCall): string {
  return `${connection.connectionId}/${id}/${hashBytes(raw).toString(36)}`;
}

function questionOf(turn: Turn, row: AnyRow, call: AnyCall, askId: string, deadline: number): Question {
  const { connection, action, payload, traceparent } = call;
  const idToken = row.idToken?.(payload);
  return {
    askId,
    stationId: turn.state.stationId,
    version: connection.version,
    action,
    provisioned: connection.provisioned,
    securityProfile: connection.securityProfile,
    ...(idToken && { idToken }),
    payload,
    deadline,
    ...(traceparent !== undefined && { traceparent }),
  };
}

/** The pending CALL with this id on the same connection. */
export function pendingAsk({ state }: Turn, { connection, id }: AnyCall): PendingAsk | undefined {
  if (state.asks.length === 0) return undefined;
  return state.asks.find(
    ({ call }) => call.id === id && call.connection.connectionId === connection.connectionId,
  );
}

export const isSameAsk = ({ askId }: PendingAsk, call: AnyCall): boolean => askId === askIdOf(call);

/** Takes the pending question out of the state. */
export function takeAsk({ state }: Turn, askId: string): PendingAsk | undefined {
  const pending = state.asks.find((one) => one.askId === askId);
  if (pending !== undefined) state.asks = state.asks.filter((one) => one !== pending);
  return pending;
}

/** The response that a decider's answer makes; the default, counted, when there is none or it is not valid. */
export function responseOf(turn: Turn, row: AnyRow, call: AnyCall, answer: unknown): object {
  if (answer === undefined) {
    turn.count('decision_defaulted');
    return row.fallback(turn, call);
  }
  const response = isObject(answer) ? (row.complete?.(turn, call, answer) ?? answer) : answer;
  const check = findAction(call.connection.version, call.action)?.checkResponse;
  if (isObject(response) && check?.(response) === undefined) return response;
  turn.count('decision_invalid');
  return row.fallback(turn, call);
}

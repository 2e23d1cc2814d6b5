import type { Behaviour } from '../../../libs/actor/mod.js';
import { decodeState, encodeState } from './codec.js';
import type { StationConfig } from './config.js';
import type { StationEffect } from './effects.js';
import type { StationMessage } from './messages.js';
import { mayPassivate, receive, wakeAt } from './receive.js';
import { createState, type StationState } from './state.js';

export {
  DECISION_ACTIONS,
  DEFAULT_STATION_CONFIG,
  type DecisionAction,
  type StationConfig,
} from './config.js';
export { LOGGED_EVENTS } from './effects.js';
export type { EventEffect, OwnersWord, ReceivedEffect, StationCounter, StationEffect } from './effects.js';
export type {
  CallMessage,
  CancelMessage,
  CommandMessage,
  DecidedMessage,
  QueryMessage,
  StationMessage,
} from './messages.js';
export type { StationState } from './state.js';

/**
 * The station actor: what CONFORMANCE.md, sections 3 to 6, asks of the central side for one station. Keyed by station
 * token.
 */
export function stationBehaviour(
  config: StationConfig,
): Behaviour<StationState, StationMessage, StationEffect> {
  return {
    create: createState,
    receive: (state, message, context) => receive(state, message, context, config),
    signals: { activated: { type: 'activated' }, wake: { type: 'wake' } },
    encode: encodeState,
    decode: decodeState,
    wakeAt,
    mayPassivate,
    isUrgent: ({ type }) => type === 'connected' || type === 'disconnected',
    isDurable: ({ type }) => type === 'event' || type === 'answer',
  };
}

import type { DecisionAction } from '../../../libs/link/mod.js';

export { DECISION_ACTIONS, type DecisionAction } from '../../../libs/link/mod.js';

/** What an operator may set about how stations are treated. */
export interface StationConfig {
  /** The actions about which business services are asked; for the others the default of section 4 is the answer. */
  readonly asks: ReadonlySet<DecisionAction>;
  /** How long, in milliseconds, business services have to answer. */
  readonly decisionTimeoutMs: number;
  /** Seconds between heartbeats of an accepted station. */
  readonly heartbeatIntervalS: number;
  /** Seconds that a station that is not accepted waits before it boots again. */
  readonly bootRetryIntervalS: number;
  /**
   * How long, in milliseconds, a new owner waits for the edges to announce the connection that the station had, before
   * it takes the station for offline.
   */
  readonly reconnectGraceMs: number;
}

/** Nobody is asked: known stations are accepted, tokens are not. */
export const DEFAULT_STATION_CONFIG: StationConfig = {
  asks: new Set(),
  decisionTimeoutMs: 5_000,
  heartbeatIntervalS: 300,
  bootRetryIntervalS: 60,
  reconnectGraceMs: 10_000,
};

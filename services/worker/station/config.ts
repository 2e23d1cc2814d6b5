/** What an operator may set about how stations are treated. */
export interface StationConfig {
  /** The actions about which business services are asked; for the others the default of section 4 is the answer. */
  readonly asks: ReadonlySet<DecisionAction>;
  /** The actor's own limit for an answer, in milliseconds: a little longer than the one that the worker gives the bus. */
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

/** The actions whose answer is a decision (CONFORMANCE 4). */
export const DECISION_ACTIONS = [
  'BootNotification',
  'Authorize',
  'StartTransaction',
  'StopTransaction',
  'TransactionEvent',
  'DataTransfer',
  'SignCertificate',
  'Get15118EVCertificate',
  'GetCertificateStatus',
  'GetCertificateChainStatus',
  'NotifyEVChargingNeeds',
  'NotifyEVChargingSchedule',
  'OpenPeriodicEventStream',
  'PullDynamicScheduleUpdate',
  'VatNumberValidation',
] as const;

export type DecisionAction = (typeof DECISION_ACTIONS)[number];

/** Nobody is asked: known stations are accepted, tokens are not. */
export const DEFAULT_STATION_CONFIG: StationConfig = {
  asks: new Set(),
  decisionTimeoutMs: 6_000,
  heartbeatIntervalS: 300,
  bootRetryIntervalS: 60,
  reconnectGraceMs: 10_000,
};

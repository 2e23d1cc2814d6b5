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

/** The decisions about id tokens. */
export const TOKEN_ACTIONS = [
  'Authorize',
  'StartTransaction',
  'StopTransaction',
  'TransactionEvent',
] as const satisfies readonly DecisionAction[];

/** The charging-station side of OCPP-J: a station that connects, boots, charges, and answers every command. */
export type { Backoff } from './backoff.js';
export type { CommandReply } from './calls.js';
export type { ChargePlan, VisitResult } from './charging/visit.js';
export type { ConnectionEnd, TlsOptions } from './connection.js';
export type { BootReason } from './dialect.js';
export type { ConnectorStatus, Evse } from './model/evse.js';
export type {
  Observer,
  ReceivedCommand,
  RegistrationStatus,
  SentCall,
  TransactionMoment,
} from './observer.js';
export type { StationOptions } from './options.js';
export type { CallOutcome, PeerFault } from './outcomes.js';
export { createRandom, type Random } from './random.js';
export { sharedTimers } from './shared-timers.js';
export { Station } from './station.js';
export type { ChargingState, IdToken, StopReason, Transaction, TransactionMessage } from './transaction.js';

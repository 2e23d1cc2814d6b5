import type { CommandSnapshot, JobSnapshot } from './commands.js';
import type { ConnectorStatus, RegistrationStatus } from './vocabulary.js';

/** What a station's actor knows at one moment. Times are epoch milliseconds. */
export interface StationSnapshot {
  readonly stationId: string;
  /** `None`: no BootNotification was seen. */
  readonly registration: 'None' | RegistrationStatus;
  /** Left out: the station is offline. */
  readonly connection?: {
    readonly connectionId: string;
    readonly edgeId: string;
    readonly version: string;
    readonly securityProfile: number;
    readonly connectedAt: number;
    readonly lastSeenAt: number;
  };
  readonly connectors: readonly {
    readonly evseId: number;
    readonly connectorId: number;
    readonly status: ConnectorStatus;
  }[];
  /** Those that run. */
  readonly transactions: readonly {
    readonly transactionId: string;
    readonly evseId?: number;
    readonly connectorId?: number;
    readonly startedAt: number;
  }[];
  /** Those that wait or are under way, in order. */
  readonly commands: readonly CommandSnapshot[];
  readonly jobs: readonly JobSnapshot[];
  /** Number of the last event. */
  readonly eventNumber: number;
}

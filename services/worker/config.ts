import type { StationConfig } from './station/mod.js';

export interface WorkerConfig {
  /** Unique in the cluster; leases are held under it. */
  readonly workerId: string;
  readonly leaseTtlMs: number;
  /** How long a business service has to decide before the default applies. */
  readonly decisionTimeoutMs: number;
  /** The decisions that the gateway takes itself: those about id tokens where a tokens file says who may charge. */
  readonly ownDecisions: ReadonlySet<string>;
  /** How long a station has to answer a command, unless the caller says otherwise. */
  readonly commandTimeoutMs: number;
  /** An actor without connection, commands and messages is dropped from memory after this long. */
  readonly passivateAfterMs: number;
  readonly station: StationConfig;
}

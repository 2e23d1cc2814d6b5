import type { Directory } from './directory.js';
import type { Leases } from './leases.js';
import type { RunningStations } from './running.js';
import type { States } from './states.js';
import type { Workers } from './workers.js';

/**
 * The durable side of a cluster: shard leases, station state by shard, the station directory, who is alive, and where transactions
 * run.
 */
export interface Store {
  readonly leases: Leases;
  readonly states: States;
  readonly directory: Directory;
  readonly workers: Workers;
  readonly running: RunningStations;
  /** Number of shards that this store was created with; fixed for its life. */
  readonly shards: number;
  /** Rejects with a StoreError when the store cannot serve at this moment. */
  check(): Promise<void>;
  close(): Promise<void>;
}

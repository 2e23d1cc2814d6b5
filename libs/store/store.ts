import type { Directory } from './directory.js';
import type { Leases } from './leases.js';
import type { States } from './states.js';

/** The durable side of a cluster: shard leases, station state by shard, and the station directory. */
export interface Store {
  readonly leases: Leases;
  readonly states: States;
  readonly directory: Directory;
  /** Number of shards that this store was created with; fixed for its life. */
  readonly shards: number;
  /** Rejects with a StoreError when the store cannot serve at this moment. */
  check(): Promise<void>;
  close(): Promise<void>;
}

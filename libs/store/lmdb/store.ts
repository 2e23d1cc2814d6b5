import type { Clock } from '../../clock/mod.js';
import { StoreError } from '../errors.js';
import type { Store } from '../store.js';
import { workerTable } from '../worker-table.js';
import { LmdbDirectory } from './directory.js';
import type { LmdbEnvironment } from './environment.js';
import { lmdbLeases } from './leases.js';
import { lmdbRunning } from './running.js';
import { LmdbStates } from './states.js';

export interface LmdbStoreOptions {
  /** Closed with the last of the stores and event logs in it. */
  readonly environment: LmdbEnvironment;
  /** Times the leases. */
  readonly clock: Clock;
  /** Fixed when the store is created. */
  readonly shards: number;
  /**
   * Bytes of state that may stand in the journal, and in memory, before they are moved into records of their own;
   * 32 MiB unless told. More: less work for the disk; fewer: a faster start.
   */
  readonly checkpointBytes?: number;
}

/** A range ends with the shard after its own. */
const MAX_SHARDS = 0xffff;
const CHECKPOINT_BYTES = 32 * 1024 * 1024;

/** @throws StoreError `mismatch` for another number of shards than at first, `damaged`, `unavailable`. */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<Store> {
  const { environment, clock, shards } = options;
  if (!Number.isInteger(shards) || shards < 1 || shards > MAX_SHARDS) {
    throw new StoreError('bad_argument', `${shards} shards: choose an integer from 1 to ${MAX_SHARDS}`);
  }
  await environment.fix(
    'shards',
    String(shards),
    (found) => `has ${found} shards and cannot be used with ${shards}`,
  );
  const { leases, table } = lmdbLeases(environment.main, clock, shards);
  const states = new LmdbStates(environment, table, shards, options.checkpointBytes ?? CHECKPOINT_BYTES);
  const leave = environment.use();
  return {
    shards,
    leases,
    states,
    directory: new LmdbDirectory(environment.main),
    workers: workerTable(clock, () => environment.main.mustBeOpen()),
    running: lmdbRunning(environment.main, clock),
    check: () => environment.check(),
    close: async () => {
      await states.close();
      await leave();
    },
  };
}

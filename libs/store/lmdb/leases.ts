import { checkLease, checkShard } from '../check.js';
import { StoreError } from '../errors.js';
import { LeaseTable } from '../lease-table.js';
import type { Leases } from '../leases.js';
import type { Clock } from '../../clock/mod.js';
import type { LmdbFile, Table } from './file.js';
import { numberOf, numberValue, shardKey } from './keys.js';

/**
 * The leases of a directory that one process has for itself. Who holds a lease is kept in memory: when the directory is
 * opened, whoever held one before is dead. Epochs are kept in a table, so that they never repeat.
 */
export function lmdbLeases(
  main: LmdbFile,
  clock: Clock,
  shards: number,
): { leases: Leases; table: LeaseTable } {
  const epochs = main.table('epochs');
  const table = new LeaseTable(clock, readEpochs(main, epochs, shards));
  const leases: Leases = {
    acquire: async (shard, owner, ttlMs) => {
      checkLease(shard, shards, owner, ttlMs);
      main.mustBeOpen();
      const grant = table.acquire(shard, owner, ttlMs);
      if (grant.granted) {
        const value = numberValue(grant.epoch);
        await main.write({ apply: (writer) => writer.put(epochs, shardKey(shard, ''), value) }, 8);
      }
      return grant;
    },
    renew: async (shard, owner, epoch, ttlMs) => {
      checkLease(shard, shards, owner, ttlMs);
      main.mustBeOpen();
      return table.renew(shard, owner, epoch, ttlMs);
    },
    release: async (shard, owner, epoch) => {
      checkShard(shard, shards);
      main.mustBeOpen();
      return table.release(shard, owner, epoch);
    },
  };
  return { leases, table };
}

function readEpochs(main: LmdbFile, table: Table, shards: number): Float64Array {
  return main.read(() =>
    Float64Array.from({ length: shards }, (_, shard) => {
      const value = table.getBinary(shardKey(shard, ''));
      const epoch = value === undefined ? 0 : numberOf(value);
      if (epoch === undefined || !Number.isSafeInteger(epoch)) {
        throw new StoreError('damaged', `epoch of shard ${shard} is unreadable: restore a backup`);
      }
      return epoch;
    }),
  );
}

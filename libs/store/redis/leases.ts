import { checkLease, checkShard } from '../check.js';
import type { Leases } from '../leases.js';
import type { Room } from './room.js';
import { ACQUIRE, RELEASE, RENEW } from './scripts.js';

/** Leases by Redis' own clock. See `Keys` for what is written. */
export function redisLeases({ keys, link, slotOf, mustBeOpen }: Room): Leases {
  return {
    acquire: async (shard, owner, ttlMs) => {
      mustBeOpen();
      checkLease(shard, keys.shards, owner, ttlMs);
      const args = [owner, ttlMs, link.instance, link.era];
      const reply = (await link.script(ACQUIRE, slotOf(shard), [keys.lease(shard)], args)) as AcquireReply;
      const epoch = Number(reply[1]);
      if (reply[0] === 1) return { granted: true, epoch };
      return { granted: false, epoch, holder: reply[2], remainingMs: Number(reply[3]) };
    },
    renew: async (shard, owner, epoch, ttlMs) => {
      mustBeOpen();
      checkLease(shard, keys.shards, owner, ttlMs);
      const args = [owner, epoch, ttlMs];
      return (await link.script(RENEW, slotOf(shard), [keys.lease(shard)], args)) === 1;
    },
    release: async (shard, owner, epoch) => {
      mustBeOpen();
      checkShard(shard, keys.shards);
      return (await link.script(RELEASE, slotOf(shard), [keys.lease(shard)], [owner, epoch])) === 1;
    },
  };
}

type AcquireReply =
  | readonly [granted: 1, epoch: string]
  | readonly [granted: 0, epoch: string, holder: string, remainingMs: string];

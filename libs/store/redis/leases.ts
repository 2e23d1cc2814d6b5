import { checkLease, checkShard } from '../check.js';
import type { Leases } from '../leases.js';
import type { Room } from './room.js';
import { ACQUIRE, RELEASE, RENEW } from './scripts.js';

/** Leases by Redis' own clock. See `Keys` for what is written. A grant that too few replicas have is none: `unavailable`. */
export function redisLeases({ keys, link, replicas, slotOf, mustBeOpen }: Room): Leases {
  return {
    acquire: async (shard, owner, ttlMs) => {
      mustBeOpen();
      checkLease(shard, keys.shards, owner, ttlMs);
      const args = [owner, ttlMs, link.instance, link.era];
      const slot = slotOf(shard);
      const node = link.node(slot);
      const { stream } = node;
      const known = replicas.shortage(node);
      if (known !== undefined) throw known;
      const reply = (await link.script(ACQUIRE, slot, [keys.lease(shard)], args)) as AcquireReply;
      const epoch = Number(reply[1]);
      if (reply[0] === 1) {
        const shortage = await replicas.confirmAnswered(node, stream);
        if (shortage !== undefined) throw shortage;
        return { granted: true, epoch };
      }
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

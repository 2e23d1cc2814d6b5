import { StoreError } from '../errors.js';

/**
 * The keys in Redis. All of them begin with the store's prefix, `csms` unless told; `{s17}` is the hash tag of shard 17, so
 * that a Redis Cluster keeps all keys of a shard on one node.
 *
 * | key | type | holds |
 * | --- | --- | --- |
 * | `csms:meta` | string | format and number of shards, as JSON; written once |
 * | `csms:workers` | sorted set | names of the workers; score: epoch milliseconds until which each is alive |
 * | `csms:{running}:at` | sorted set | entries of running stations; score: epoch milliseconds at which each was written |
 * | `csms:{running}:hashes` | hash | of each entry, the hashes of its station ids, four bytes each |
 * | `csms:{s17}:lease` | hash | `owner` and `until` (epoch milliseconds) while somebody holds the shard; `fence`: see below |
 * | `csms:{s17}:a:<token>` | string | state record of a station (`a` for actor), bytes |
 * | `csms:{s17}:wake` | sorted set | station tokens; score: epoch milliseconds at which the actor must be awake |
 * | `csms:{s17}:stations` | hash | directory: station id → record as JSON |
 * | `csms:{s17}:station-ids` | sorted set | directory: station ids, all with score 0, for their order |
 * | `csms:{s17}:probe` | string | written by health checks; lapses after a minute |
 *
 * `fence` is `<epoch>:<instance>:<era>`. The epoch is that of the newest grant; a write is accepted only with that epoch.
 * An instance is one opened store; it raises its era whenever it does not learn how a command ended. A write that carries
 * an older era than the newest one seen of the same instance was overtaken on its way (it sat in a stalled connection while
 * the instance wrote on over another one) and is refused. All times are those of Redis' own clock.
 *
 * The directory of a station stands in shard FNV-1a-32(station id, UTF-8) mod shards. Nothing but the probe ever expires by
 * itself: Redis must not evict keys (`maxmemory-policy noeviction`).
 */
export class Keys {
  /** @throws StoreError `bad_argument` for a prefix that Redis Cluster or an operator could misread. */
  constructor(
    readonly prefix: string,
    readonly shards: number,
  ) {
    if (!/^[A-Za-z0-9_.:-]{1,64}$/.test(prefix)) {
      const text = `key prefix "${prefix}": use 1 to 64 letters, digits and the characters _ . : -`;
      throw new StoreError('bad_argument', text);
    }
  }

  get meta(): string {
    return `${this.prefix}:meta`;
  }

  get workers(): string {
    return `${this.prefix}:workers`;
  }

  get runningAt(): string {
    return `${this.prefix}:{running}:at`;
  }

  get runningHashes(): string {
    return `${this.prefix}:{running}:hashes`;
  }

  lease(shard: number): string {
    return `${this.shard(shard)}lease`;
  }

  /** What the keys of all records of a shard begin with. */
  records(shard: number): string {
    return `${this.shard(shard)}a:`;
  }

  wake(shard: number): string {
    return `${this.shard(shard)}wake`;
  }

  stations(shard: number): string {
    return `${this.shard(shard)}stations`;
  }

  stationIds(shard: number): string {
    return `${this.shard(shard)}station-ids`;
  }

  probe(shard: number): string {
    return `${this.shard(shard)}probe`;
  }

  /** The shard whose keys hold the directory record of a station. */
  shardOfStation(stationId: string): number {
    let hash = 0x811c9dc5;
    for (const byte of Buffer.from(stationId)) hash = Math.imul(hash ^ byte, 0x01000193);
    return (hash >>> 0) % this.shards;
  }

  /** What all keys of a shard begin with. */
  shard(shard: number): string {
    return `${this.prefix}:{s${shard}}:`;
  }
}

/**
 * Rendezvous hashing: each shard belongs to the worker whose hash with it is highest. Whoever knows the same workers comes
 * to the same result, and a worker that joins or leaves moves only the shards that it wins or had.
 */
export function winnerOf(shard: number, workers: Iterable<string>): string | undefined {
  let winner: string | undefined;
  let highest = -1;
  for (const worker of workers) {
    const hash = hashOf(worker, shard);
    // Equal hashes: the greater name, so that the order of the workers does not matter.
    if (hash > highest || (hash === highest && winner !== undefined && worker > winner)) {
      winner = worker;
      highest = hash;
    }
  }
  return winner;
}

/** The shards from 0 to `shards - 1` that belong to `worker`, when `workers` are the live ones. */
export function shardsWonBy(worker: string, workers: readonly string[], shards: number): Set<number> {
  const won = new Set<number>();
  for (let shard = 0; shard < shards; shard++) if (winnerOf(shard, workers) === worker) won.add(shard);
  return won;
}

/** FNV-1a-32 of name and shard. It mixes the last characters badly, so MurmurHash3's finalizer follows. */
function hashOf(worker: string, shard: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < worker.length; at++) hash = Math.imul(hash ^ worker.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (shard & 0xff), 0x01000193);
  hash = Math.imul(hash ^ (shard >>> 8), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

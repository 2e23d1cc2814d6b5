import type { Store } from '../store.js';
import type { RedisStoreOptions } from './store.js';

/**
 * Opens the store in a Redis: one server, the master of sentinels, or a cluster. While that is away every call fails at once, or
 * after `commandTimeoutMs`, with `unavailable` (`refused` where access is taken away); the store serves again by itself when it is back.
 * @throws StoreError `bad_argument`; `mismatch` for another number of shards than at first, or a Redis that evicts keys;
 * `unavailable`; `refused` for a wrong password or too few rights; `damaged`.
 */
export async function openRedisStore(options: RedisStoreOptions): Promise<Store> {
  // A process that keeps its state elsewhere does not load ioredis.
  const { openStore } = await import('./store.js');
  return openStore(options);
}

import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { RedisServer } from '../../servers/mod.js';
import type { OpenStore, StoreHarness } from '../contract-harness.js';
import { openRedisStore } from '../mod.js';

const PATIENCE_MS = 10_000;

/** Moves all deadlines of leases and workers, and the times of entries, back by ARGV[1] milliseconds, as if so much time had passed. */
const PASS = `
for _, key in ipairs(redis.call('KEYS', '*:lease')) do
  if redis.call('HEXISTS', key, 'until') == 1 then redis.call('HINCRBY', key, 'until', -ARGV[1]) end
end
for _, key in ipairs(redis.call('KEYS', '*:workers')) do
  for _, name in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, -ARGV[1], name) end
end
for _, key in ipairs(redis.call('KEYS', '*:{running}:at')) do
  for _, name in ipairs(redis.call('ZRANGE', key, 0, -1)) do redis.call('ZINCRBY', key, -ARGV[1], name) end
end
return 1
`;

/** Lets time pass in the Redis that listens on `port`. */
export async function pass(ports: readonly number[], ms: number): Promise<void> {
  await onEach(ports, (redis) => redis.eval(PASS, 0, Math.round(ms)));
}

export async function flush(ports: readonly number[]): Promise<void> {
  await onEach(ports, (redis) => redis.flushall());
}

/** Runs something on each server, over a connection of its own. */
export async function onEach<T>(
  ports: readonly number[],
  perform: (redis: Redis) => Promise<T>,
): Promise<T[]> {
  return Promise.all(
    ports.map(async (port) => {
      const redis = new Redis({ port, host: '127.0.0.1', lazyConnect: true });
      try {
        await redis.connect();
        return await perform(redis);
      } finally {
        redis.disconnect();
      }
    }),
  );
}

/** For the contract suite: stores in servers that are there already, emptied for each test. */
export function opener(url: () => string, ports: () => readonly number[]): OpenStore {
  return async ({ shards }) => {
    await flush(ports());
    const open = (count: number) => openRedisStore({ url: url(), shards: count });
    const harness: StoreHarness = {
      store: await open(shards),
      leasesSurvive: true,
      pass: (ms) => pass(ports(), ms),
      reopen: async (options = {}) => {
        await harness.store.close();
        return open(options.shards ?? shards);
      },
      dispose: () => harness.store.close(),
    };
    return harness;
  };
}

export async function temporaryFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-redis-store-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** A server in a folder of its own, and what takes both away. */
export async function startRedis(
  args: readonly string[] = [],
): Promise<{ server: RedisServer; stop: () => Promise<void> }> {
  const { folder, remove } = await temporaryFolder();
  const server = await RedisServer.start({ folder, args });
  const stop = async () => {
    await server.kill9();
    await remove();
  };
  return { server, stop };
}

/** Waits until `condition` holds; a rejection counts as false. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      if (await condition()) return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    if (Date.now() > deadline) throw new Error('it did not come true in time');
    await sleep(5);
  }
}

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../clock/mod.js';
import { createLogger } from '../ops/mod.js';
import { RedisServer, TcpProxy } from '../servers/mod.js';
import { openRedis } from './redis.js';

test('a stalled Redis is given up after the time that is asked for', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-open-redis-'));
  const server = await RedisServer.start({ folder });
  const proxy = await TcpProxy.start(server.port);
  try {
    const redisUrl = `redis://127.0.0.1:${proxy.port}`;
    const logger = createLogger({ level: 'error', name: 'test' }, { write: () => undefined });
    const use = { name: 'test', shards: 4, clock: systemClock(), logger };
    const store = await openRedis({ redisUrl }, { ...use, commandTimeoutMs: 150 });
    try {
      proxy.stall();
      await assert.rejects(store.check(), { code: 'unavailable', message: /did not answer within 150 ms/ });
    } finally {
      await store.close();
    }
  } finally {
    await proxy.close();
    await server.kill9();
    await rm(folder, { recursive: true, force: true });
  }
});

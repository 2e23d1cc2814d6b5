import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { RedisCluster, RedisSentinel, RedisServer } from './mod.js';
import { ask } from './ports.js';
import { until } from '../clock/testing/until.js';

describe('more than one Redis server', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-redis-'));
  });
  after(() => rm(folder, { recursive: true }));

  test('a cluster serves every slot; two nodes serve on without the third; it comes back with its data', async () => {
    const cluster = await RedisCluster.start({ folder: path.join(folder, 'cluster') });
    try {
      // The slots of the keys k (7629) and c (7365) belong to the second node, that of b (3300) to the first.
      const [first, second] = [cluster.nodeOf(3300), cluster.nodeOf(7629)];
      assert.equal(await ask(second.port, 'SET k v\r\n'), '+OK\r\n');
      assert.equal(await ask(first.port, 'GET k\r\n'), `-MOVED 7629 127.0.0.1:${second.port}\r\n`);
      await second.kill9();
      await until(async () => (await ask(first.port, 'CLUSTER INFO\r\n'))?.includes('slots_fail:5') === true);
      assert.equal(await ask(first.port, 'SET b v\r\n'), '+OK\r\n');
      await second.start();
      await cluster.isWhole();
      assert.equal(await ask(second.port, 'GET k\r\n'), '$1\r\nv\r\n');
    } finally {
      await cluster.kill9();
    }
  });

  test('a sentinel makes the replica the master when the master is dead', async () => {
    const master = await RedisServer.start({ folder: path.join(folder, 'master') });
    const replica = await RedisServer.start({ folder: path.join(folder, 'replica'), replicaOf: master });
    const sentinel = await RedisSentinel.start({ folder: path.join(folder, 'sentinel'), master });
    try {
      assert.equal(await sentinel.masterPort(), master.port);
      await until(async () => (await sentinel.replicas()) === 1);
      await ask(master.port, 'SET k v\r\n');
      await until(async () => (await ask(replica.port, 'GET k\r\n')) === '$1\r\nv\r\n');
      await master.kill9();
      await until(async () => (await sentinel.masterPort()) === replica.port);
      await until(async () => (await ask(replica.port, 'SET k2 v\r\n')) === '+OK\r\n');
      assert.equal(await ask(replica.port, 'GET k\r\n'), '$1\r\nv\r\n');
    } finally {
      await Promise.all([sentinel.kill9(), master.kill9(), replica.kill9()]);
    }
  });
});

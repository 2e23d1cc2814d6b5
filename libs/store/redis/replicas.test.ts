import assert from 'node:assert/strict';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { RedisSentinel, RedisServer } from '../../servers/mod.js';
import { openRedisStore, type RedisStoreOptions, type Store } from '../mod.js';
import { onEach, temporaryFolder, until } from './redis.fixture.js';

const TTL = 60_000;
const SHARD = 1;

describe('a Redis with a replica, and a sentinel', () => {
  let folder: string;
  let remove: () => Promise<void>;
  let master: RedisServer;
  let replica: RedisServer;
  let sentinel: RedisSentinel;
  let stores: Store[];

  before(async () => {
    ({ folder, remove } = await temporaryFolder());
    master = await RedisServer.start({ folder: path.join(folder, 'master') });
    replica = await RedisServer.start({ folder: path.join(folder, 'replica'), replicaOf: master });
    sentinel = await RedisSentinel.start({ folder: path.join(folder, 'sentinel'), master });
    await until(async () => (await sentinel.replicas()) === 1);
  });
  after(async () => {
    await Promise.all([sentinel.kill9(), master.kill9(), replica.kill9()]);
    await remove();
  });
  beforeEach(() => {
    stores = [];
  });
  afterEach(() => Promise.all(stores.map((store) => store.close())));

  async function open(options: Partial<RedisStoreOptions> = {}): Promise<Store> {
    const store = await openRedisStore({ url: sentinel.url, shards: 4, commandTimeoutMs: 500, ...options });
    stores.push(store);
    return store;
  }

  /** Once there are replicas enough. */
  async function acquire(store: Store, owner: string): Promise<number> {
    let epoch = 0;
    await until(async () => {
      const grant = await store.leases.acquire(SHARD, owner, TTL);
      assert.ok(grant.granted);
      epoch = grant.epoch;
      return true;
    });
    return epoch;
  }

  const commit = (store: Store, epoch: number, value: string) =>
    store.states.commit([{ shard: SHARD, epoch, writes: [{ key: value, value: Buffer.from(value) }] }]);
  const load = async (store: Store, key: string) =>
    Buffer.from((await store.states.load(SHARD, key)) ?? []).toString();

  test('a commit waits for as many replicas as are asked for; too few: unavailable', async () => {
    const store = await open({ replicas: 1 });
    const epoch = await acquire(store, 'a');
    await until(async () => (await commit(store, epoch, 'both'))[0] === 'committed');
    const strict = await open({ replicas: 2 });
    await assert.rejects(commit(strict, epoch, 'one'), {
      code: 'unavailable',
      message: /of the replicas of Redis at .* 1 have acknowledged a write within 166 ms, 2 must/,
    });
    // It has been written nevertheless: the outcome was not known.
    assert.equal(await load(store, 'one'), 'one');
  });

  test('a replica that hangs: grants and commits fail, later ones at once, until it is back', async () => {
    const store = await open({ replicas: 1 });
    const epoch = await acquire(store, 'a');
    await until(async () => (await commit(store, epoch, 'before'))[0] === 'committed');
    const short = { code: 'unavailable', message: /of the replicas of Redis at .* 0 have acknowledged/ };
    replica.signal('SIGSTOP');
    try {
      const grants = Array.from({ length: 4 }, (_, shard) =>
        assert.rejects(store.leases.acquire(shard, 'a', TTL), short),
      );
      await Promise.all(grants);
      for (let n = 0; n < 5; n++) await assert.rejects(commit(store, epoch, 'none'), short);
      assert.equal(await load(store, 'none'), '');
      assert.equal(await load(store, 'before'), 'before');
    } finally {
      replica.signal('SIGCONT');
    }
    const next = await acquire(store, 'a');
    assert.ok(next > epoch);
    assert.deepEqual(await commit(store, next, 'back'), ['committed']);
  });

  test('the master dies: the store follows to the new one; what replicas acknowledged is there', async () => {
    const careful = await open({ replicas: 1 });
    const store = await open();
    const epoch = await acquire(careful, 'a');
    for (let n = 0; n < 50; n++) await commit(careful, epoch, `acknowledged ${n}`);
    await master.kill9();
    await assert.rejects(store.check(), { code: 'unavailable' });
    await until(async () => (await store.check()) === undefined);
    assert.equal(await sentinel.masterPort(), replica.port);
    // When the sentinel tells of the new master, even a store that is connected to it connects once more.
    for (let n = 0; n < 50; n++) await until(async () => (await load(store, `acknowledged ${n}`)) !== '');
    await until(async () => (await commit(store, epoch, 'after'))[0] === 'committed');
    const next = await acquire(store, 'a');
    assert.ok(next > epoch);
    // The old master comes back as a replica; a store in it is told so, and the commits of `careful` have one again.
    await master.start();
    // The sentinel would do so itself, after about ten seconds.
    await onEach([master.port], (redis) => redis.replicaof('127.0.0.1', replica.port));
    await until(async () => (await commit(careful, next, 'acknowledged again'))[0] === 'committed');
    const astray = {
      code: 'unavailable',
      message: /is a replica and takes no writes: give the URL of the master/,
    };
    await assert.rejects(open({ url: master.url }), astray);
  });
});

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import type { RedisServer } from '../../servers/mod.js';
import { openRedisStore, StoreError, type RedisStoreOptions, type Store } from '../mod.js';
import { flush, onEach, startRedis, temporaryFolder, until } from './redis.fixture.js';

const PASSWORD = 'pa:ss@w/rd';

describe('a Redis that something is wrong with', () => {
  let server: RedisServer;
  let stop: () => Promise<void>;
  let store: Store;

  before(async () => {
    ({ server, stop } = await startRedis(['--enable-protected-configs', 'yes']));
  });
  after(() => stop());
  beforeEach(async () => {
    await flush([server.port]);
    store = await openRedisStore({ url: server.url, shards: 4 });
  });
  afterEach(() => store.close());

  const admin = (...command: [string, ...string[]]) =>
    onEach([server.port], (redis) => redis.call(...command));
  const config = (name: string, value: string) => admin('CONFIG', 'SET', name, value);

  async function granted(): Promise<number> {
    const grant = await store.leases.acquire(1, 'a', 60_000);
    assert.ok(grant.granted);
    return grant.epoch;
  }

  /** Every write fails with `message`, and `check` does so too; then all is well again. */
  async function refusesWrites(spoil: () => Promise<unknown>, mend: () => Promise<unknown>, message: RegExp) {
    const epoch = await granted();
    const commit = (value: string) =>
      store.states.commit([
        {
          shard: 1,
          epoch,
          writes: [
            { key: 'k', value: Buffer.from(value), wakeAt: 1 },
            { key: 'other', value: Buffer.from(value) },
          ],
        },
      ]);
    await commit('before');
    await spoil();
    try {
      await assert.rejects(store.check(), { code: 'unavailable', message });
      await assert.rejects(commit('refused'), { code: 'unavailable' });
    } finally {
      await mend();
    }
    await until(async () => (await store.check()) === undefined);
    for (const key of ['k', 'other']) {
      assert.equal(Buffer.from((await store.states.load(1, key)) ?? []).toString(), 'before');
    }
    assert.deepEqual(await commit('after'), ['committed']);
  }

  test('a replica', () =>
    refusesWrites(
      () => admin('REPLICAOF', '127.0.0.1', '1'),
      () => admin('REPLICAOF', 'NO', 'ONE'),
      /is a replica and takes no writes|cannot be reached/,
    ));

  test('no memory left', () =>
    refusesWrites(
      () => config('maxmemory', '100kb'),
      () => config('maxmemory', '0'),
      /no memory left: raise its maxmemory/,
    ));

  test('a disk that it cannot save to', async () => {
    const { folder, remove } = await temporaryFolder();
    const [values] = await onEach([server.port], (redis) => redis.config('GET', 'dir'));
    const [, home = ''] = values as string[];
    await refusesWrites(
      async () => {
        await config('save', '3600 1');
        await config('dir', folder);
        await rm(folder, { recursive: true });
        await admin('BGSAVE');
        await until(async () => {
          const [info = ''] = await onEach([server.port], (redis) => redis.info('persistence'));
          return info.includes('rdb_last_bgsave_status:err');
        });
      },
      async () => {
        await config('dir', home);
        await config('save', '');
      },
      /cannot save to its disk/,
    );
    await remove();
  });

  test('one that evicts keys: refused at the start', async () => {
    await config('maxmemory-policy', 'allkeys-lru');
    await config('maxmemory', '100mb');
    const again = openRedisStore({ url: server.url, shards: 4 });
    await assert.rejects(again, { code: 'mismatch', message: /maxmemory-policy allkeys-lru.* noeviction/ });
    await config('maxmemory-policy', 'noeviction');
    await config('maxmemory', '0');
  });

  test('settings of another store: refused at the start, with both numbers', async () => {
    const other = openRedisStore({ url: server.url, shards: 8 });
    await assert.rejects(other, { code: 'mismatch', message: /has 4 shards and cannot be used with 8: / });
    await admin('SET', 'csms:meta', '{"format":9,"shards":4}');
    const newer = openRedisStore({ url: server.url, shards: 4 });
    await assert.rejects(newer, { code: 'mismatch', message: /has format 9, this version reads 1/ });
    await admin('SET', 'csms:meta', 'x');
    const unreadable = openRedisStore({ url: server.url, shards: 4 });
    await assert.rejects(unreadable, { code: 'damaged', message: /csms:meta .* restore a backup/ });
  });

  test('stores with other prefixes do not meet', async () => {
    const other = await openRedisStore({ url: server.url, shards: 8, keyPrefix: 'other' });
    const epoch = await granted();
    assert.ok((await other.leases.acquire(1, 'b', 60_000)).granted);
    await store.states.commit([{ shard: 1, epoch, writes: [{ key: 'k', value: Buffer.from('v') }] }]);
    assert.equal(await other.states.load(1, 'k'), undefined);
    await other.close();
  });

  test('damaged records of the directory', async () => {
    await store.directory.put({ stationId: 'CP1', credentials: [] });
    await store.directory.put({ stationId: 'CP2', credentials: [] });
    const [keys = []] = await onEach([server.port], (redis) => redis.keys('*:stations'));
    for (const key of keys) await admin('HSET', key, 'CP1', '{');
    const damaged = { code: 'damaged', message: /station CP1 .* provision the station again/ };
    await assert.rejects(store.directory.get('CP1'), damaged);
    assert.deepEqual(await store.directory.get('CP2'), { stationId: 'CP2', credentials: [] });
  });

  test('arguments that no store can have', async () => {
    const open = (options: Partial<RedisStoreOptions>) =>
      openRedisStore({ url: server.url, shards: 4, ...options });
    for (const options of [
      { shards: 0 },
      { shards: 1.5 },
      { shards: 65_536 },
      { replicas: -1 },
      { replicas: 0.5 },
      { keyPrefix: 'a{b}' },
      { keyPrefix: '' },
      { url: 'http://127.0.0.1' },
    ]) {
      await assert.rejects(open(options), { code: 'bad_argument' }, JSON.stringify(options));
    }
  });
});

describe('a Redis that asks for a password', () => {
  let server: RedisServer;
  let stop: () => Promise<void>;
  before(async () => {
    ({ server, stop } = await startRedis([
      ...['--requirepass', PASSWORD],
      ...['--user', 'gateway', 'on', `>${PASSWORD}`, '~csms:*', '+@all'],
    ]));
  });
  after(() => stop());

  const open = (user: string) =>
    openRedisStore({ url: `redis://${user}127.0.0.1:${server.port}/1`, shards: 4 });

  test('lets in who knows it, and says what is wrong to others, without the password', async () => {
    for (const user of [`:${encodeURIComponent(PASSWORD)}@`, `gateway:${encodeURIComponent(PASSWORD)}@`]) {
      const store = await open(user);
      await store.check();
      await store.close();
    }
    await assert.rejects(open(''), {
      code: 'refused',
      message: /asks for a password: put user and password in the URL/,
    });
    await assert.rejects(open(':secret@'), (error: unknown) => {
      assert.ok(error instanceof StoreError && error.code === 'refused');
      assert.match(error.message, /refuses the user or the password of the URL/);
      assert.ok(!error.message.includes('secret'));
      return true;
    });
  });
});

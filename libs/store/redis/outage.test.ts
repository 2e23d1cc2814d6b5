import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { type RedisServer, TcpProxy } from '../../servers/mod.js';
import { openRedisStore, type RedisStoreOptions, type Store } from '../mod.js';
import { flush, onEach, startRedis, until } from './redis.fixture.js';

const TTL = 60_000;
const SHARD = 1;
const TIMEOUT_MS = 200;
const unavailable = (message: RegExp = /./) => ({ code: 'unavailable', message });

describe('a Redis that goes away and comes back', () => {
  let server: RedisServer;
  let stop: () => Promise<void>;
  let proxy: TcpProxy;
  let stores: Store[];

  before(async () => {
    ({ server, stop } = await startRedis());
  });
  after(() => stop());
  beforeEach(async () => {
    await flush([server.port]);
    proxy = await TcpProxy.start(server.port);
    stores = [];
  });
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await proxy.close();
  });

  async function open(options: Partial<RedisStoreOptions> = {}): Promise<Store> {
    const url = `redis://127.0.0.1:${proxy.port}`;
    const store = await openRedisStore({ url, shards: 4, commandTimeoutMs: TIMEOUT_MS, ...options });
    stores.push(store);
    return store;
  }

  async function acquire(store: Store, shard = SHARD): Promise<number> {
    const grant = await store.leases.acquire(shard, 'a', TTL);
    assert.ok(grant.granted);
    return grant.epoch;
  }

  const batch = (epoch: number, value: string | Uint8Array, shard = SHARD) => ({
    shard,
    epoch,
    writes: [{ key: 'k', value: Buffer.from(value) }],
  });
  const load = async (store: Store, shard = SHARD) =>
    Buffer.from((await store.states.load(shard, 'k')) ?? []).toString();

  const everything = (store: Store, epoch: number): Promise<unknown>[] => [
    store.states.commit([batch(epoch, 'v')]),
    store.states.load(SHARD, 'k'),
    store.leases.acquire(SHARD, 'a', TTL),
    store.leases.renew(SHARD, 'a', epoch, TTL),
    store.leases.release(SHARD, 'a', epoch),
    store.directory.get('a'),
    store.directory.put({ stationId: 'a', credentials: [] }),
    store.directory.list({ limit: 1 }),
    store.workers.beat('w', TTL),
    store.workers.live(),
    store.check(),
  ];

  async function allFail(calls: Promise<unknown>[], withinMs: number): Promise<void> {
    const began = performance.now();
    for (const result of await Promise.allSettled(calls)) {
      assert.ok(result.status === 'rejected');
      assert.equal((result.reason as { code?: string }).code, 'unavailable');
    }
    const took = performance.now() - began;
    assert.ok(took < withinMs, `it took ${took} ms`);
  }

  const works = (store: Store) => until(async () => (await store.check()) === undefined);

  test('killed and started again: calls fail at once, then work again; nothing is lost', async () => {
    const errors: unknown[] = [];
    const store = await open({ url: server.url, onError: (error) => errors.push(error) });
    const epoch = await acquire(store);
    await store.states.commit([batch(epoch, 'kept')]);
    await server.kill9();
    // The first ones may meet the connection before its end is known.
    await allFail(everything(store, epoch), TIMEOUT_MS + 100);
    await allFail(everything(store, epoch), 100);
    const said = /cannot be reached \(connect ECONNREFUSED.*: see that it runs/;
    await until(async () => said.test(String(await store.check().catch(String))));
    await server.start();
    await works(store);
    assert.equal(await load(store), 'kept');
    assert.deepEqual(await store.states.commit([batch(epoch, 'more')]), ['committed']);
    assert.equal(await store.leases.renew(SHARD, 'a', epoch, TTL), true);
    assert.equal(errors.length, new Set(errors.map(String)).size, 'an error was told twice');
  });

  test('frozen: calls fail within the timeout, later ones at once; it serves when it goes on', async () => {
    const store = await open({ url: server.url });
    const epoch = await acquire(store);
    server.signal('SIGSTOP');
    try {
      await allFail(everything(store, epoch), TIMEOUT_MS + 150);
      await allFail(everything(store, epoch), 100);
    } finally {
      server.signal('SIGCONT');
    }
    await works(store);
    await acquire(store);
  });

  test('cut, or silent in one direction: the same', async () => {
    const store = await open();
    const epoch = await acquire(store);
    proxy.cut({ refuse: true });
    await allFail(everything(store, epoch), TIMEOUT_MS + 150);
    proxy.pass();
    await works(store);
    for (const direction of ['up', 'down'] as const) {
      proxy.stall({ direction });
      await allFail(everything(store, epoch), TIMEOUT_MS + 150);
      proxy.pass();
      await works(store);
    }
    assert.deepEqual(await store.states.commit([batch(await acquire(store), 'v')]), ['committed']);
  });

  test('emptied: writes are fenced, epochs grow on', async () => {
    const store = await open();
    const epoch = await acquire(store);
    await flush([server.port]);
    assert.deepEqual(await store.states.commit([batch(epoch, 'v')]), ['fenced']);
    assert.equal(await store.leases.renew(SHARD, 'a', epoch, TTL), false);
    const next = await acquire(store);
    assert.ok(next > epoch);
    assert.deepEqual(await store.states.commit([batch(epoch, 'old'), batch(next, 'v')]), [
      'fenced',
      'committed',
    ]);
  });

  test('without its scripts: they are loaded again, and the order stays', async () => {
    const store = await open();
    const epoch = await acquire(store);
    const flushScripts = () => onEach([server.port], (redis) => redis.script('FLUSH'));
    await flushScripts();
    const values = Array.from({ length: 20 }, (_, at) => String(at));
    const outcomes = await Promise.all(values.map((value) => store.states.commit([batch(epoch, value)])));
    assert.ok(outcomes.every(([outcome]) => outcome === 'committed'));
    assert.equal(await load(store), '19');
    await flushScripts();
    assert.equal(await store.leases.renew(SHARD, 'a', epoch, TTL), true);
  });

  test('closing finishes what was begun, within a deadline', async () => {
    const store = await open();
    const epoch = await acquire(store);
    const begun = store.states.commit([batch(epoch, 'begun')]);
    await store.close();
    assert.deepEqual(await begun, ['committed']);
    const other = await open();
    assert.equal(await load(other), 'begun');
    proxy.stall();
    const calls = everything(other, epoch);
    const settled = allFail(calls, 2 * TIMEOUT_MS + 150);
    const began = performance.now();
    await other.close();
    assert.ok(performance.now() - began < 2 * TIMEOUT_MS + 150);
    await settled;
  });

  test('the clients of a closed store are gone, also of one that could not be opened', async () => {
    const store = await open();
    await store.close();
    await assert.rejects(open({ shards: 5 }), { code: 'mismatch' });
    await until(() => proxy.connections === 0);
  });

  test('too much that waits to be written is refused at once', async () => {
    const store = await open();
    const epoch = await acquire(store);
    proxy.stall();
    const megabyte = Buffer.alloc(1024 * 1024);
    const commits = Array.from({ length: 80 }, () => store.states.commit([batch(epoch, megabyte)]));
    await assert.rejects(
      commits.at(-1) ?? Promise.resolve(),
      unavailable(/does not keep up: \d+ bytes wait/),
    );
    await Promise.allSettled(commits);
  });
});

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { type RedisServer, TcpProxy } from '../../servers/mod.js';
import { openRedisStore, type Store } from '../mod.js';
import { flush, onEach, pass, startRedis, until } from './redis.fixture.js';

const TTL = 60_000;
const SHARD = 1;
const unavailable = { code: 'unavailable' };

describe('what arrives at Redis later than what was sent after it', () => {
  let server: RedisServer;
  let stop: () => Promise<void>;
  let proxy: TcpProxy;
  let store: Store;

  before(async () => {
    ({ server, stop } = await startRedis());
  });
  after(() => stop());

  beforeEach(async () => {
    await flush([server.port]);
    proxy = await TcpProxy.start(server.port);
    store = await openRedisStore({
      url: `redis://127.0.0.1:${proxy.port}`,
      shards: 4,
      commandTimeoutMs: 150,
    });
  });
  afterEach(async () => {
    await store.close();
    await proxy.close();
  });

  async function acquire(owner: string): Promise<number> {
    const grant = await store.leases.acquire(SHARD, owner, TTL);
    assert.ok(grant.granted);
    return grant.epoch;
  }

  const commit = async (epoch: number, value: string) =>
    (
      await store.states.commit([
        { shard: SHARD, epoch, writes: [{ key: 'k', value: Buffer.from(value), wakeAt: value.length }] },
      ])
    )[0];

  const load = async () => Buffer.from((await store.states.load(SHARD, 'k')) ?? []).toString();

  const scriptsRun = async () => {
    const [info = ''] = await onEach([server.port], (redis) => redis.info('commandstats'));
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(info)?.[1] ?? 0);
  };

  /**
   * Sends what `send` sends into a network that keeps it back, until the store has given it up and is connected anew.
   * @returns a function that delivers it, and resolves when Redis has run it.
   */
  async function keepBack(send: () => Promise<unknown>): Promise<() => Promise<void>> {
    const release = proxy.stall({ direction: 'up', newcomers: false });
    await assert.rejects(send(), unavailable);
    await until(async () => (await store.check()) === undefined);
    assert.ok(proxy.held > 0, 'nothing was kept back');
    return async () => {
      const before = await scriptsRun();
      release();
      await until(async () => (await scriptsRun()) > before);
      await until(() => proxy.connections === 1);
    };
  }

  test('a commit: the newer one of the same epoch stands', async () => {
    const epoch = await acquire('a');
    assert.equal(await commit(epoch, 'first'), 'committed');
    const deliver = await keepBack(() => commit(epoch, 'late'));
    assert.equal(await commit(epoch, 'newer'), 'committed');
    await deliver();
    assert.equal(await load(), 'newer');
    for await (const { at } of store.states.wakeups(SHARD)) assert.equal(at, 'newer'.length);
  });

  test('a commit that is late twice over: only the newest stands', async () => {
    const epoch = await acquire('a');
    const first = await keepBack(() => commit(epoch, 'late'));
    const second = await keepBack(() => commit(epoch, 'also late'));
    assert.equal(await commit(epoch, 'newest'), 'committed');
    await Promise.all([first(), second()]);
    assert.equal(await load(), 'newest');
  });

  test('a commit that nothing has overtaken is written, as one whose answer was lost', async () => {
    const epoch = await acquire('a');
    const deliver = await keepBack(() => commit(epoch, 'late'));
    await deliver();
    assert.equal(await load(), 'late');
    assert.equal(await commit(epoch, 'newer'), 'committed');
    assert.equal(await load(), 'newer');
  });

  test('a commit of an epoch that has ended writes nothing', async () => {
    const epoch = await acquire('a');
    const deliver = await keepBack(() => commit(epoch, 'late'));
    await pass([server.port], TTL + 1);
    await acquire('b');
    await deliver();
    assert.equal(await load(), '');
  });

  test('an acquire: does not fence the same owner that has acquired since', async () => {
    const deliver = await keepBack(() => store.leases.acquire(SHARD, 'a', TTL));
    const epoch = await acquire('a');
    await deliver();
    assert.equal(await commit(epoch, 'v'), 'committed');
    assert.equal(await store.leases.renew(SHARD, 'a', epoch, TTL), true);
  });

  test('an acquire: does not overwrite the lease that another has got since', async () => {
    const deliver = await keepBack(() => store.leases.acquire(SHARD, 'a', TTL));
    const epoch = await acquire('b');
    await deliver();
    assert.equal(await commit(epoch, 'v'), 'committed');
    assert.equal(await store.leases.renew(SHARD, 'b', epoch, TTL), true);
  });

  test('a release: does not free the shard that its owner has acquired since', async () => {
    const old = await acquire('a');
    const deliver = await keepBack(() => store.leases.release(SHARD, 'a', old));
    const epoch = await acquire('a');
    await deliver();
    assert.equal((await store.leases.acquire(SHARD, 'b', TTL)).granted, false);
    assert.equal(await store.leases.renew(SHARD, 'a', epoch, TTL), true);
  });

  test('a renewal: neither revives a lease nor takes one from its new holder', async () => {
    const old = await acquire('a');
    const deliver = await keepBack(() => store.leases.renew(SHARD, 'a', old, TTL));
    await pass([server.port], TTL + 1);
    const epoch = await acquire('b');
    await deliver();
    assert.equal(await store.leases.renew(SHARD, 'b', epoch, TTL), true);
    assert.equal(await store.leases.renew(SHARD, 'a', old, TTL), false);
  });

  test('whatever is kept back and delivered when: what was committed is never undone (seed 20264)', async () => {
    const random = generator(20264);
    const epoch = await acquire('a');
    const releases: (() => void)[] = [];
    let committed = 0;
    for (let value = 1; value <= 60; value++) {
      if (random() < 0.25) {
        releases.push(
          proxy.stall({
            direction: random() < 0.5 ? 'up' : random() < 0.5 ? 'down' : 'both',
            newcomers: false,
          }),
        );
      }
      const outcome = await commit(epoch, String(value)).catch(() => 'unknown');
      if (outcome === 'committed') committed = value;
      else await until(async () => (await store.check()) === undefined);
      while (releases.length > 0 && random() < 0.5) {
        releases.splice(Math.floor(random() * releases.length), 1)[0]?.();
      }
      const loaded = await load().then(Number, () => undefined);
      if (loaded !== undefined) assert.ok(loaded >= committed, `${loaded} after ${committed}`);
    }
    proxy.pass();
    await until(() => proxy.connections === 1);
    assert.ok(Number(await load()) >= committed);
  });
});

/** Numbers from 0 to 1, the same ones for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

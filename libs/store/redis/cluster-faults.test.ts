import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { RedisCluster, type RedisServer } from '../../servers/mod.js';
import { openRedisStore, type ShardBatch, type Store } from '../mod.js';
import { flush, temporaryFolder, until } from './redis.fixture.js';
import { slotOf } from './slot.js';

const SHARDS = 32;
const TTL = 60_000;
const TIMEOUT_MS = 300;
const unavailable = { code: 'unavailable' };

describe('a Redis Cluster of which a node is away', () => {
  let cluster: RedisCluster;
  let remove: () => Promise<void>;
  let store: Store;
  let epochs: number[];

  before(async () => {
    const temporary = await temporaryFolder();
    remove = temporary.remove;
    cluster = await RedisCluster.start({ folder: temporary.folder });
  });
  after(async () => {
    await cluster.kill9();
    await remove();
  });
  beforeEach(async () => {
    await flush(cluster.nodes.map(({ port }) => port));
    store = await openRedisStore({ url: cluster.url, shards: SHARDS, commandTimeoutMs: TIMEOUT_MS });
    const grants = await Promise.all(
      Array.from({ length: SHARDS }, (_, shard) => store.leases.acquire(shard, 'a', TTL)),
    );
    epochs = grants.map(({ epoch }) => epoch);
  });
  afterEach(() => store.close());

  const shardsOf = (node: RedisServer) =>
    Array.from({ length: SHARDS }, (_, shard) => shard).filter(
      (shard) => cluster.nodeOf(slotOf(`csms:{s${shard}}:lease`)) === node,
    );
  const batches = (shards: number[], value: string): ShardBatch[] =>
    shards.map((shard) => ({
      shard,
      epoch: epochs[shard] ?? 0,
      writes: [{ key: 'k', value: Buffer.from(value) }],
    }));
  const load = async (shard: number) => Buffer.from((await store.states.load(shard, 'k')) ?? []).toString();

  async function othersServeOn(away: RedisServer): Promise<void> {
    const lost = shardsOf(away);
    const others = Array.from({ length: SHARDS }, (_, shard) => shard).filter(
      (shard) => !lost.includes(shard),
    );
    assert.ok(lost.length > 0 && others.length > 0);
    const outcomes = await store.states.commit(batches([...lost, ...others], 'some'));
    outcomes.forEach((outcome, at) => assert.equal(outcome, at < lost.length ? 'unknown' : 'committed'));
    for (const shard of others) assert.equal(await load(shard), 'some');
    const began = performance.now();
    const none = await store.states.commit(batches(lost, 'none'));
    assert.ok(none.every((outcome) => outcome === 'unknown'));
    await assert.rejects(load(lost[0] ?? 0), unavailable);
    await assert.rejects(store.check(), unavailable);
    assert.ok(performance.now() - began < TIMEOUT_MS, 'a node that is known to be away is not waited for');
    // Nor does it take the others' time.
    for (let round = 0; round < 5; round++) {
      assert.ok(
        (await store.states.commit(batches(others, `${round}`))).every((each) => each === 'committed'),
      );
    }
    assert.ok(performance.now() - began < TIMEOUT_MS * 2);
  }

  async function allServe(): Promise<void> {
    const all = epochs.map((_, shard) => shard);
    await until(async () => (await store.check()) === undefined);
    const outcomes = await store.states.commit(batches(all, 'all'));
    assert.ok(outcomes.every((outcome) => outcome === 'committed'));
    for (const shard of all) assert.equal(await load(shard), 'all');
  }

  test('killed: the others serve on, also a store that is opened now; it serves again when it is back', async () => {
    const node = cluster.nodeOf(slotOf('csms:{s0}:lease'));
    await store.states.commit(batches([0], 'before'));
    await node.kill9();
    await othersServeOn(node);
    // The settings stand on the node of `csms:meta`.
    if (cluster.nodeOf(slotOf('csms:meta')) !== node) {
      const other = await openRedisStore({ url: cluster.url, shards: SHARDS, openTimeoutMs: 500 });
      await other.close();
    }
    await node.start();
    await allServe();
  });

  test('frozen: the same', async () => {
    const node = cluster.nodeOf(slotOf('csms:{s0}:lease'));
    node.signal('SIGSTOP');
    try {
      await othersServeOn(node);
    } finally {
      node.signal('SIGCONT');
    }
    await allServe();
  });

  test('all of them: everything fails, and works again when they are back', async () => {
    await store.states.commit(batches([0, 1, 2], 'kept'));
    await cluster.kill9();
    const all = epochs.map((_, shard) => shard);
    const commit = () => store.states.commit(batches(all, 'none'));
    await until(() =>
      commit().then(
        () => false,
        () => true,
      ),
    );
    await assert.rejects(commit(), unavailable);
    await Promise.all(cluster.nodes.map((node) => node.start()));
    await until(async () => (await store.check()) === undefined);
    assert.deepEqual(await Promise.all([0, 1, 2].map(load)), ['kept', 'kept', 'kept']);
    await allServe();
  });

  test('a shard that has moved to another node is found there', async () => {
    const slot = slotOf('csms:{s0}:lease');
    const from = cluster.nodeOf(slot);
    const to = cluster.nodes.find((node) => node !== from) ?? from;
    await store.states.commit(batches([0], 'before'));
    await cluster.move(slot, to);
    try {
      await until(async () => (await store.states.commit(batches([0], 'after')))[0] === 'committed');
      assert.equal(await load(0), 'after');
    } finally {
      await cluster.move(slot, from);
    }
    await until(async () => (await load(0)) === 'after');
  });
});

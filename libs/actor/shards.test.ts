import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, type Bench } from './ledger.fixture.js';
import { ShardOwner } from './shards.js';
import type { Leases } from '../store/mod.js';

const ttlMs = 9_000;

function openOwner({ clock, store }: Bench, owner: string, leases: Leases = store.leases) {
  const log: string[] = [];
  const shardOwner = new ShardOwner({
    leases,
    clock,
    owner,
    ttlMs,
    granted: (shard, epoch) => {
      log.push(`granted ${shard} ${epoch > 0}`);
      return Promise.resolve();
    },
    revoked: (shard) => {
      log.push(`revoked ${shard}`);
      return Promise.resolve();
    },
    lost: (shard) => log.push(`lost ${shard}`),
    failed: (what, shard) => log.push(`failed ${what} ${shard}`),
  });
  return { shardOwner, log };
}

test('an owner holds the shards that it wants and renews them', async () => {
  const bench = openBench();
  const { shardOwner, log } = openOwner(bench, 'w1');
  await shardOwner.want([0, 1]);
  assert.deepEqual(log, ['granted 0 true', 'granted 1 true']);
  await bench.clock.advance(ttlMs * 5);
  assert.deepEqual([...shardOwner.held], [0, 1]);
  assert.equal((await bench.store.leases.acquire(0, 'w2', ttlMs)).granted, false);
});

test('a shard that another process holds is taken when its lease has lapsed, not before', async () => {
  const bench = openBench();
  await bench.store.leases.acquire(0, 'w0', ttlMs);
  const { shardOwner } = openOwner(bench, 'w1');
  await shardOwner.want([0]);
  await bench.clock.advance(ttlMs - 1);
  assert.deepEqual([...shardOwner.held], []);
  await bench.clock.advance(ttlMs);
  assert.deepEqual([...shardOwner.held], [0]);
});

test('an owner that cannot renew stops before its lease could lapse in the store', async () => {
  const bench = openBench();
  let down = false;
  const leases: Leases = {
    acquire: (...call) => bench.store.leases.acquire(...call),
    renew: (...call) => (down ? Promise.reject(new Error('unreachable')) : bench.store.leases.renew(...call)),
    release: (...call) => bench.store.leases.release(...call),
  };
  const { shardOwner, log } = openOwner(bench, 'w1', leases);
  await shardOwner.want([0]);
  down = true;
  await bench.clock.advance(ttlMs * 0.79);
  assert.deepEqual([...shardOwner.held], [0]);
  await bench.clock.advance(ttlMs * 0.06);
  assert.equal((await bench.store.leases.acquire(0, 'w2', ttlMs)).granted, false);
  assert.ok(log.includes('lost 0'));
  assert.deepEqual([...shardOwner.held], []);
});

test('an owner whose lease was taken learns it at the next renewal', async () => {
  const bench = openBench();
  const { shardOwner, log } = openOwner(bench, 'w1');
  await shardOwner.want([0]);
  const epoch = await bench.store.leases.acquire(0, 'w1', ttlMs);
  assert.ok(epoch.granted);
  await bench.clock.advance(ttlMs / 2);
  assert.deepEqual(log.slice(0, 2), ['granted 0 true', 'lost 0']);
});

test('a shard that is wanted no more is given up in order, then free at once', async () => {
  const bench = openBench();
  const { shardOwner, log } = openOwner(bench, 'w1');
  await shardOwner.want([0, 1]);
  await shardOwner.want([1]);
  assert.equal(log.at(-1), 'revoked 0');
  assert.equal((await bench.store.leases.acquire(0, 'w2', ttlMs)).granted, true);
  await shardOwner.stop();
  assert.equal((await bench.store.leases.acquire(1, 'w2', ttlMs)).granted, true);
  assert.equal(bench.clock.timers, 0);
});

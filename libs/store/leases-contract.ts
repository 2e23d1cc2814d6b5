import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acquire as acquireIn, isStoreError, SHARDS, TTL, type StoreHarness } from './contract-harness.js';

/** What the leases of every store must do; nothing is held at the beginning of each test. */
export function leasesContract(harness: () => StoreHarness): void {
  const leases = () => harness().store.leases;
  const acquire = (shard: number, owner: string) => acquireIn(harness().store, shard, owner);

  test('a free shard is granted; another owner learns who holds it, for how long', async () => {
    const epoch = await acquire(1, 'a');
    const refused = await leases().acquire(1, 'b', TTL);
    assert.ok(!refused.granted);
    assert.equal(refused.holder, 'a');
    assert.equal(refused.epoch, epoch);
    assert.ok(refused.remainingMs > 0 && refused.remainingMs <= TTL);
  });

  test('shards are granted independently', async () => {
    await acquire(0, 'a');
    await acquire(1, 'b');
  });

  test('the holder may acquire again and gets a new epoch', async () => {
    const first = await acquire(1, 'a');
    assert.ok((await acquire(1, 'a')) > first);
  });

  test('a lease lapses after its ttl', async () => {
    const first = await acquire(1, 'a');
    await harness().pass(TTL * 0.6);
    assert.ok(!(await leases().acquire(1, 'b', TTL)).granted);
    await harness().pass(TTL * 0.6);
    assert.ok((await acquire(1, 'b')) > first);
  });

  test('renewing keeps a lease, and keeps its epoch', async () => {
    const epoch = await acquire(1, 'a');
    for (let time = 0; time < 3; time++) {
      await harness().pass(TTL * 0.6);
      assert.equal(await leases().renew(1, 'a', epoch, TTL), true);
    }
    assert.ok(!(await leases().acquire(1, 'b', TTL)).granted);
    const write = { shard: 1, epoch, writes: [{ key: 'k', value: Buffer.from('v') }] };
    assert.deepEqual(await harness().store.states.commit([write]), ['committed']);
  });

  test('renewing fails for another owner, an older epoch, a lapsed or a released lease', async () => {
    const old = await acquire(1, 'a');
    const epoch = await acquire(1, 'a');
    assert.equal(await leases().renew(1, 'b', epoch, TTL), false);
    assert.equal(await leases().renew(1, 'a', old, TTL), false);
    assert.equal(await leases().renew(2, 'a', epoch, TTL), false);
    await harness().pass(TTL * 1.2);
    assert.equal(await leases().renew(1, 'a', epoch, TTL), false);
    const next = await acquire(1, 'a');
    assert.equal(await leases().release(1, 'a', next), true);
    assert.equal(await leases().renew(1, 'a', next, TTL), false);
  });

  test('releasing frees the shard at once, only for its holder, only once', async () => {
    const epoch = await acquire(1, 'a');
    assert.equal(await leases().release(1, 'b', epoch), false);
    assert.equal(await leases().release(1, 'a', epoch - 1), false);
    assert.equal(await leases().release(1, 'a', epoch), true);
    assert.equal(await leases().release(1, 'a', epoch), false);
    assert.ok((await acquire(1, 'b')) > epoch);
  });

  test('of owners who ask at the same moment one gets the shard', async () => {
    const owners = ['a', 'b', 'c', 'd'];
    const grants = await Promise.all(owners.map((owner) => leases().acquire(1, owner, TTL)));
    const winners = owners.filter((_, at) => grants[at]?.granted);
    assert.equal(winners.length, 1);
    for (const grant of grants) if (!grant.granted) assert.equal(grant.holder, winners[0]);
  });

  test('refuses a shard that does not exist, and a lease without time: bad_argument', async () => {
    for (const shard of [-1, SHARDS, 0.5, Number.NaN]) {
      await assert.rejects(leases().acquire(shard, 'a', TTL), isStoreError('bad_argument'));
    }
    await assert.rejects(leases().acquire(1, 'a', 0), isStoreError('bad_argument'));
    await assert.rejects(leases().acquire(1, '', TTL), isStoreError('bad_argument'));
  });
}

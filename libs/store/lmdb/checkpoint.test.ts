import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../clock/mod.js';
import { openLmdb, openLmdbStore, type States, StoreError } from '../mod.js';

test('a checkpoint moves the states into records, and what it moved leaves the journal with the next commits', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-checkpoint-'));
  const environment = await openLmdb({ path: folder, commitIntervalMs: 0 });
  const store = await openLmdbStore({
    environment,
    clock: systemClock(),
    shards: 4,
    checkpointBytes: 50_000,
  });
  const grant = await store.leases.acquire(1, 'a', 60_000);
  assert.ok(grant.granted);
  const { epoch } = grant;
  for (let round = 0; round < 3; round++) {
    const writes = Array.from({ length: 1500 }, (_, at) => ({
      key: `k${at}`,
      value: Buffer.alloc(100, round),
    }));
    await store.states.commit([{ shard: 1, epoch, writes }]);
  }
  const { main, records } = environment;
  const journal = () =>
    main.read(() =>
      Array.from(main.table('journal').getKeys(), (key) => Number(Buffer.from(key).readBigUInt64BE())),
    );
  let turn = 0;
  for (; Math.min(...journal()) <= 3; turn++) {
    assert.ok(turn < 5000, 'what was moved never leaves the journal');
    await store.states.commit([{ shard: 1, epoch, writes: [{ key: 'small', value: Buffer.of(1) }] }]);
    await sleep(1);
  }
  const left = journal();
  assert.deepEqual(
    left,
    left.map((_, at) => 3 + turn - left.length + 1 + at),
    'only the oldest have gone',
  );
  assert.ok(records.read(() => records.table('states').getKeysCount()) >= 1500);
  const check = async (states: States) => {
    for (const [key, wanted] of [
      ['k7', Buffer.alloc(100, 2)],
      ['small', Buffer.of(1)],
    ] as const) {
      const value = await states.load(1, key);
      assert.ok(value !== undefined && wanted.equals(value), key);
    }
  };
  await check(store.states);
  await store.close();

  const again = await openLmdb({ path: folder });
  const reopened = await openLmdbStore({ environment: again, clock: systemClock(), shards: 4 });
  await check(reopened.states);
  await reopened.close();
  await rm(folder, { recursive: true });
});

test('a checkpoint that fails is told, makes the check fail, and loses nothing', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-checkpoint-'));
  let tell: (error: unknown) => void = () => undefined;
  const told = new Promise<unknown>((resolve) => (tell = resolve));
  const environment = await openLmdb({ path: folder, commitIntervalMs: 0, onError: tell });
  const store = await openLmdbStore({ environment, clock: systemClock(), shards: 4, checkpointBytes: 100 });
  const grant = await store.leases.acquire(1, 'a', 60_000);
  assert.ok(grant.granted);
  await store.check();
  await environment.records.close();
  const writes = [{ key: 'k', value: Buffer.alloc(1000, 1) }];
  assert.deepEqual(await store.states.commit([{ shard: 1, epoch: grant.epoch, writes }]), ['committed']);
  const error = await told;
  assert.ok(error instanceof StoreError);
  assert.match(error.message, /records is closed/);
  await assert.rejects(store.check(), { code: 'unavailable', message: /records is closed/ });
  await store.close();

  const again = await openLmdb({ path: folder });
  const reopened = await openLmdbStore({ environment: again, clock: systemClock(), shards: 4 });
  assert.equal((await reopened.states.load(1, 'k'))?.length, 1000);
  await reopened.close();
  await rm(folder, { recursive: true });
});

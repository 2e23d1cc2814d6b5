import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ManualClock } from '../../clock/mod.js';
import { openLmdb, openLmdbStore, type ShardBatch, type Store, StoreError } from '../../store/mod.js';
import { entry, nameOf, readAll } from '../contract-harness.js';
import { type EventEntry, type EventLog, openLmdbEventLog } from '../mod.js';

const value = Buffer.from('state');
let folder: string;
let store: Store;
let log: EventLog;
let epoch: number;

async function open(): Promise<void> {
  const clock = new ManualClock();
  const environment = await openLmdb({ path: folder, commitIntervalMs: 0, sync: 'system' });
  store = await openLmdbStore({ environment, clock, shards: 4 });
  log = await openLmdbEventLog({ environment, clock });
  const grant = await store.leases.acquire(1, 'w', 1000);
  assert.ok(grant.granted);
  epoch = grant.epoch;
}

const close = async () => {
  await log.close();
  await store.close();
};

const batch = (events: readonly EventEntry[], options: Partial<ShardBatch> = {}): ShardBatch => ({
  shard: 1,
  epoch,
  writes: [{ key: 's', value }],
  events,
  ...options,
});

const names = async () => (await readAll(log)).map(nameOf);

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-together-'));
  await open();
});

afterEach(async () => {
  await close();
  await rm(folder, { recursive: true });
});

describe('states and events of one data directory', () => {
  test('are committed together, and there together when opened anew', async () => {
    assert.deepEqual(await store.states.commit([batch([entry('s', 1), entry('t', 1)])]), ['committed']);
    for (const reopened of [false, true]) {
      if (reopened) {
        await close();
        await open();
      }
      assert.deepEqual(await names(), ['s 1/1', 't 1/1']);
      assert.deepEqual(Buffer.from((await store.states.load(1, 's')) ?? []), value);
    }
  });

  test('a fenced batch writes neither; the others of the call do', async () => {
    const outcomes = await store.states.commit([
      batch([entry('old', 1)], { epoch: epoch - 1, writes: [{ key: 'old', value }] }),
      batch([entry('s', 1)]),
    ]);
    assert.deepEqual(outcomes, ['fenced', 'committed']);
    assert.deepEqual(await names(), ['s 1/1']);
    assert.equal(await store.states.load(1, 'old'), undefined);
  });

  test('entries that cannot be appended are a bug of the caller: nothing is written', async () => {
    await assert.rejects(
      store.states.commit([batch([entry('s', 1)]), batch([entry('', 1)])]),
      (error) => error instanceof StoreError && error.code === 'bad_argument',
    );
    assert.deepEqual(await names(), []);
    assert.equal(await store.states.load(1, 's'), undefined);
  });

  test('repeats are dropped, whichever way they came; the order is that of the calls', async () => {
    const pending = [
      log.append([entry('s', 1)]),
      store.states.commit([batch([entry('s', 1), entry('s', 2)])]),
      log.append([entry('s', 2), entry('s', 3)]),
      store.states.commit([batch([entry('s', 3)]), batch([entry('s', 4)])]),
    ];
    await Promise.all(pending);
    assert.deepEqual(await names(), ['s 1/1', 's 1/2', 's 1/3', 's 1/4']);
    assert.equal(await log.last(), 4);
  });

  test('a reader that waits is told', async () => {
    const waiting = log.waitFor(0, new AbortController().signal);
    await store.states.commit([batch([entry('s', 1)])]);
    await waiting;
  });

  test('without an open event log no events are taken', async () => {
    assert.equal(store.states.takesEvents, true);
    await log.close();
    assert.equal(store.states.takesEvents, false);
    await assert.rejects(
      store.states.commit([batch([entry('s', 1)])]),
      (error) => error instanceof StoreError && error.code === 'bad_argument',
    );
  });
});

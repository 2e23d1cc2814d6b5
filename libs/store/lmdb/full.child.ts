// Commits ever more until the disk is full, then checks that nothing is believed written. Used by the test of a full disk,
// which limits the size of files; with a second argument, only reads.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { systemClock } from '../../clock/mod.js';
import { openLmdb, openLmdbStore, StoreError } from '../mod.js';

const [folder = '', mode] = process.argv.slice(2);
const environment = await openLmdb({ path: folder, commitIntervalMs: 0 });
const store = await openLmdbStore({ environment, clock: systemClock(), shards: 4 });
const grant = await store.leases.acquire(1, 'child', 60_000);
assert.ok(grant.granted);

const commit = (at: number, size: number) =>
  store.states.commit([
    { shard: 1, epoch: grant.epoch, writes: [{ key: `k${at}`, value: Buffer.alloc(size, at) }] },
  ]);

/** Lifts the limit where the system can do that to a running process. */
async function haveSpace(then: () => Promise<void>): Promise<void> {
  const { status } = spawnSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited:']);
  if (status === 0) await then();
}

if (mode === undefined) {
  let written = 0;
  for (;;) {
    try {
      await commit(written, 100_000);
      written++;
    } catch (error) {
      assert.ok(error instanceof StoreError && error.code === 'unavailable');
      assert.match(error.message, /cannot write to .*main .*see that the disk has space/);
      break;
    }
  }
  assert.equal(await store.states.load(1, `k${written}`), undefined);
  await assert.rejects(commit(written, 100_000), { code: 'unavailable' });
  await assert.rejects(store.check(), { code: 'unavailable' });
  await assert.rejects(store.check(), { code: 'unavailable' });
  await haveSpace(async () => {
    await store.check();
    assert.deepEqual(await commit(written, 100_000), ['committed']);
    await store.check();
    written++;
  });
  process.stdout.write(`${written}\n`);
} else {
  const written = Number(mode);
  assert.equal((await store.states.load(1, `k${written - 1}`))?.length, 100_000);
  assert.equal(await store.states.load(1, `k${written}`), undefined);
  assert.deepEqual(await commit(written, 100_000), ['committed']);
}
await store.close();

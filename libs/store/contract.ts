import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import {
  acquire as acquireIn,
  isStoreError,
  SHARDS,
  TTL,
  type OpenStore,
  type StoreHarness,
} from './contract-harness.js';
import { directoryContract } from './directory-contract.js';
import { leasesContract } from './leases-contract.js';
import { ownershipProperty } from './ownership-property.js';
import { runningContract } from './running-contract.js';
import type { ShardBatch, Wakeup, Write } from './states.js';
import { workersContract } from './workers-contract.js';

export type { OpenStore, StoreHarness };

const bytes = (content: string) => new Uint8Array(Buffer.from(content));

/**
 * What every store must do; `durable`: also that which survives. `open` is called for each test, with an empty store
 * each time.
 */
export function storeContract(name: string, open: OpenStore, { durable }: { durable: boolean }): void {
  describe(`${name}: store contract`, () => {
    let harness: StoreHarness;

    beforeEach(async () => {
      harness = await open({ shards: SHARDS });
    });

    afterEach(() => harness.dispose());

    const acquire = (shard: number, owner: string) => acquireIn(harness.store, shard, owner);

    const commit = async (shard: number, epoch: number, ...writes: Write[]) =>
      (await harness.store.states.commit([{ shard, epoch, writes }]))[0];

    async function load(shard: number, key: string): Promise<string | undefined> {
      const value = await harness.store.states.load(shard, key);
      return value === undefined ? undefined : Buffer.from(value).toString();
    }

    async function wakeups(shard: number): Promise<Wakeup[]> {
      const found: Wakeup[] = [];
      for await (const wakeup of harness.store.states.wakeups(shard)) found.push(wakeup);
      return found;
    }

    describe('leases', () => leasesContract(() => harness));

    describe('states', () => {
      test('a record is read as it was written, also an empty one and one of every byte', async () => {
        const epoch = await acquire(1, 'a');
        const every = Uint8Array.from({ length: 256 }, (_, at) => at);
        await commit(1, epoch, { key: 'every', value: every }, { key: 'empty', value: new Uint8Array(0) });
        const [all, empty] = await Promise.all([
          harness.store.states.load(1, 'every'),
          harness.store.states.load(1, 'empty'),
        ]);
        assert.ok(all !== undefined && Buffer.from(all).equals(every));
        assert.equal(empty?.length, 0);
      });

      test('a large record is read as it was written', async () => {
        const epoch = await acquire(1, 'a');
        const large = Buffer.alloc(300_000, 'abc');
        await commit(1, epoch, { key: 'k', value: large });
        const read = await harness.store.states.load(1, 'k');
        assert.ok(read !== undefined && Buffer.from(read).equals(large));
      });

      test('a record that was never written or was deleted is undefined', async () => {
        const epoch = await acquire(1, 'a');
        assert.equal(await load(1, 'k'), undefined);
        await commit(1, epoch, { key: 'k', value: bytes('v') });
        await commit(1, epoch, { key: 'k', value: null });
        await commit(1, epoch, { key: 'never', value: null });
        assert.equal(await load(1, 'k'), undefined);
      });

      test('the same key in two shards is two records', async () => {
        for (const shard of [0, 1]) {
          await commit(shard, await acquire(shard, 'a'), { key: 'k', value: bytes(`${shard}`) });
        }
        assert.equal(await load(0, 'k'), '0');
        assert.equal(await load(1, 'k'), '1');
      });

      test('keys that look alike are different records', async () => {
        const epoch = await acquire(1, 'a');
        const keys = ['a', 'A', 'aa', 'a=20', 'a-', 'ä', '*', 'k'.repeat(700)];
        await commit(1, epoch, ...keys.map((key) => ({ key, value: bytes(`of ${key}`) })));
        for (const key of keys) assert.equal(await load(1, key), `of ${key}`);
      });

      test('batches of a shard apply in the order of the calls', async () => {
        const epoch = await acquire(1, 'a');
        const calls = Array.from({ length: 50 }, (_, at) =>
          commit(1, epoch, { key: 'k', value: bytes(`${at}`) }),
        );
        assert.ok((await Promise.all(calls)).every((outcome) => outcome === 'committed'));
        assert.equal(await load(1, 'k'), '49');
        const twice: ShardBatch[] = ['x', 'y'].map((v) => ({
          shard: 1,
          epoch,
          writes: [{ key: 'k', value: bytes(v) }],
        }));
        await harness.store.states.commit(twice);
        assert.equal(await load(1, 'k'), 'y');
      });

      test('within a batch the last write of a key counts', async () => {
        const epoch = await acquire(1, 'a');
        await commit(
          1,
          epoch,
          { key: 'k', value: bytes('1') },
          { key: 'k', value: null },
          { key: 'k', value: bytes('2') },
        );
        assert.equal(await load(1, 'k'), '2');
      });

      test('what was handed over may be changed once the commit is done', async () => {
        const epoch = await acquire(1, 'a');
        const value = bytes('before');
        await commit(1, epoch, { key: 'k', value });
        value.fill(0);
        assert.equal(await load(1, 'k'), 'before');
      });

      test('an older epoch writes nothing once a newer one is granted; the new one does', async () => {
        const old = await acquire(1, 'a');
        await commit(1, old, { key: 'k', value: bytes('old') });
        await harness.pass(TTL * 1.2);
        const epoch = await acquire(1, 'b');
        assert.equal(
          await commit(1, old, { key: 'k', value: bytes('stale') }, { key: 'new', value: bytes('x') }),
          'fenced',
        );
        assert.equal(await load(1, 'k'), 'old');
        assert.equal(await load(1, 'new'), undefined);
        assert.equal(await commit(1, epoch, { key: 'k', value: bytes('fresh') }), 'committed');
        assert.equal(await load(1, 'k'), 'fresh');
      });

      test('an epoch that was never granted writes nothing', async () => {
        assert.equal(await commit(2, 0, { key: 'k', value: bytes('x') }), 'fenced');
        assert.equal(await commit(2, 1, { key: 'k', value: bytes('x') }), 'fenced');
        const epoch = await acquire(2, 'a');
        assert.equal(await commit(2, epoch + 1, { key: 'k', value: bytes('x') }), 'fenced');
        assert.equal(await load(2, 'k'), undefined);
      });

      test('a lapsed or released lease still writes until the next grant', async () => {
        const epoch = await acquire(1, 'a');
        await harness.pass(TTL * 1.2);
        assert.equal(await commit(1, epoch, { key: 'k', value: bytes('1') }), 'committed');
        const next = await acquire(1, 'a');
        await harness.store.leases.release(1, 'a', next);
        assert.equal(await commit(1, next, { key: 'k', value: bytes('2') }), 'committed');
      });

      test('a fenced batch does not harm the others of its call; outcomes stand in order', async () => {
        const old = await acquire(0, 'a');
        const fresh = await acquire(0, 'a');
        const other = await acquire(1, 'a');
        const write = [{ key: 'k', value: bytes('v') }];
        const outcomes = await harness.store.states.commit([
          { shard: 1, epoch: other, writes: write },
          { shard: 0, epoch: old, writes: [{ key: 'stale', value: bytes('v') }] },
          { shard: 0, epoch: fresh, writes: write },
        ]);
        assert.deepEqual(outcomes, ['committed', 'fenced', 'committed']);
        assert.deepEqual(
          [await load(0, 'k'), await load(0, 'stale'), await load(1, 'k')],
          ['v', undefined, 'v'],
        );
      });

      test('a bad batch is refused with all others of its call: bad_argument', async () => {
        const epoch = await acquire(1, 'a');
        const fine: Write = { key: 'fine', value: bytes('x') };
        for (const key of ['', 'k'.repeat(2000)]) {
          const batches = [{ shard: 1, epoch, writes: [fine, { key, value: bytes('x') }] }];
          await assert.rejects(harness.store.states.commit(batches), isStoreError('bad_argument'));
        }
        const elsewhere = [
          { shard: 1, epoch, writes: [fine] },
          { shard: SHARDS, epoch, writes: [] },
        ];
        await assert.rejects(harness.store.states.commit(elsewhere), isStoreError('bad_argument'));
        assert.equal(await load(1, 'fine'), undefined);
      });

      test('refuses a wake-up that is no time: bad_argument', async () => {
        const epoch = await acquire(1, 'a');
        for (const wakeAt of [Number.NaN, Number.POSITIVE_INFINITY]) {
          const writes = [{ key: 'k', value: bytes('x'), wakeAt }];
          const commits = harness.store.states.commit([{ shard: 1, epoch, writes }]);
          await assert.rejects(commits, isStoreError('bad_argument'));
        }
        assert.equal(await load(1, 'k'), undefined);
      });

      test('a commit without batches or writes does nothing', async () => {
        const epoch = await acquire(1, 'a');
        assert.deepEqual(await harness.store.states.commit([]), []);
        assert.equal(await commit(1, epoch), 'committed');
      });
    });

    describe('wake-ups', () => {
      const at = (key: string, wakeAt?: number | null): Write =>
        wakeAt === undefined ? { key, value: bytes(key) } : { key, value: bytes(key), wakeAt };

      test('come in the order of their times, of one shard only', async () => {
        const epoch = await acquire(1, 'a');
        const base = 1_800_000_000_000;
        await commit(
          1,
          epoch,
          at('late', base + 300),
          at('early', base - 5),
          at('middle', base + 0.5),
          at('none'),
        );
        await commit(2, await acquire(2, 'a'), at('elsewhere', 1));
        assert.deepEqual(await wakeups(1), [
          { key: 'early', at: base - 5 },
          { key: 'middle', at: base + 0.5 },
          { key: 'late', at: base + 300 },
        ]);
        assert.deepEqual(await wakeups(3), []);
      });

      test('are replaced, kept, and cleared', async () => {
        const epoch = await acquire(1, 'a');
        await commit(1, epoch, at('moved', 10), at('kept', 20), at('cleared', 30), at('deleted', 40));
        await commit(1, epoch, at('moved', 50), at('kept'), at('cleared', null), {
          key: 'deleted',
          value: null,
        });
        assert.deepEqual(await wakeups(1), [
          { key: 'kept', at: 20 },
          { key: 'moved', at: 50 },
        ]);
        await commit(1, epoch, at('deleted'));
        assert.equal((await wakeups(1)).length, 2);
      });

      test('within a batch the last write of a key counts', async () => {
        const epoch = await acquire(1, 'a');
        await commit(
          1,
          epoch,
          at('kept', 10),
          at('kept'),
          at('gone', 20),
          { key: 'gone', value: null },
          at('gone'),
        );
        await commit(1, epoch, at('moved', 30), at('moved', -40), at('past', -40.25));
        assert.deepEqual(await wakeups(1), [
          { key: 'past', at: -40.25 },
          { key: 'moved', at: -40 },
          { key: 'kept', at: 10 },
        ]);
        assert.equal(await load(1, 'gone'), 'gone');
      });

      test('many, also at the same time, are all met once while others change', async () => {
        const epoch = await acquire(1, 'a');
        const keys = Array.from({ length: 1500 }, (_, n) => `k${n}`);
        await commit(1, epoch, ...keys.map((key, n) => at(key, n < 1200 ? 0 : n)));
        const met: string[] = [];
        for await (const { key } of harness.store.states.wakeups(1)) {
          met.push(key);
          // Whoever is awake clears its wake-up.
          if (met.length % 100 === 0) await commit(1, epoch, ...met.slice(-50).map((each) => at(each, null)));
        }
        assert.deepEqual([...met].sort(), [...keys].sort());
        assert.deepEqual(
          met.slice(1200),
          keys.filter((_, n) => n >= 1200),
        );
        assert.equal((await wakeups(1)).length, 750);
      });

      test('are not touched by a fenced batch', async () => {
        const old = await acquire(1, 'a');
        await commit(1, old, at('k', 10));
        await acquire(1, 'a');
        await commit(1, old, at('k', 99), at('other', 5));
        assert.deepEqual(await wakeups(1), [{ key: 'k', at: 10 }]);
      });
    });

    describe('directory', () => directoryContract(() => harness.store.directory));

    describe('workers', () => workersContract(() => harness));

    describe('running stations', () => runningContract(() => harness));

    describe('life', () => {
      test('tells the number of shards, and that it can serve', async () => {
        assert.equal(harness.store.shards, SHARDS);
        await harness.store.check();
      });

      test('a closed store refuses: unavailable', async () => {
        const { store } = harness;
        const epoch = await acquire(1, 'a');
        await store.close();
        await store.close();
        const { leases, states, directory, workers, running } = store;
        const calls = [
          leases.acquire(1, 'a', TTL),
          leases.renew(1, 'a', epoch, TTL),
          leases.release(1, 'a', epoch),
          states.commit([{ shard: 1, epoch, writes: [{ key: 'k', value: bytes('v') }] }]),
          states.load(1, 'k'),
          wakeups(1),
          directory.get('a'),
          directory.put({ stationId: 'a', credentials: [] }),
          directory.replace('a', undefined, undefined),
          directory.list({ limit: 1 }),
          workers.beat('a', TTL),
          workers.leave('a'),
          workers.live(),
          running.put('a', Uint32Array.of(1)),
          running.all(),
          store.check(),
        ];
        for (const result of await Promise.allSettled(calls)) {
          assert.ok(result.status === 'rejected' && isStoreError('unavailable')(result.reason));
        }
      });
    });

    if (durable)
      describe('survival', () => {
        const reopen = (options?: { shards?: number }) => {
          assert.ok(harness.reopen);
          return harness.reopen(options);
        };

        test('close finishes what was begun', async () => {
          const epoch = await acquire(1, 'a');
          const pending = commit(1, epoch, { key: 'k', value: bytes('v') });
          harness.store = await reopen();
          assert.equal(await pending, 'committed');
          assert.equal(await load(1, 'k'), 'v');
        });

        test('survives being opened anew: states, wake-ups, directory, epochs and running stations', async () => {
          const epoch = await acquire(1, 'a');
          await commit(1, epoch, { key: 'k', value: bytes('v'), wakeAt: 10 });
          await harness.store.directory.put({ stationId: 'a', credentials: [] });
          await harness.store.running.put('edge', Uint32Array.of(1, 2));
          harness.store = await reopen();
          const [entry] = await harness.store.running.all();
          assert.deepEqual(entry?.hashes, Uint32Array.of(1, 2));
          assert.equal(await load(1, 'k'), 'v');
          assert.deepEqual(await wakeups(1), [{ key: 'k', at: 10 }]);
          assert.deepEqual(await harness.store.directory.get('a'), { stationId: 'a', credentials: [] });
          const next = await acquire(1, 'a');
          assert.ok(next > epoch);
          assert.equal(await commit(1, epoch, { key: 'k', value: bytes('stale') }), 'fenced');
        });

        test('a lease does, or does not, survive being opened anew', async () => {
          const epoch = await acquire(1, 'a');
          harness.store = await reopen();
          const { leases } = harness.store;
          const survives = harness.leasesSurvive === true;
          assert.equal(await leases.renew(1, 'a', epoch, TTL), survives);
          const grant = await leases.acquire(1, 'b', TTL);
          assert.equal(grant.granted, !survives);
          if (!grant.granted) assert.equal(grant.holder, 'a');
          await harness.pass(TTL * 1.2);
          assert.ok((await acquire(1, 'b')) > epoch);
        });

        test('refuses another number of shards: mismatch', async () => {
          await assert.rejects(reopen({ shards: SHARDS + 1 }), (error: unknown) => {
            assert.ok(isStoreError('mismatch')(error));
            assert.match(String(error), new RegExp(`${SHARDS} shards`));
            return true;
          });
        });
      });

    ownershipProperty(() => harness);
  });
}

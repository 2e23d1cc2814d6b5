import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { RedisServer } from '../../servers/mod.js';
import { openRedisStore, type Directory } from '../mod.js';
import { startRedis } from './redis.fixture.js';

let server: RedisServer;
let stop: () => Promise<void>;
before(async () => {
  ({ server, stop } = await startRedis());
});
after(() => stop());

test('pages of any size over many shards are in order, whole, and begin anywhere', async () => {
  const store = await openRedisStore({ url: server.url, shards: 700 });
  const ids = Array.from({ length: 3000 }, (_, n) => `CP-${(n * 7919) % 3000}`);
  await Promise.all(ids.map((stationId) => store.directory.put({ stationId, credentials: [] })));
  const sorted = [...ids].sort();
  const list = async (limit: number, after?: string) =>
    (await store.directory.list({ limit, ...(after === undefined ? {} : { after }) })).map(
      ({ stationId }) => stationId,
    );
  assert.deepEqual(await list(5000), sorted);
  assert.deepEqual(await list(Number.POSITIVE_INFINITY), sorted);
  for (const [limit, at] of [
    [1, 0],
    [7, 13],
    [1000, 1999],
    [1000, 2500],
    [10, 2999],
  ] as const) {
    assert.deepEqual(await list(limit, sorted[at]), sorted.slice(at + 1, at + 1 + limit));
  }
  assert.deepEqual(await list(0), []);
  await store.close();
});

test('two processes that change the same stations lose no change, and their order is kept', async () => {
  const open = () => openRedisStore({ url: server.url, shards: 700, keyPrefix: 'two' });
  const stores = await Promise.all([open(), open()]);
  const ids = Array.from({ length: 20 }, (_, n) => `CP-${n}`);
  const add = async (directory: Directory, stationId: string, quirk: string): Promise<void> => {
    for (;;) {
      const read = await directory.get(stationId);
      const next = { stationId, credentials: [], quirks: [...(read?.quirks ?? []), quirk] };
      if (await directory.replace(stationId, read, next)) return;
    }
  };
  await Promise.all(
    stores.flatMap(({ directory }, of) =>
      ids.flatMap((id) => [0, 1, 2].map((n) => add(directory, id, `${of}.${n}`))),
    ),
  );
  const listed = await stores[0].directory.list({ limit: 100, prefix: 'CP-1' });
  assert.deepEqual(
    listed.map(({ stationId }) => stationId),
    ids.filter((id) => id.startsWith('CP-1')).sort(),
  );
  for (const { quirks = [] } of listed) {
    assert.deepEqual([...quirks].sort(), ['0.0', '0.1', '0.2', '1.0', '1.1', '1.2']);
  }
  await Promise.all(stores.map((store) => store.close()));
});

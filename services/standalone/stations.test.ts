import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { ManualClock } from '../../libs/clock/mod.js';
import { memoryStore, StoreError, type Directory } from '../../libs/store/mod.js';
import { loadStations } from './stations.js';

test('stations that were removed are disconnected, also when a later write fails', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'stations.json');
  const { directory } = memoryStore({ clock: new ManualClock(), shards: 1 });
  await directory.put({ stationId: 'gone', credentials: [] });
  await writeFile(file, JSON.stringify({ stations: [{ id: 'new', noPassword: true }] }));
  const disconnected: string[][] = [];
  const disconnect = (stationIds: readonly string[]) => disconnected.push([...stationIds]);

  const full: Directory = {
    get: (stationId) => directory.get(stationId),
    list: (page) => directory.list(page),
    remove: (stationId) => directory.remove(stationId),
    replace: (stationId, expected, next) => directory.replace(stationId, expected, next),
    put: () => Promise.reject(new StoreError('unavailable', 'no space left')),
  };
  await assert.rejects(loadStations(file, full, disconnect), { message: 'no space left' });
  assert.deepEqual(disconnected, [['gone']]);

  const counts = { added: 1, changed: 0, removed: 0, unchanged: 0 };
  assert.deepEqual(await loadStations(file, directory, () => 0), { ...counts, disconnected: 0 });
});

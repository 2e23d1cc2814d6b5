import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStore, StoreError, verifyPassword, type Directory } from '../../libs/store/mod.js';
import { ManualClock } from '../../libs/clock/mod.js';
import { parseText } from '../../libs/ops/mod.js';
import { stationsOf } from './stations-file.js';
import { provision } from './provision.js';

const entries = (...stations: object[]) =>
  stationsOf(parseText('stations.json', JSON.stringify({ stations })));
const directory = (): Directory => memoryStore({ clock: new ManualClock(), shards: 1 }).directory;
const password = 'sixteen-chars-00';

async function provisioned(stations: Directory, file: ReturnType<typeof entries>) {
  const shutOut: string[] = [];
  const counts = await provision(stations, file, (done) => {
    if (done.shutOut) shutOut.push(done.stationId);
  });
  return { counts, shutOut };
}

test('the directory holds what the file holds, passwords hashed', async () => {
  const stations = directory();
  const result = await provision(
    stations,
    entries({ id: 'A', password }, { id: 'B', noPassword: true, disabled: true }),
  );
  assert.deepEqual(result, { added: 2, changed: 0, removed: 0, unchanged: 0 });
  const a = await stations.get('A');
  assert.equal(a?.credentials.length, 1);
  assert.ok(a.credentials.every((credential) => verifyPassword(Buffer.from(password), credential)));
  assert.ok(!JSON.stringify(a).includes(password));
  assert.deepEqual(await stations.get('B'), { stationId: 'B', credentials: [], disabled: true });
});

test('the same file again changes nothing, not even a salt', async () => {
  const stations = directory();
  const file = entries({ id: 'A', password, quirks: ['hex_password'], minimumSecurityProfile: 2 });
  await provision(stations, file);
  const before = await stations.get('A');
  assert.deepEqual(await provision(stations, file), {
    added: 0,
    changed: 0,
    removed: 0,
    unchanged: 1,
  });
  assert.deepEqual(await stations.get('A'), before);
});

test('what changed is changed, what is gone is removed', async () => {
  const stations = directory();
  const many = Array.from({ length: 1500 }, (_, at) => ({ id: `old-${at}`, noPassword: true }));
  await provision(stations, entries({ id: 'A', password }, { id: 'B', password }, ...many));
  const next = entries(
    { id: 'A', password: 'another-password-1' },
    { id: 'B', password },
    { id: 'C', password },
  );
  const { counts, shutOut } = await provisioned(stations, next);
  assert.deepEqual(counts, { added: 1, changed: 1, removed: 1500, unchanged: 1 });
  assert.deepEqual(new Set(shutOut), new Set(['A', ...many.map(({ id }) => id)]));
  const a = await stations.get('A');
  assert.ok(
    a?.credentials.every((credential) => verifyPassword(Buffer.from('another-password-1'), credential)),
  );
  assert.deepEqual(
    (await stations.list({ limit: 10 })).map(({ stationId }) => stationId),
    ['A', 'B', 'C'],
  );
});

test('shut out is who is removed, disabled, or let in less than before; a second password shuts nobody out', async () => {
  const other = 'another-password-1';
  const shutOutBy = async (before: object, after?: object): Promise<readonly string[]> => {
    const stations = directory();
    await provision(stations, entries({ id: 'A', ...before }));
    return (await provisioned(stations, entries(...(after === undefined ? [] : [{ id: 'A', ...after }]))))
      .shutOut;
  };
  assert.deepEqual(await shutOutBy({ password }), ['A']);
  assert.deepEqual(await shutOutBy({ password }, { password, disabled: true }), ['A']);
  assert.deepEqual(await shutOutBy({ password }, { password: other }), ['A']);
  assert.deepEqual(await shutOutBy({ password: [password, other] }, { password: other }), ['A']);
  assert.deepEqual(await shutOutBy({ password }, { noPassword: true }), ['A']);
  assert.deepEqual(await shutOutBy({ noPassword: true }, { password }), ['A']);
  assert.deepEqual(await shutOutBy({ password }, { password, minimumSecurityProfile: 2 }), ['A']);

  const serialNumber = 'SN-1';
  assert.deepEqual(await shutOutBy({ serialNumber }, { serialNumber: 'SN-2' }), ['A']);
  assert.deepEqual(await shutOutBy({ password, serialNumber }, { password }), ['A']);
  assert.deepEqual(await shutOutBy({ noPassword: true }, { serialNumber }), ['A']);

  assert.deepEqual(await shutOutBy({ password }, { password, serialNumber }), []);
  assert.deepEqual(await shutOutBy({ serialNumber }, { password, serialNumber }), []);
  assert.deepEqual(await shutOutBy({ password }, { password: [password, other] }), []);
  assert.deepEqual(await shutOutBy({ password }, { password, quirks: ['hex_password'] }), []);
  assert.deepEqual(await shutOutBy({ password, disabled: true }, { password }), []);
  assert.deepEqual(await shutOutBy({ password, minimumSecurityProfile: 2 }, { password }), []);
});

test('when a write fails, all that was done is told before it rejects, and nothing else', async () => {
  const stations = directory();
  await provision(stations, entries({ id: 'gone', password }));
  const told: string[] = [];
  const failing: Directory = {
    get: (stationId) => stations.get(stationId),
    list: (page) => stations.list(page),
    remove: (stationId) => stations.remove(stationId),
    replace: (stationId, expected, next) => stations.replace(stationId, expected, next),
    put: async (record) => {
      if (record.stationId === 'A') throw new StoreError('unavailable', 'no space left');
      await stations.put(record);
    },
  };
  const file = entries({ id: 'A', password }, { id: 'B', password });
  const failed = provision(failing, file, ({ change, stationId }) => told.push(`${change} ${stationId}`));
  await assert.rejects(failed, { code: 'unavailable', message: 'no space left' });
  assert.deepEqual(told, ['removed gone', 'added B']);
});

import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { Status } from 'nice-grpc-common';
import type { grpc, StationSnapshot } from '../../../libs/api/mod.js';
import { DispatchError } from '../../../libs/dispatch/mod.js';
import { hashPassword, StoreError, verifyPassword, type StationRecord } from '../../../libs/store/mod.js';
import { until } from '../../../test/client/until.js';
import { startStations } from './rig.fixture.js';
import { fails } from '../failing.fixture.js';

const PASSWORD = 'sixteen-chars-00';
const text = (value: string = PASSWORD) => ({ password: { $case: 'text', value } as const });
type Given = grpc.DeepPartial<grpc.CreateStationRequest>;
const raw = (bytes: number) => ({ password: { $case: 'raw', value: Buffer.alloc(bytes, 0xff) } as const });
const generate = (value = true) => ({ password: { $case: 'generate', value } as const });

const opens = (record: StationRecord | undefined, password: string | Buffer): boolean =>
  record?.credentials.some((credential) => verifyPassword(Buffer.from(password), credential)) === true;

async function filled(t: TestContext, records: readonly Partial<StationRecord>[]) {
  const rig = await startStations(t);
  for (const record of records) {
    await rig.directory.put({
      stationId: 'CP1',
      credentials: [hashPassword(Buffer.from(PASSWORD))],
      ...record,
    });
  }
  return rig;
}

describe('creating', () => {
  test('puts a station into the directory as it is told, its password hashed', async (t) => {
    const { client, directory, logged } = await startStations(t);
    const station = {
      stationId: 'RDAM 123/ü',
      disabled: true,
      minimumSecurityProfile: 2,
      quirks: ['hex_password', 'no_pong', 'hex_password'],
      passwords: 7,
      rotating: true,
      serialNumber: '',
    };
    const created = await client.createStation({ station, password: text() });
    assert.deepEqual(created, {
      station: { ...station, quirks: ['hex_password', 'no_pong'], passwords: 1, rotating: false },
      generatedPassword: '',
    });
    const record = await directory.get('RDAM 123/ü');
    assert.ok(opens(record, PASSWORD));
    assert.deepEqual((await client.getStation({ stationId: 'RDAM 123/ü' })).station, created.station);
    assert.ok(!JSON.stringify([record, logged]).includes(PASSWORD));
  });

  test('makes a password that every version takes, and tells it once', async (t) => {
    const { client, directory, logged } = await startStations(t);
    const made = await Promise.all(
      ['a', 'b'].map((stationId) => client.createStation({ station: { stationId }, password: generate() })),
    );
    for (const { station, generatedPassword } of made) {
      assert.match(generatedPassword, /^[A-Za-z0-9]{20}$/);
      assert.ok(opens(await directory.get(station?.stationId ?? ''), generatedPassword));
      assert.ok(!logged.join().includes(generatedPassword));
    }
    assert.notEqual(made[0]?.generatedPassword, made[1]?.generatedPassword);
    assert.deepEqual(Object.keys((await directory.get('a')) ?? {}), ['stationId', 'credentials']);
  });

  test('takes the raw bytes of an AuthorizationKey', async (t) => {
    const { client, directory } = await startStations(t);
    await client.createStation({ station: { stationId: 'a' }, password: raw(20) });
    assert.ok(opens(await directory.get('a'), Buffer.alloc(20, 0xff)));
  });

  test('of one that is there: ALREADY_EXISTS, and it stays as it is; of many at once one succeeds', async (t) => {
    const { client, directory } = await filled(t, [{ disabled: true }]);
    const before = await directory.get('CP1');
    const again = () => client.createStation({ station: { stationId: 'CP1' }, password: text() });
    await fails(again(), Status.ALREADY_EXISTS, /CP1 is in the directory already/);
    assert.deepEqual(await directory.get('CP1'), before);
    await directory.remove('CP1');
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, again));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  const wrong: readonly [what: string, request: Given, message: RegExp][] = [
    ['no station', {}, /^station is missing/],
    ['no id', { station: {}, password: text() }, /^station\.station_id must be 1 to 255 bytes/],
    ['a long id', { station: { stationId: 'ä'.repeat(128) } }, /^station\.station_id .* has 256/],
    ['a colon', { station: { stationId: 'a:b' } }, /must not contain ':'/],
    ['a control character', { station: { stationId: 'a\n' } }, /control characters/],
    ['no Unicode', { station: { stationId: 'a\uFFFD' } }, /valid Unicode/],
    ['a profile past 3', { station: { stationId: 'a', minimumSecurityProfile: 4 } }, /must be 0 to 3, is 4/],
    [
      'a wrong quirk',
      { station: { stationId: 'a', quirks: ['no_such'] } },
      /no "no_such" among .*hex_password/,
    ],
    ['a quirk that cannot be set', { station: { stationId: 'a', quirks: ['no_offset'] } }, /no "no_offset"/],
    [
      'a long serial number',
      { station: { stationId: 'a', serialNumber: 'x'.repeat(65) } },
      /to 64 .* has 65/,
    ],
    ['no password', { station: { stationId: 'a' } }, /^password is missing \(set without_password/],
    ['both', { station: { stationId: 'a' }, password: text(), withoutPassword: true }, /contradicts/],
    ['an empty password', { station: { stationId: 'a' }, password: {} }, /one of text, raw and generate/],
    ['generate: false', { station: { stationId: 'a' }, password: generate(false) }, /generate \(true\)/],
    [
      'a short text',
      { station: { stationId: 'a' }, password: text('fifteen-chars-0') },
      /text must be 16 .* 15$/,
    ],
    ['a long text', { station: { stationId: 'a' }, password: text('x'.repeat(65)) }, /has 65$/],
    ['short bytes', { station: { stationId: 'a' }, password: raw(15) }, /raw must be 16 to 20 bytes, has 15/],
    [
      'long bytes',
      { station: { stationId: 'a' }, password: raw(21) },
      /has 21 \(give a longer one as text\)/,
    ],
  ];
  for (const [what, request, message] of wrong) {
    test(`with ${what}: INVALID_ARGUMENT, nothing is created, and no password is repeated`, async (t) => {
      const { client, directory } = await startStations(t);
      await fails(client.createStation(request), Status.INVALID_ARGUMENT, message);
      assert.deepEqual(await directory.list({ limit: 10 }), []);
    });
  }
});

describe('updating', () => {
  test('changes what the mask names and nothing else', async (t) => {
    const { client, directory } = await filled(t, [{ quirks: ['no_pong'], minimumSecurityProfile: 1 }]);
    const before = await directory.get('CP1');
    const station = { stationId: 'CP1', disabled: true, minimumSecurityProfile: 0, quirks: ['hex_password'] };
    const { station: after } = await client.updateStation({ station, updateMask: ['quirks'] });
    assert.deepEqual(
      [after?.quirks, after?.disabled, after?.minimumSecurityProfile],
      [['hex_password'], false, 1],
    );
    await client.updateStation({ station, updateMask: ['disabled', 'minimum_security_profile', 'quirks'] });
    assert.deepEqual(await directory.get('CP1'), {
      stationId: 'CP1',
      disabled: true,
      credentials: before?.credentials,
      quirks: ['hex_password'],
    });
  });

  test('ends the connections of a station that is let in less, and of no other', async (t) => {
    const { client, shutOut } = await filled(t, [{}, { stationId: 'CP 2', disabled: true }]);
    const update = (stationId: string, more: object, field: string) =>
      client.updateStation({ station: { stationId, ...more }, updateMask: [field] });
    await update('CP1', { quirks: ['hex_password'] }, 'quirks');
    await update('CP1', { minimumSecurityProfile: 0 }, 'minimum_security_profile');
    await update('CP 2', { disabled: false }, 'disabled');
    assert.deepEqual(shutOut, []);
    await update('CP1', { minimumSecurityProfile: 2 }, 'minimum_security_profile');
    await update('CP 2', { disabled: true }, 'disabled');
    await until('told', () => shutOut.length === 2);
    assert.deepEqual(shutOut, ['CP1', 'CP=202']);
    await update('CP 2', { disabled: true }, 'disabled');
    await until('told again', () => shutOut.length === 3);
  });

  test('a serial number binds a certificate, alone or beside a password; taking it away opens no door', async (t) => {
    const { client, directory, shutOut } = await filled(t, [{}]);
    const station = { stationId: 'CP-C', serialNumber: 'SN-1' };
    const made = await client.createStation({ station, withoutPassword: true });
    assert.deepEqual([made.station?.serialNumber, made.station?.passwords], ['SN-1', 0]);
    assert.deepEqual(await directory.get('CP-C'), { ...station, credentials: [] });
    const updateMask = ['serial_number'];
    const none = { stationId: 'CP-C', serialNumber: '' };
    await fails(
      client.updateStation({ station: none, updateMask }),
      Status.FAILED_PRECONDITION,
      /set a password first/,
    );
    const { station: bound } = await client.updateStation({
      station: { stationId: 'CP1', serialNumber: 'SN-2' },
      updateMask,
    });
    assert.equal(bound?.serialNumber, 'SN-2');
    assert.deepEqual(shutOut, []);
    const { station: freed } = await client.updateStation({
      station: { ...none, stationId: 'CP1' },
      updateMask,
    });
    assert.equal(freed?.serialNumber, '');
    assert.equal((await directory.get('CP1'))?.serialNumber, undefined);
    await until('told', () => shutOut.length === 1);
  });

  test('two at once lose nothing', async (t) => {
    const { client, directory } = await filled(t, [{}]);
    const station = { stationId: 'CP1', disabled: true, minimumSecurityProfile: 3, quirks: ['hex_password'] };
    const masks = ['disabled', 'minimum_security_profile', 'quirks'];
    await Promise.all([
      ...masks.map((field) => client.updateStation({ station, updateMask: [field] })),
      client.rotatePassword({ stationId: 'CP1', password: generate() }),
    ]);
    const record = await directory.get('CP1');
    assert.deepEqual(
      [record?.disabled, record?.minimumSecurityProfile, record?.quirks, record?.credentials.length],
      [true, 3, ['hex_password'], 2],
    );
  });

  test('of an unknown one: NOT_FOUND; without a mask or with a wrong one: INVALID_ARGUMENT', async (t) => {
    const { client } = await startStations(t);
    const station = { stationId: 'CP1' };
    await fails(
      client.updateStation({ station, updateMask: ['disabled'] }),
      Status.NOT_FOUND,
      /CP1 is not in/,
    );
    await fails(client.updateStation({ station }), Status.INVALID_ARGUMENT, /update_mask is empty/);
    for (const path of ['passwords', 'station_id', '*', '']) {
      const call = client.updateStation({ station, updateMask: [path] });
      await fails(call, Status.INVALID_ARGUMENT, /cannot be updated, only disabled, /);
    }
  });
});

describe('listing', () => {
  const ids = Array.from({ length: 230 }, (_, n) => `CP-${String(n).padStart(3, '0')}`);

  test('pages of any size meet every station once, in order', async (t) => {
    const { client } = await filled(
      t,
      [...ids, 'ä', 'Z'].map((stationId) => ({ stationId })),
    );
    for (const pageSize of [0, 1, 115, 232, 5000]) {
      const got: string[] = [];
      let pageToken = '';
      let pages = 0;
      do {
        const page = await client.listStations({ pageSize, pageToken });
        got.push(...page.stations.map(({ stationId }) => stationId));
        pageToken = page.nextPageToken;
        pages++;
      } while (pageToken !== '');
      assert.deepEqual(got, [...ids, 'Z', 'ä']);
      assert.equal(pages, Math.ceil(232 / (pageSize === 0 ? 100 : Math.min(pageSize, 1000))));
    }
  });

  test('by prefix, and by what is disabled', async (t) => {
    const { client } = await filled(
      t,
      ids.map((stationId, n) => ({ stationId, disabled: n % 23 === 0 })),
    );
    const list = async (request: object) =>
      (await client.listStations(request)).stations.map(({ stationId }) => stationId);
    assert.deepEqual(await list({ idPrefix: 'CP-02' }), ids.slice(20, 30));
    assert.deepEqual(await list({ idPrefix: 'CX' }), []);
    const disabled = ids.filter((_, n) => n % 23 === 0);
    assert.deepEqual(await list({ disabled: true }), disabled);
    assert.equal((await list({ disabled: false, pageSize: 1000 })).length, 220);
    assert.deepEqual(await list({ disabled: true, idPrefix: 'CP-0', pageSize: 3 }), disabled.slice(0, 3));
    const first = await client.listStations({ disabled: true, pageSize: 10 });
    const rest = await client.listStations({ disabled: true, pageSize: 10, pageToken: first.nextPageToken });
    assert.deepEqual([first.stations.length, rest.stations, rest.nextPageToken], [10, [], '']);
  });

  test('reads so many records for one page and no more: the next one goes on', async (t) => {
    const { client, directory } = await startStations(t);
    let reads = 0;
    directory.list = async ({ after = '0', limit }) => {
      reads++;
      const from = Number(after) + 1;
      return Array.from({ length: limit }, (_, n) => ({ stationId: `${from + n}`, credentials: [] }));
    };
    const page = await client.listStations({ disabled: true });
    assert.deepEqual([page.stations, reads], [[], 10]);
    assert.equal(Buffer.from(page.nextPageToken, 'base64url').toString(), '10000');
  });

  test('with a wrong token or prefix: INVALID_ARGUMENT', async (t) => {
    const { client } = await filled(t, [{}]);
    for (const pageToken of ['!', 'a', '====', Buffer.from('a:b').toString('base64url')]) {
      await fails(client.listStations({ pageToken }), Status.INVALID_ARGUMENT, /page_token/);
    }
    await fails(client.listStations({ idPrefix: 'x'.repeat(256) }), Status.INVALID_ARGUMENT, /id_prefix/);
  });
});

describe('deleting', () => {
  test('takes the station out and ends its connections; again: NOT_FOUND', async (t) => {
    const { client, directory, shutOut } = await filled(t, [{}]);
    assert.deepEqual(await client.deleteStation({ stationId: 'CP1' }), {});
    assert.equal(await directory.get('CP1'), undefined);
    await until('told', () => shutOut.length === 1);
    await fails(client.deleteStation({ stationId: 'CP1' }), Status.NOT_FOUND);
    await fails(client.getStation({ stationId: 'CP1' }), Status.NOT_FOUND);
    await fails(client.deleteStation({}), Status.INVALID_ARGUMENT);
  });

  test('while the bus is away: the edges are told as soon as it is back', async (t) => {
    const { client, bus, shutOut } = await filled(t, [{}, { stationId: 'CP2' }]);
    bus.setConnected(false);
    await client.deleteStation({ stationId: 'CP1' });
    await client.deleteStation({ stationId: 'CP2' });
    assert.deepEqual(shutOut, []);
    bus.setConnected(true);
    await until('told', () => shutOut.length === 2);
    bus.setConnected(false);
    bus.setConnected(true);
    await client.disconnectStation({ stationId: 'CP3' });
    await until('told', () => shutOut.length === 3);
    assert.deepEqual(shutOut, ['CP1', 'CP2', 'CP3']);
  });
});

test('a directory that is away: UNAVAILABLE', async (t) => {
  const { client, directory } = await filled(t, [{}]);
  const away = () => Promise.reject(new StoreError('unavailable', 'Redis at redis://u:secret@h is away'));
  Object.assign(directory, { get: away, list: away, remove: away, replace: away });
  const station = { stationId: 'CP1' };
  for (const call of [
    client.getStation(station),
    client.listStations({}),
    client.deleteStation(station),
    client.createStation({ station, withoutPassword: true }),
    client.setPassword({ ...station, password: generate() }),
  ]) {
    await fails(call, Status.UNAVAILABLE, /^(?!.*secret)/);
  }
});

test('where a stations file decides: nothing can be changed, everything can be read', async (t) => {
  const readOnly = 'the stations file decides who may connect: change that';
  const { client, directory, shutOut, worker } = await startStations(t, { readOnly });
  worker.answer = async () => IDLE;
  const station = { stationId: 'CP1' };
  for (const call of [
    client.createStation({ station, withoutPassword: true }),
    client.updateStation({ station, updateMask: ['disabled'] }),
    client.deleteStation(station),
    client.setPassword({ ...station, withoutPassword: true }),
    client.rotatePassword({ ...station, password: generate() }),
  ]) {
    await fails(call, Status.FAILED_PRECONDITION, /^the stations file decides/);
  }
  assert.deepEqual(await directory.list({ limit: 1 }), []);
  assert.deepEqual((await client.listStations({})).stations, []);
  await client.getStationState(station);
  await client.disconnectStation(station);
  await until('told', () => shutOut.length === 1);
});

const IDLE: StationSnapshot = {
  stationId: 'CP1',
  registration: 'None',
  connectors: [],
  transactions: [],
  commands: [],
  jobs: [],
  eventNumber: 0,
};

describe('the state of a station', () => {
  test('is what its actor knows', async (t) => {
    const { client, worker, asked } = await startStations(t);
    const at = Date.UTC(2026, 10, 21);
    worker.answer = async (): Promise<StationSnapshot> => ({
      stationId: 'CP:1',
      registration: 'Accepted',
      connection: {
        connectionId: 'c1',
        edgeId: 'e1',
        version: '2.0.1',
        securityProfile: 2,
        connectedAt: at,
        lastSeenAt: at + 1,
      },
      connectors: [{ evseId: 1, connectorId: 0, status: 'Occupied' }],
      transactions: [
        { transactionId: 'T1', evseId: 1, connectorId: 2, startedAt: at + 2 },
        { transactionId: 'T2', startedAt: at + 3 },
      ],
      commands: [{ commandId: 'k', action: 'Reset', state: 'sent', takenAt: at + 4 }],
      jobs: [
        {
          commandId: 'j',
          kind: 'log',
          state: 'running',
          requestId: 9,
          status: 'Uploading',
          parts: 2,
          missing: [1],
          startedAt: at + 5,
          inactiveAt: at + 6,
          incarnation: 1,
          cursor: 77,
        },
      ],
      eventNumber: 2 ** 40,
    });
    const { state } = await client.getStationState({ stationId: 'CP:1' });
    assert.deepEqual(state, {
      stationId: 'CP:1',
      registration: 'Accepted',
      connection: {
        connectionId: 'c1',
        edgeId: 'e1',
        ocppVersion: '2.0.1',
        securityProfile: 2,
        connectedAt: new Date(at),
        lastSeenAt: new Date(at + 1),
      },
      connectors: [{ evseId: 1, connectorId: 0, status: 'Occupied' }],
      transactions: [
        { transactionId: 'T1', evseId: 1, connectorId: 2, startedAt: new Date(at + 2) },
        { transactionId: 'T2', evseId: undefined, connectorId: undefined, startedAt: new Date(at + 3) },
      ],
      commands: [
        {
          commandId: 'k',
          action: 'Reset',
          state: 'COMMAND_STATE_SENT',
          outcome: undefined,
          takenAt: new Date(at + 4),
          expiresAt: undefined,
          supersedeKey: '',
        },
      ],
      jobs: [
        {
          commandId: 'j',
          kind: 'log',
          state: 'JOB_STATE_RUNNING',
          requestId: 9,
          status: 'Uploading',
          parts: 2,
          missing: [1],
          startedAt: new Date(at + 5),
          inactiveAt: new Date(at + 6),
        },
      ],
      eventNumber: 2 ** 40,
    });
    assert.deepEqual(asked[0]?.message, { kind: 'query', about: 'station' });
    assert.equal(asked[0].token, 'CP=3A1');
  });

  test('that nobody tells in time: UNAVAILABLE, busy: RESOURCE_EXHAUSTED', async (t) => {
    const { client, worker } = await startStations(t);
    worker.answer = () =>
      Promise.reject(new DispatchError('unserved', 'nobody serves the station: try again'));
    await fails(client.getStationState({ stationId: 'a' }), Status.UNAVAILABLE, /nobody serves/);
    worker.answer = () => Promise.reject(new DispatchError('busy', 'too much waits'));
    await fails(client.getStationState({ stationId: 'a' }), Status.RESOURCE_EXHAUSTED);
    await fails(client.getStationState({}), Status.INVALID_ARGUMENT, /station_id/);
  });
});

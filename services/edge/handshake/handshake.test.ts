import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../../libs/clock/mod.js';
import { DEFAULT_QUIRKS, type Quirk } from '../../../libs/ocpp/mod.js';
import { hashPassword, memoryStore, type Directory, type StationRecord } from '../../../libs/store/mod.js';
import { PASSWORD, STATION, basic, door, headerOf, refused, statusOf } from './door.fixture.js';

describe('identity (1.6J 3.1.1)', () => {
  const open = { mode: 'open' } as const;

  for (const [path, stationId] of [
    ['/ocpp/CP1', 'CP1'],
    ['/ocpp/RDAM%20123', 'RDAM 123'],
    ['/ocpp/a%2Fb%25c', 'a/b%c'],
    ['/ocpp/100%2525', '100%25'],
    ['/ocpp/%C3%A9t%C3%A9', 'été'],
    ['/ocpp/a*b.c>d', 'a*b.c>d'],
    ['/ocpp/1.6/CP1', 'CP1'],
    ['/ocpp//CP1', 'CP1'],
    ['//ocpp/CP1/', 'CP1'],
    [`/ocpp/${'x'.repeat(255)}`, 'x'.repeat(255)],
  ] as const) {
    test(`${path.slice(0, 40)} is station ${stationId.slice(0, 40)}`, async () => {
      const { knock, admitted } = await door(open);
      assert.equal(statusOf(await knock({ path })), 101);
      assert.equal(admitted[0]?.stationId, stationId);
    });
  }

  for (const [path, status] of [
    ['/ocpp/100%', 400],
    ['/ocpp/%zz', 400],
    ['/ocpp/%ff', 400],
    ['/ocpp/a\uFFFD', 400],
    ['/ocpp/%EF%BF%BD', 400],
    ['/ocpp/', 400],
    ['/ocpp', 400],
    ['/ocpp/a%00b', 400],
    [`/ocpp/${'x'.repeat(256)}`, 400],
    [`/ocpp/${'%C3%A9'.repeat(128)}`, 400],
    ['/', 404],
    ['/other/CP1', 404],
    ['/ocppx/CP1', 404],
  ] as const) {
    test(`${path.slice(0, 40)} is refused with ${status}`, async () => {
      const { knock, admitted } = await door(open);
      const decision = await knock({ path });
      assert.equal(statusOf(decision), status);
      assert.match(refused(decision).body, /[a-z]/);
      assert.deepEqual(admitted, []);
    });
  }

  test('empty segments are counted as a quirk, and refused where it is off', async () => {
    const tolerant = await door(open);
    await tolerant.knock({ path: '/ocpp/CP1/' });
    assert.ok(await tolerant.counted('stationmaster_edge_quirks_total{quirk="double_slash"} 1'));
    const strict = await door({ ...open, quirks: new Set<Quirk>() });
    assert.equal(statusOf(await strict.knock({ path: '/ocpp/CP1/' })), 404);
  });

  test('the base path is configurable', async () => {
    for (const basePath of ['/', '/steve/websocket/', '/steve/websocket']) {
      const { knock, admitted } = await door({ ...open, basePath });
      await knock({ path: '/steve/websocket/CP7' });
      assert.equal(admitted[0]?.stationId, 'CP7');
    }
  });
});

describe('subprotocol', () => {
  const open = { mode: 'open' } as const;
  const quirks: ReadonlySet<Quirk> = new Set<Quirk>([...DEFAULT_QUIRKS, 'missing_subprotocol']);

  for (const [offered, version, token] of [
    ['ocpp1.6', '1.6', 'ocpp1.6'],
    ['ocpp2.0.1', '2.0.1', 'ocpp2.0.1'],
    ['ocpp2.1', '2.1', 'ocpp2.1'],
    ['ocpp1.6, ocpp2.1', '1.6', 'ocpp1.6'],
    ['ocpp2.0,ocpp2.0.1,ocpp1.6', '2.0.1', 'ocpp2.0.1'],
    ['OCPP1.6', '1.6', 'OCPP1.6'],
    ['ocpp2.0.1.1', '2.0.1', 'ocpp2.0.1.1'],
    ['', '1.6', undefined],
  ] as const) {
    test(`'${offered}' speaks ${version}; the token is echoed as it was offered`, async () => {
      const { knock, admitted } = await door({ ...open, quirks });
      const decision = await knock({ protocols: offered });
      assert.ok(decision.accept);
      assert.equal(decision.protocol, token);
      assert.equal(decision.compress, version !== '1.6');
      assert.equal(admitted[0]?.version, version);
    });
  }

  for (const offered of ['', 'ocpp1.5', 'ocpp2.0', 'mqtt, ocpp9']) {
    test(`'${offered}' has no version of ours: 101 without the header, then closed (1.6J 3.2)`, async () => {
      const { knock, admitted, dismissed } = await door(open);
      const decision = await knock({ protocols: offered });
      assert.ok(decision.accept);
      assert.equal(decision.protocol, undefined);
      assert.deepEqual([admitted, dismissed], [[], [offered]]);
    });
  }

  test('only configured versions are served; tolerance can be switched off', async () => {
    const old = await door({ ...open, versions: ['1.6'] });
    await old.knock({ protocols: 'ocpp2.1, ocpp1.6' });
    assert.equal(old.admitted[0]?.version, '1.6');
    const strict = await door({ ...open, quirks: new Set<Quirk>() });
    await strict.knock({ protocols: 'OCPP1.6' });
    assert.deepEqual(strict.admitted, []);
  });

  test('a station may have quirks of its own', async () => {
    const record: StationRecord = { ...STATION, quirks: ['missing_subprotocol', 'no such quirk'] };
    const { knock, admitted } = await door({}, [record, { ...STATION, stationId: 'CP2' }]);
    assert.equal(statusOf(await knock({ protocols: '' })), 101);
    assert.ok(admitted[0]?.quirks.has('missing_subprotocol'));
    await knock({ path: '/ocpp/CP2', authorization: basic('CP2', PASSWORD), protocols: '' });
    assert.equal(admitted.length, 1);
  });
});

describe('authentication', () => {
  test('the right password opens, with profile 1 over plain and 2 over TLS', async () => {
    const { knock, admitted } = await door();
    await knock();
    await knock({ secure: true });
    assert.deepEqual(
      admitted.map(({ securityProfile }) => securityProfile),
      [1, 2],
    );
  });

  test('passwords are bytes: any of them, also ":" and NUL (1.6J 6.2.2)', async () => {
    const password = Buffer.from([0x3a, 0x00, 0xff, 0xc3, 0x3a, 0x80]);
    const { knock } = await door({}, [{ ...STATION, credentials: [hashPassword(password)] }]);
    assert.equal(statusOf(await knock({ authorization: basic('CP1', password) })), 101);
    assert.equal(statusOf(await knock({ authorization: basic('CP1', password.subarray(1)) })), 401);
  });

  for (const [what, authorization] of [
    ['no header', ''],
    ['another scheme', `Bearer ${PASSWORD.toString('base64')}`],
    ['no base64', 'Basic %%%'],
    ['no colon', `Basic ${Buffer.from('CP1').toString('base64')}`],
    ['a wrong password', basic('CP1', 'wrong')],
    ['an empty password', basic('CP1', '')],
    ["another station's name", basic('CP2', PASSWORD)],
    ['the name in other casing', basic('cp1', PASSWORD)],
  ] as const) {
    test(`${what}: 401 with WWW-Authenticate, before the upgrade (WP 2.3)`, async () => {
      const decision = await (await door()).knock({ authorization });
      assert.equal(statusOf(decision), 401);
      assert.match(headerOf(decision, 'WWW-Authenticate') ?? '', /^Basic realm=/);
    });
  }

  test('the user name is the identity, or what stands in the path (A00.FR.204)', async () => {
    const { knock } = await door({}, [{ ...STATION, stationId: 'CP 1' }]);
    const path = '/ocpp/CP%201';
    assert.equal(statusOf(await knock({ path, authorization: basic('CP 1', PASSWORD) })), 101);
    assert.equal(statusOf(await knock({ path, authorization: basic('CP%201', PASSWORD) })), 101);
  });

  test('during a rotation either password opens; a removed one does not', async () => {
    const old = hashPassword(Buffer.from('old'));
    const fresh = hashPassword(Buffer.from('new'));
    const directory = memoryStore({ clock: new ManualClock(), shards: 256 }).directory;
    await directory.put({ ...STATION, credentials: [old, fresh] });
    const { knock } = await door({}, [], directory);
    assert.equal(statusOf(await knock({ authorization: basic('CP1', 'old') })), 101);
    assert.equal(statusOf(await knock({ authorization: basic('CP1', 'new') })), 101);
    await directory.put({ ...STATION, credentials: [fresh] });
    assert.equal(statusOf(await knock({ authorization: basic('CP1', 'old') })), 401);
    assert.equal(statusOf(await knock({ authorization: basic('CP1', 'new') })), 101);
  });

  test('hex text as password is taken only where quirk hex_password is on', async () => {
    const authorization = basic('CP1', PASSWORD.toString('hex'));
    const strict = await door();
    assert.equal(statusOf(await strict.knock({ authorization })), 401);
    const tolerant = await door({}, [{ ...STATION, quirks: ['hex_password'] }]);
    assert.equal(statusOf(await tolerant.knock({ authorization })), 101);
    assert.equal(statusOf(await tolerant.knock({ authorization: basic('CP1', 'ff'.repeat(20)) })), 401);
    assert.ok(await tolerant.counted('stationmaster_edge_quirks_total{quirk="hex_password"} 1'));
  });

  test('unknown and disabled stations are refused alike: 404', async () => {
    const { knock } = await door({}, [{ ...STATION, disabled: true }]);
    const disabled = refused(await knock());
    const unknown = refused(await knock({ path: '/ocpp/CP9', authorization: basic('CP9', PASSWORD) }));
    assert.deepEqual(disabled, unknown);
    assert.match(disabled.status, /^404 /);
  });

  test('a station without credentials connects without a password: profile 0', async () => {
    const { knock, admitted } = await door({}, [{ ...STATION, credentials: [] }]);
    await knock({ authorization: '' });
    await knock({ secure: true });
    assert.deepEqual(
      admitted.map(({ securityProfile }) => securityProfile),
      [0, 0],
    );
  });

  test('below the minimum security profile: 403, whatever the password (WP A05.FR.09)', async () => {
    const { knock, admitted } = await door({}, [{ ...STATION, minimumSecurityProfile: 2 }]);
    assert.equal(statusOf(await knock()), 403);
    assert.equal(statusOf(await knock({ authorization: '' })), 403);
    assert.equal(statusOf(await knock({ secure: true })), 101);
    assert.equal(admitted[0]?.securityProfile, 2);
  });

  test('open mode looks nobody up, and tells the profile by what the station does', async () => {
    const { knock, admitted } = await door({ mode: 'open' }, []);
    await knock({ authorization: '' });
    await knock({ authorization: basic('anyone', 'any') });
    await knock({ secure: true });
    assert.deepEqual(
      admitted.map(({ securityProfile }) => securityProfile),
      [0, 1, 2],
    );
  });
});

describe('a password that is being rotated', () => {
  const NEW = Buffer.from('fedcba9876543210fedc');
  const rotating: StationRecord = {
    ...STATION,
    credentials: [hashPassword(NEW), ...STATION.credentials],
    rotating: true,
  };
  const withNew = { authorization: basic('CP1', NEW) };

  async function rotatingDoor(record: StationRecord = rotating) {
    const { directory } = memoryStore({ clock: new ManualClock(), shards: 256 });
    await directory.put(record);
    const failing = { now: false, replacements: 0 };
    const watched: Directory = {
      get: (stationId) => directory.get(stationId),
      put: (put) => directory.put(put),
      remove: (stationId) => directory.remove(stationId),
      list: (options) => directory.list(options),
      replace: async (stationId, expected, next) => {
        failing.replacements++;
        if (failing.now) throw new Error('down');
        return directory.replace(stationId, expected, next);
      },
    };
    return { ...(await door({}, [], watched)), directory, failing };
  }

  test('both open the door; the first use of the new one ends the old one at once, for good', async () => {
    const { knock, directory, failing } = await rotatingDoor();
    assert.deepEqual([await knock(), await knock()].map(statusOf), [101, 101]);
    assert.equal(failing.replacements, 0);
    assert.equal(statusOf(await knock(withNew)), 101);
    assert.deepEqual(await directory.get('CP1'), {
      stationId: 'CP1',
      credentials: rotating.credentials.slice(0, 1),
    });
    assert.equal(statusOf(await knock()), 401);
    assert.equal(statusOf(await knock(withNew)), 101);
    assert.equal(failing.replacements, 1);
  });

  test('while the directory cannot be changed both stay valid; the next use of the new one tries again', async () => {
    const { knock, directory, failing } = await rotatingDoor();
    failing.now = true;
    assert.equal(statusOf(await knock(withNew)), 101);
    assert.deepEqual([await knock(), await knock(withNew)].map(statusOf), [101, 101]);
    assert.deepEqual(await directory.get('CP1'), rotating);
    failing.now = false;
    assert.equal(statusOf(await knock(withNew)), 101);
    assert.equal(failing.replacements, 3);
    assert.equal(statusOf(await knock()), 401);
  });

  test('a record that was changed meanwhile is not overwritten', async () => {
    const { knock, directory, failing } = await rotatingDoor();
    const next = { ...rotating, disabled: true };
    const knocked = knock(withNew);
    await directory.put(next);
    assert.equal(statusOf(await knocked), 101);
    assert.equal(failing.replacements, 1);
    assert.deepEqual(await directory.get('CP1'), next);
  });

  test('a wrong version or a wrong password ends nothing; hex text of the new one counts as its use', async () => {
    const { knock, directory } = await rotatingDoor({ ...rotating, quirks: ['hex_password'] });
    await knock({ ...withNew, protocols: 'ocpp9' });
    await knock({ authorization: basic('CP1', 'wrong-wrong-wrong-') });
    assert.equal((await directory.get('CP1'))?.credentials.length, 2);
    assert.equal(statusOf(await knock({ authorization: basic('CP1', NEW.toString('hex')) })), 101);
    assert.equal((await directory.get('CP1'))?.credentials.length, 1);
  });

  test('two passwords that are no rotation both stay', async () => {
    const { rotating: _, ...record } = rotating;
    const { knock, directory, failing } = await rotatingDoor(record);
    assert.deepEqual([await knock(withNew), await knock()].map(statusOf), [101, 101]);
    assert.equal(failing.replacements, 0);
    assert.deepEqual(await directory.get('CP1'), record);
  });
});

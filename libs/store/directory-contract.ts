import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Credential } from './credentials.js';
import type { Directory, ListOptions, StationRecord } from './directory.js';

/** What every directory must do; it is empty at the beginning of each test. */
export function directoryContract(directory: () => Directory): void {
  const credential: Credential = { algorithm: 'hmac-sha256', salt: 'c2FsdA==', hash: 'aGFzaA==' };
  const station = (stationId: string): StationRecord => ({ stationId, credentials: [credential] });

  test('a record is read as it was put', async () => {
    const record: StationRecord = {
      stationId: 'CP 1/ä',
      disabled: true,
      credentials: [credential, { ...credential, salt: 'eA==' }],
      rotating: true,
      serialNumber: 'SN-0001',
      minimumSecurityProfile: 2,
      quirks: ['no_offset'],
    };
    await directory().put(record);
    assert.deepEqual(await directory().get('CP 1/ä'), record);
    assert.equal(await directory().get('cp 1/ä'), undefined);
    assert.equal(await directory().get(''), undefined);
  });

  test('a record is replaced as a whole, and removed once', async () => {
    await directory().put({ ...station('a'), disabled: true });
    await directory().put(station('a'));
    assert.deepEqual(await directory().get('a'), station('a'));
    assert.equal(await directory().remove('a'), true);
    assert.equal(await directory().remove('a'), false);
    assert.equal(await directory().get('a'), undefined);
    assert.deepEqual(await directory().list({ limit: 10 }), []);
  });

  test('pages come in order of station id and meet every record once', async () => {
    const ids = Array.from({ length: 25 }, (_, n) => `CP${n}`).concat([
      'ä',
      'Z',
      '\u{1F50C}',
      '\uFF21',
      'CP1 ',
      'CP1-',
    ]);
    for (const stationId of ids) await directory().put(station(stationId));
    const got: string[] = [];
    for (let page = await directory().list({ limit: 7 }); page.length > 0;) {
      got.push(...page.map((record) => record.stationId));
      page = await directory().list({ after: got.at(-1) ?? '', limit: 7 });
    }
    assert.deepEqual(got, [...ids].sort(byteOrder));
  });

  test('a page goes on after an id that is gone or never was', async () => {
    for (const stationId of ['a', 'c', 'd']) await directory().put(station(stationId));
    assert.deepEqual(
      (await directory().list({ after: 'b', limit: 1 })).map((record) => record.stationId),
      ['c'],
    );
    assert.deepEqual(await directory().list({ after: 'd', limit: 1 }), []);
  });

  test('changes of one station apply in the order of the calls', async () => {
    const [, removed] = await Promise.all([directory().put(station('a')), directory().remove('a')]);
    assert.equal(removed, true);
    assert.equal(await directory().get('a'), undefined);
  });

  const idsOf = async (options: Partial<ListOptions>): Promise<string[]> =>
    (await directory().list({ limit: 100, ...options })).map(({ stationId }) => stationId);

  test('of a prefix, pages hold the ids that begin with it and no others', async () => {
    const ids = ['a', 'CP', 'CP-1', 'CP-2', 'CP-22', 'CP-\u{1F50C}', 'CP-\uFF21', 'CQ', 'cp-1', 'ä1', 'ä2'];
    for (const stationId of ids) await directory().put(station(stationId));
    assert.deepEqual(await idsOf({ prefix: 'CP-' }), ids.slice(2, 7).sort(byteOrder));
    assert.deepEqual(await idsOf({ prefix: 'CP-', limit: 2 }), ['CP-1', 'CP-2']);
    assert.deepEqual(await idsOf({ prefix: 'CP-', after: 'CP-2', limit: 1 }), ['CP-22']);
    assert.deepEqual(await idsOf({ prefix: 'CP-2', after: 'CP' }), ['CP-2', 'CP-22']);
    assert.deepEqual(await idsOf({ prefix: 'CP-2', after: 'CP-2' }), ['CP-22']);
    assert.deepEqual(await idsOf({ prefix: 'CP-2', after: 'CQ' }), []);
    assert.deepEqual(await idsOf({ prefix: 'ä' }), ['ä1', 'ä2']);
    assert.deepEqual(await idsOf({ prefix: 'CP-3' }), []);
    assert.deepEqual(await idsOf({ prefix: '' }), [...ids].sort(byteOrder));
  });

  describe('replace', () => {
    const disabled = (stationId: string): StationRecord => ({ ...station(stationId), disabled: true });

    test('creates only what is not there', async () => {
      assert.equal(await directory().replace('a', undefined, station('a')), true);
      assert.equal(await directory().replace('a', undefined, disabled('a')), false);
      assert.deepEqual(await directory().get('a'), station('a'));
      assert.deepEqual(await idsOf({}), ['a']);
    });

    test('replaces and removes only what is as it was read', async () => {
      await directory().put(station('a'));
      assert.equal(await directory().replace('a', disabled('a'), undefined), false);
      assert.equal(await directory().replace('a', station('a'), disabled('a')), true);
      assert.equal(await directory().replace('a', station('a'), undefined), false);
      assert.deepEqual(await directory().get('a'), disabled('a'));
      assert.equal(await directory().replace('a', disabled('a'), undefined), true);
      assert.equal(await directory().replace('a', disabled('a'), station('a')), false);
      assert.equal(await directory().get('a'), undefined);
      assert.deepEqual(await idsOf({}), []);
    });

    test('compares what records say, not how they are written', async () => {
      const { stationId, credentials } = station('a');
      await directory().put({ credentials, disabled: true, stationId });
      const read = await directory().get('a');
      assert.equal(await directory().replace('a', read, { ...station('a'), rotating: true }), true);
      const expected = {
        rotating: true,
        credentials,
        stationId,
        quirks: undefined,
      } as unknown as StationRecord;
      assert.equal(await directory().replace('a', expected, station('a')), true);
      assert.equal(await directory().replace('a', { ...station('a'), credentials: [] }, undefined), false);
      assert.deepEqual(await directory().get('a'), station('a'));
    });

    test('of nothing by nothing tells that nothing is there', async () => {
      assert.equal(await directory().replace('a', undefined, undefined), true);
      await directory().put(station('a'));
      assert.equal(await directory().replace('a', undefined, undefined), false);
      assert.deepEqual(await directory().get('a'), station('a'));
    });

    test('of many at once one succeeds', async () => {
      const creations = Array.from({ length: 20 }, (_, n) =>
        directory().replace('a', undefined, { ...station('a'), quirks: [`${n}`] }),
      );
      const created = (await Promise.all(creations)).flatMap((done, n) => (done ? [n] : []));
      assert.equal(created.length, 1);
      const winner = await directory().get('a');
      assert.deepEqual(winner?.quirks, [`${created[0]}`]);
      const ends = await Promise.all([1, 2, 3].map(() => directory().replace('a', winner, undefined)));
      assert.deepEqual(ends.filter(Boolean), [true]);
    });

    test('read, change, replace, again where it failed: no change is lost', async () => {
      await directory().put(station('a'));
      const add = async (quirk: string): Promise<void> => {
        for (;;) {
          const read = await directory().get('a');
          assert.ok(read);
          const next = { ...read, quirks: [...(read.quirks ?? []), quirk] };
          if (await directory().replace('a', read, next)) return;
        }
      };
      const quirks = Array.from({ length: 12 }, (_, n) => `q${n}`);
      await Promise.all(quirks.map(add));
      assert.deepEqual([...((await directory().get('a'))?.quirks ?? [])].sort(), quirks.sort());
    });

    test('refuses a record of another station, and an empty id: bad_argument', async () => {
      await assert.rejects(directory().replace('a', undefined, station('b')), { code: 'bad_argument' });
      await assert.rejects(directory().replace('', undefined, station('')), { code: 'bad_argument' });
      assert.equal(await directory().replace('', station('a'), undefined), false);
      assert.deepEqual(await idsOf({}), []);
    });
  });

  test('refuses an empty station id: bad_argument', async () => {
    await assert.rejects(directory().put(station('')), { code: 'bad_argument' });
  });
}

const byteOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Credential } from './credentials.js';
import type { Directory, StationRecord } from './directory.js';

/** What every directory must do; it is empty at the beginning of each test. */
export function directoryContract(directory: () => Directory): void {
  const credential: Credential = { algorithm: 'hmac-sha256', salt: 'c2FsdA==', hash: 'aGFzaA==' };
  const station = (stationId: string): StationRecord => ({ stationId, credentials: [credential] });

  test('a record is read as it was put', async () => {
    const record: StationRecord = {
      stationId: 'CP 1/ä',
      disabled: true,
      credentials: [credential, { ...credential, salt: 'eA==' }],
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
    const inOrder = [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(got, inOrder);
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

  test('refuses an empty station id: bad_argument', async () => {
    await assert.rejects(directory().put(station('')), { code: 'bad_argument' });
  });
}

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { systemClock } from '../../clock/mod.js';
import { type LmdbEnvironment, openLmdb, openLmdbStore, StoreError, type StoreErrorCode } from '../mod.js';
import type { LmdbFile } from './file.js';
import { shardKey } from './keys.js';

describe('a data directory that something is wrong with', () => {
  let folder: string;
  let environment: LmdbEnvironment;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-damage-'));
    environment = await openLmdb({ path: folder, commitIntervalMs: 0 });
  });

  afterEach(async () => {
    await environment.close();
    await rm(folder, { recursive: true });
  });

  const open = () => openLmdbStore({ environment, clock: systemClock(), shards: 4 });

  async function put(file: LmdbFile, table: string, key: Buffer, value: string): Promise<void> {
    const opened = file.table(table);
    await file.write({ apply: (writer) => writer.put(opened, key, Buffer.from(value)) }, 0);
  }

  const isError = (code: StoreErrorCode, text: RegExp) => (error: unknown) => {
    assert.ok(error instanceof StoreError, String(error));
    assert.equal(error.code, code);
    assert.match(error.message, text);
    return true;
  };

  test('an epoch that is no number', async () => {
    await put(environment.main, 'epochs', shardKey(2, ''), 'x');
    await assert.rejects(open(), isError('damaged', /epoch of shard 2 .* restore a backup/));
  });

  test('a wake-up that is no time', async () => {
    await put(environment.records, 'wakeups', shardKey(1, 'CP1'), 'x');
    const store = await open();
    const next = store.states.wakeups(1)[Symbol.asyncIterator]().next();
    await assert.rejects(next, isError('damaged', /wake-up of CP1 .* restore a backup/));
  });

  test('a directory record that is no JSON', async () => {
    await put(environment.main, 'directory', Buffer.from('CP1'), '{');
    const { directory } = await open();
    const text = /directory record of station CP1 .* provision the station again/;
    await assert.rejects(directory.get('CP1'), isError('damaged', text));
    await assert.rejects(directory.list({ limit: 1 }), isError('damaged', text));
  });

  test('journal records of an unknown format, and cut ones', async () => {
    const number = Buffer.from('0000000000000007', 'hex');
    for (const record of [
      '',
      '\u0002',
      '\u0001x',
      `\u0001${'\0'.repeat(16)}`,
      `\u0001${'\u0001'.repeat(17)}`,
    ]) {
      await put(environment.main, 'journal', number, record);
      await assert.rejects(open(), isError('damaged', /record 7 of the journal .* restore a backup/));
    }
  });

  test('another format of the whole', async () => {
    await put(environment.main, 'meta', Buffer.from('format'), '99');
    await environment.close();
    await assert.rejects(
      openLmdb({ path: folder }),
      isError('mismatch', /has format 99, this version reads 1: start with the version/),
    );
    // It was given free.
    await assert.rejects(openLmdb({ path: folder }), isError('mismatch', /format 99/));
  });

  test('a number of shards that no store can have', async () => {
    for (const shards of [0, -1, 1.5, 65_536]) {
      const opened = openLmdbStore({ environment, clock: systemClock(), shards });
      await assert.rejects(opened, isError('bad_argument', /choose an integer from 1 to 65535/));
    }
  });
});

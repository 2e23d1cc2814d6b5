import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../../clock/mod.js';
import { openLmdb, openLmdbStore, StoreError, type StoreErrorCode } from '../mod.js';
import { inspect } from './inspect.js';

const ADVICE = /restore the whole data directory from one backup, or move it away to begin anew$/;

describe('a data directory of which something is missing', () => {
  let folder: string;
  let whole: string;

  /** Stations in the directory, and states of which every tenth is larger than a page: in `records`, then in `main`. */
  async function fill(directory: string): Promise<void> {
    await commit(directory, 10, 1);
    await commit(directory, 30, 100_000_000);
  }

  async function commit(directory: string, rounds: number, checkpointBytes: number): Promise<void> {
    const environment = await openLmdb({ path: directory, commitIntervalMs: 0, sync: 'system' });
    const store = await openLmdbStore({ environment, clock: systemClock(), shards: 4, checkpointBytes });
    const grant = await store.leases.acquire(1, 'a', 60_000);
    assert.ok(grant.granted);
    for (let round = 0; round < rounds; round++) {
      const writes = Array.from({ length: 100 }, (_, at) => ({
        key: `k${round}-${at}`,
        value: Buffer.alloc(at % 10 === 0 ? 10_000 : 100),
      }));
      await store.states.commit([{ shard: 1, epoch: grant.epoch, writes }]);
      await store.directory.put({ stationId: `s${round}`, credentials: [] });
    }
    await store.close();
  }

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-inspect-'));
    whole = path.join(folder, 'whole');
    await fill(whole);
  });

  after(() => rm(folder, { recursive: true }));

  async function copy(): Promise<string> {
    const directory = await mkdtemp(path.join(folder, 'copy-'));
    await cp(whole, directory, { recursive: true });
    return directory;
  }

  async function refuses(directory: string, code: StoreErrorCode, text: RegExp): Promise<void> {
    // Twice: the refusal must not have made anything new that passes.
    for (let time = 0; time < 2; time++) {
      await assert.rejects(openLmdb({ path: directory }), (error: unknown) => {
        assert.ok(error instanceof StoreError, String(error));
        assert.equal(error.code, code, error.message);
        assert.match(error.message, text);
        assert.match(error.message, ADVICE);
        return true;
      });
    }
  }

  for (const name of ['main', 'records']) {
    const data = path.join(name, 'data.mdb');

    test(`${name} is removed`, async () => {
      const directory = await copy();
      await rm(path.join(directory, name), { recursive: true });
      await refuses(directory, 'damaged', new RegExp(`the content of .*${name} is lost`));
    });

    test(`the file of ${name} is empty`, async () => {
      const directory = await copy();
      await truncate(path.join(directory, data));
      await refuses(directory, 'damaged', new RegExp(`the content of .*${name} is lost`));
    });

    test(`the file of ${name} is cut off anywhere`, async () => {
      const directory = await copy();
      const { size } = await stat(path.join(directory, data));
      for (const part of [0.7, 0.5, 0.1]) {
        await truncate(path.join(directory, data), Math.floor(size * part));
        await refuses(directory, 'damaged', /data\.mdb is cut off: it has \d+ of \d+ pages/);
      }
      for (const bytes of [8000, 4096, 100, 1]) {
        await truncate(path.join(directory, data), bytes);
        await refuses(directory, 'damaged', /data\.mdb is /);
      }
    });

    test(`the head of the file of ${name} is garbage`, async () => {
      const directory = await copy();
      const bytes = await readFile(path.join(directory, data));
      randomBytes(8192).copy(bytes);
      await writeFile(path.join(directory, data), bytes);
      await refuses(directory, 'damaged', /data\.mdb is no database, or its head is overwritten/);
    });

    test(`${name} is of another data directory`, async () => {
      const directory = await copy();
      const other = await mkdtemp(path.join(folder, 'other-'));
      await fill(other);
      await cp(path.join(other, data), path.join(directory, data));
      await refuses(directory, 'mismatch', /main and .*records are not of one data directory/);
    });
  }

  test('a start that was cut short before both files were there is made good', async () => {
    const directory = await mkdtemp(path.join(folder, 'cut-'));
    await (await openLmdb({ path: directory })).close();
    const environment = await openLmdb({ path: directory });
    const meta = environment.main.table('meta');
    await environment.main.write({ apply: (writer) => writer.remove(meta, Buffer.from('format')) }, 0);
    await environment.close();
    await rm(path.join(directory, 'records'), { recursive: true });
    for (let time = 0; time < 2; time++) await (await openLmdb({ path: directory })).close();
  });

  test('a file whose last pages are free, and were never written, is whole', async () => {
    const directory = await mkdtemp(path.join(folder, 'free-'));
    const environment = await openLmdb({ path: directory, commitIntervalMs: 0, sync: 'system' });
    const table = environment.main.table('any');
    const kept = Buffer.from('kept');
    await environment.main.write({ apply: (writer) => writer.put(table, kept, Buffer.alloc(50_000)) }, 0);
    await environment.main.write({ apply: (writer) => writer.remove(table, kept) }, 0);
    for (let turn = 0; turn < 3; turn++)
      await environment.main.write({ apply: (writer) => writer.put(table, kept, Buffer.alloc(10)) }, 0);
    await environment.close();
    const file = path.join(directory, 'main', 'data.mdb');
    const { size } = await stat(file);
    const at = (bytes: number) => truncate(file, bytes).then(() => inspect(file));
    await at(size - 4096);
    await at(size - 2 * 4096);
    await assert.rejects(at(3 * 4096), { code: 'damaged' });
  });

  test('garbage instead of pages, and cut off as well, is damage and nothing worse', async () => {
    const file = path.join(await copy(), 'main', 'data.mdb');
    const bytes = await readFile(file);
    for (let seed = 0; seed < 50; seed++) {
      const bad = Buffer.from(bytes);
      randomBytes(bytes.length - 8192).copy(bad, 8192);
      await writeFile(file, bad.subarray(0, -4096));
      assert.throws(() => inspect(file), { code: 'damaged' });
    }
  });
});

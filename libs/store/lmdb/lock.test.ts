import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../clock/mod.js';
import { openLmdb, openLmdbStore, StoreError } from '../mod.js';
import { lockDirectory } from './lock.js';

const SILENCE_MS = 300;

describe('data directory lock', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-lock-'));
    file = path.join(folder, 'lock');
  });

  afterEach(() => rm(folder, { recursive: true }));

  const isInUse = (by: RegExp) => (error: unknown) => {
    assert.ok(error instanceof StoreError);
    assert.equal(error.code, 'in_use');
    assert.match(error.message, by);
    assert.match(error.message, /choose another --data-dir/);
    return true;
  };

  async function takeAndGive(): Promise<void> {
    const lock = await lockDirectory(folder, { silenceMs: SILENCE_MS });
    await lock.close();
  }

  /** The lock file of this process, changed. */
  async function leave(changes: Record<string, unknown>): Promise<void> {
    const lock = await lockDirectory(folder);
    const mine = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    await lock.close();
    await writeFile(file, JSON.stringify({ ...mine, ...changes }));
  }

  test('is given once at a time, also within one process', async () => {
    const lock = await lockDirectory(folder);
    await assert.rejects(lockDirectory(folder), isInUse(new RegExp(`this process \\(${process.pid}\\)`)));
    await lock.close();
    await takeAndGive();
  });

  test('of two that ask at the same moment one gets it', async () => {
    const results = await Promise.allSettled([lockDirectory(folder), lockDirectory(folder)]);
    const got = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    assert.equal(got.length, 1);
    await got[0]?.close();
  });

  test('another process is named, and its death frees the directory', async () => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('hold.child.js', import.meta.url)), folder],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await once(child.stdout, 'data');
    await assert.rejects(openLmdb({ path: folder }), isInUse(new RegExp(`in use by process ${child.pid}:`)));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const environment = await openLmdb({ path: folder });
    await environment.close();
  });

  test('a dead process whose number another one has now does not hold it', async () => {
    await leave({ pid: process.ppid, started: '1' });
    await takeAndGive();
  });

  test('a dead process that had the number of this one does not hold it', async () => {
    await leave({ started: '1' });
    await takeAndGive();
  });

  test('a process that does not exist does not hold it', async () => {
    await leave({ pid: 2 ** 22 + 1 });
    await takeAndGive();
  });

  test('a process of another container or boot does not hold it when it is silent', async () => {
    await leave({ scope: 'elsewhere', pid: 1 });
    await takeAndGive();
  });

  test('a process of another container holds it while it gives signs of life', async () => {
    await leave({ scope: 'elsewhere', pid: 1 });
    let beats = 0;
    const heart = setInterval(() => {
      const time = new Date(1_800_000_000_000 + ++beats * 1000);
      utimes(file, time, time).catch(() => undefined);
    }, 5);
    try {
      await assert.rejects(lockDirectory(folder, { silenceMs: SILENCE_MS }), isInUse(/in use by process 1:/));
    } finally {
      clearInterval(heart);
    }
  });

  test('a lock file that cannot be read does not hold it when it is silent', async () => {
    for (const text of ['', 'x', '{}', 'null', '{"pid":"1"}']) {
      await writeFile(file, text);
      await takeAndGive();
    }
  });

  test('a lock that another process has taken over is lost for good, and is left to that one', async () => {
    const lost: StoreError[] = [];
    const lock = await lockDirectory(folder, { trustMs: 0, onLost: (error) => lost.push(error) });
    lock.mustHold();
    await writeFile(file, '{"pid":7}');
    const isLost = (error: unknown) => {
      assert.ok(error instanceof StoreError && error.code === 'in_use');
      assert.match(
        error.message,
        /was taken over by process 7: this process .* writes nothing more .* stop it/,
      );
      return true;
    };
    assert.throws(() => lock.mustHold(), isLost);
    assert.throws(() => lock.mustHold(), isLost);
    assert.equal(lost.length, 1);
    await lock.close();
    assert.equal(await readFile(file, 'utf8'), '{"pid":7}');
  });

  test('a lock file that is gone is lost at the second look; one that was only moved aside is not', async () => {
    const lock = await lockDirectory(folder, { trustMs: 0 });
    await rename(file, `${file}.aside`);
    assert.throws(() => lock.mustHold(), { code: 'unavailable' });
    await rename(`${file}.aside`, file);
    lock.mustHold();
    await rename(file, `${file}.aside`);
    assert.throws(() => lock.mustHold(), { code: 'unavailable' });
    assert.throws(() => lock.mustHold(), { code: 'in_use', message: /has lost its lock file/ });
    await lock.close();
  });

  test('an environment that lost its directory refuses all writes and its check, and leaves the lock', async () => {
    const told: unknown[] = [];
    const environment = await openLmdb({ path: folder, onError: (error) => told.push(error) });
    const store = await openLmdbStore({ environment, clock: systemClock(), shards: 4 });
    const grant = await store.leases.acquire(1, 'a', 60_000);
    assert.ok(grant.granted);
    await store.check();
    await writeFile(file, '{"pid":7}');
    for (let turn = 0; told.length === 0; turn++) {
      assert.ok(turn < 5000, 'it is never noticed');
      await sleep(2);
    }
    const lost = { code: 'in_use', message: /was taken over by process 7/ };
    const writes = [{ key: 'k', value: Buffer.from('v') }];
    await assert.rejects(store.states.commit([{ shard: 1, epoch: grant.epoch, writes }]), lost);
    await assert.rejects(store.directory.put({ stationId: 's', credentials: [] }), lost);
    await assert.rejects(store.check(), lost);
    await store.close();
    assert.equal(await readFile(file, 'utf8'), '{"pid":7}');
  });

  test('an opener that fails gives free its own lock only', async () => {
    await writeFile(path.join(folder, 'main'), 'no folder');
    await assert.rejects(openLmdb({ path: folder }), { code: 'unavailable' });
    await assert.rejects(readFile(file), { code: 'ENOENT' });
  });

  test('a directory that cannot be made is a clear error', async () => {
    await writeFile(path.join(folder, 'file'), '');
    await assert.rejects(openLmdb({ path: path.join(folder, 'file', 'data') }), (error: unknown) => {
      assert.ok(error instanceof StoreError && error.code === 'unavailable');
      assert.match(error.message, /cannot open data directory .*file\/data.*ENOTDIR.*check its permissions/);
      return true;
    });
  });
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openLmdb, StoreError } from '../mod.js';
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
    const lock = await lockDirectory(folder, SILENCE_MS);
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
      await assert.rejects(lockDirectory(folder, SILENCE_MS), isInUse(/in use by process 1:/));
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

  test('a directory that cannot be made is a clear error', async () => {
    await writeFile(path.join(folder, 'file'), '');
    await assert.rejects(openLmdb({ path: path.join(folder, 'file', 'data') }), (error: unknown) => {
      assert.ok(error instanceof StoreError && error.code === 'unavailable');
      assert.match(error.message, /cannot open data directory .*file\/data.*ENOTDIR.*check its permissions/);
      return true;
    });
  });
});

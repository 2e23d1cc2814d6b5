import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('a full disk: commits are refused, nothing is believed written, and after it has space all goes on', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-full-'));
  const child = fileURLToPath(new URL('full.child.js', import.meta.url));
  const run = (limit: string, ...args: string[]) => {
    const command = `trap '' XFSZ; ${limit} exec "$0" "$@"`;
    const result = spawnSync('sh', ['-c', command, process.execPath, child, folder, ...args], {
      encoding: 'utf8',
    });
    assert.equal(result.status, 0, result.stderr);
    return result.stdout;
  };
  const written = Number(run('ulimit -S -f 4096;'));
  assert.ok(written > 3, `${written} records were written`);
  run('', String(written));
  await rm(folder, { recursive: true });
});

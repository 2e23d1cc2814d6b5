import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { makeFolder } from './data-folder.js';

test('a folder is made with those it is in; one that is there is left alone', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'data-'));
  t.after(() => rm(folder, { recursive: true }));
  const deep = path.join(folder, 'a', 'b', 'c');
  await makeFolder(deep);
  await makeFolder(deep);
  assert.ok((await stat(deep)).isDirectory());
});

test('where no folder can be made, that is said', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'data-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'file');
  await writeFile(file, '');
  await assert.rejects(makeFolder(path.join(file, 'data')), {
    name: 'StartError',
    message: /^cannot make the data directory .*file\/data \(ENOTDIR.*\): check its permissions/,
  });
});

test('a file system that answers that the parent is missing does not keep it busy for ever', async (t) => {
  if (process.platform !== 'linux') return t.skip('needs /proc');
  await assert.rejects(makeFolder('/proc/x'), { name: 'StartError', message: /\/proc\/x/ });
});

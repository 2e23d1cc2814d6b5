import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkOpenFiles } from './open-files.js';

const limits = (soft: string) => `Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max open files            ${soft.padEnd(20)} 1048576              files
`;

async function warnings(maxConnections: number, text: string): Promise<object[]> {
  const lines: object[] = [];
  const warn = (fields: object, msg: string) => void lines.push({ msg, ...fields });
  await checkOpenFiles(maxConnections, { warn } as Parameters<typeof checkOpenFiles>[1], () =>
    Promise.resolve(text),
  );
  return lines;
}

test('fewer open files than connections are warned of, with the number that is needed', async () => {
  assert.deepEqual(await warnings(5000, limits('1024')), [
    {
      msg: 'open_files_limit_too_low',
      openFilesLimit: 1024,
      maxConnections: 5000,
      hint: 'raise it to 5100 (ulimit -n, LimitNOFILE), or lower the most connections',
    },
  ]);
});

test('enough open files, no limit, and a system that does not tell are passed over', async () => {
  assert.deepEqual(await warnings(5000, limits('5100')), []);
  assert.deepEqual(await warnings(5000, limits('unlimited')), []);
  assert.deepEqual(await warnings(5000, ''), []);
});

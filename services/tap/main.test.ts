import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { silentLogger } from '../../libs/ops/mod.js';
import { until } from '../../test/client/until.js';
import { standaloneConfig } from '../standalone/configuration.js';
import { startStandalone } from '../standalone/start.js';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

function start(t: TestContext, ...flags: string[]) {
  const child = spawn(process.execPath, [MAIN, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  const output = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.err += chunk.toString()));
  const ended = once(child, 'close').then(([status]) => status as number | null);
  return { child, output, ended };
}

test('--help says how it is called', async (t) => {
  const { output, ended } = start(t, '--help');
  assert.equal(await ended, 0);
  assert.match(output.out, /^Usage: npm run tap -- <station id> \[--flag value …\]$/m);
  assert.match(output.out, /--grpc-address <host:port>/);
});

test('without a station it says what to do and ends with status 2; unreachable, with 1', async (t) => {
  for (const [flags, status, line] of [
    [[], 2, /^stationmaster: say which station: npm run tap -- <station id>\n$/],
    [
      ['CS-1', '--grpc-address', '127.0.0.1:1'],
      1,
      /^stationmaster: cannot tap by way of 127\.0\.0\.1:1: nothing listens there.*\n$/,
    ],
  ] as const) {
    const { output, ended } = start(t, ...flags);
    assert.equal(await ended, status, output.err);
    assert.match(output.err, line);
    assert.equal(output.out, '');
  }
});

test('Ctrl-C ends it with status 0, and so does who stops reading', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'tap-'));
  t.after(() => rm(folder, { recursive: true }));
  const ports = {
    host: '127.0.0.1',
    ocppPort: 0,
    opsHost: '127.0.0.1',
    opsPort: 0,
    grpcPort: 0,
    drainTime: 0,
  };
  const gateway = await startStandalone(standaloneConfig({ ...ports, dataDir: folder }), {
    logger: silentLogger(),
  });
  t.after(() => gateway.close());
  const where = ['--grpc-address', `127.0.0.1:${gateway.grpcPort}`];
  const tap = start(t, 'CS-1', ...where);
  await until('it listens', () => tap.output.out !== '');
  tap.child.kill('SIGINT');
  assert.equal(await tap.ended, 0);
  assert.equal(tap.output.err, '');

  const cut = start(t, 'CS-1', '--duration', '10s', ...where);
  cut.child.stdout.destroy();
  const [status] = (await once(cut.child, 'exit')) as [number | null];
  assert.equal(status, 0);
});

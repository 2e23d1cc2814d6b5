import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

async function run(t: TestContext, flags: string[], env: Record<string, string> = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'standalone-'));
  t.after(() => rm(folder, { recursive: true }));
  const child = spawn(process.execPath, [MAIN, ...flags], {
    cwd: folder,
    env: {
      ...process.env,
      STATIONMASTER_OCPP_PORT: '0',
      STATIONMASTER_OPS_PORT: '0',
      STATIONMASTER_GRPC_PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const output = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.err += chunk.toString()));
  const until = async (stream: 'out' | 'err', text: string): Promise<void> => {
    while (!output[stream].includes(text)) {
      await once(stream === 'out' ? child.stdout : child.stderr, 'data');
    }
  };
  const ended = once(child, 'close').then(([status]) => status as number);
  return { folder, child, output, until, ended };
}

test('it says where things are, warns of open mode, logs JSON only to stdout, and ends with status 0 on SIGTERM', async (t) => {
  const { folder, child, output, until, ended } = await run(t, ['--drain-time', '0']);
  await until('err', 'npm start -- --help');
  assert.match(
    output.err,
    /stations connect to {2}ws:\/\/localhost:\d+\/ocpp\/<station id> {2}\(OCPP 1\.6, 2\.0\.1, 2\.1\)/,
  );
  assert.match(output.err, /http:\/\/localhost:\d+\/metrics/);
  assert.ok(output.err.includes(path.join(folder, 'data')));
  assert.match(
    output.err,
    /WARNING: open mode\. Any station may connect, without a password, and any id token may charge\./,
  );
  assert.match(
    output.err,
    /npm run simulate -- --url ws:\/\/localhost:\d+\/ocpp --stations 50 --scenario charge/,
  );
  child.kill('SIGTERM');
  assert.equal(await ended, 0);
  const facts = output.out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: string }).msg);
  assert.ok(facts.includes('gateway_started'));
  assert.equal(facts.at(-1), 'shutdown_finished');
});

test('with both files it does not warn, and SIGHUP reads them again', async (t) => {
  const files = await mkdtemp(path.join(tmpdir(), 'files-'));
  t.after(() => rm(files, { recursive: true }));
  const [stations, tokens] = [path.join(files, 'stations.yaml'), path.join(files, 'tokens.yaml')];
  await writeFile(stations, 'stations: []');
  await writeFile(tokens, 'tokens: []');
  const flags = ['--stations-file', stations, '--tokens-file', tokens, '--drain-time', '0'];
  const { child, output, until, ended } = await run(t, flags);
  await until('err', 'npm start -- --help');
  assert.ok(!output.err.includes('WARNING'));
  assert.match(output.err, /Only known stations may connect/);
  await writeFile(tokens, 'tokens: [{ id: 5 }]');
  child.kill('SIGHUP');
  await until('out', 'file_refused_old_content_kept');
  assert.match(output.out, /tokens\.yaml:1: tokens\[0\]\.id: must be text/);
  child.kill('SIGINT');
  assert.equal(await ended, 0);
});

test('wrong configuration is a line for each mistake and status 2', async (t) => {
  const flag = await run(t, ['--ocpp-prot', '1']);
  assert.equal(await flag.ended, 2);
  assert.equal(
    flag.output.err,
    "stationmaster: unknown flag --ocpp-prot, did you mean --ocpp-port?; 'npm start -- --help' lists all\n",
  );
  const variable = await run(t, [], { STATIONMASTER_STATION_RATE_LIMIT: 'many' });
  assert.equal(await variable.ended, 2);
  assert.equal(
    variable.output.err,
    "stationmaster: STATIONMASTER_STATION_RATE_LIMIT: 'many' is not valid, it must be a number from 0 to 100000\n",
  );
  const file = path.resolve('docs/examples/tokens.yaml');
  const stations = await run(t, ['--stations-file', file]);
  assert.equal(await stations.ended, 2);
  assert.match(
    stations.output.err,
    /^stationmaster: tokens\.yaml:\d+: tokens: is not known here; the file holds only 'stations'\n/,
  );
  assert.equal(stations.output.out, '');
});

test('a data folder in use is a line and status 1', async (t) => {
  const first = await run(t, []);
  await first.until('err', 'npm start -- --help');
  const second = await run(t, ['--data-dir', path.join(first.folder, 'data')]);
  assert.equal(await second.ended, 1);
  assert.match(
    second.output.err,
    /^stationmaster: data directory .* is in use by process \d+: stop it, or choose another --data-dir\n$/,
  );
});

test('intervals that are told in seconds are whole seconds; a data folder that cannot be made is said', async (t) => {
  const wrong = await run(t, ['--heartbeat-interval', '1500ms']);
  assert.equal(await wrong.ended, 2);
  assert.equal(
    wrong.output.err,
    "stationmaster: --heartbeat-interval: '1500ms' is not valid, it must be a duration of whole seconds such as 30s, 5m or 2h from 1s to 1d\n",
  );
  const retry = await run(t, [], { STATIONMASTER_BOOT_RETRY_INTERVAL: '1001ms' });
  assert.equal(await retry.ended, 2);
  const folder = await run(t, ['--data-dir', '/dev/null/data']);
  assert.equal(await folder.ended, 1);
  assert.match(
    folder.output.err,
    /^stationmaster: cannot make the data directory \/dev\/null\/data \(.*\): .*\n$/,
  );
});

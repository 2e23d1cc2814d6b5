import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CentralSystem, until } from '../../libs/station/testing/central-system.js';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

/** Starts the program; `ended` resolves to its status and what it wrote. */
function run(t: TestContext, ...flags: string[]) {
  const child = spawn(process.execPath, [MAIN, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (output.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output.stderr += data.toString()));
  const ended = new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (status) => resolve({ status, ...output }));
  });
  return { child, ended };
}

async function startCentral(t: TestContext): Promise<CentralSystem> {
  const central = await CentralSystem.start();
  t.after(() => central.close());
  return central;
}

test('a whole run: status 0 and a JSON summary on stdout, nothing else', async (t) => {
  const central = await startCentral(t);
  const flags = ['--url', central.url, '--stations', '2', '--session-length', '50ms', '--json'];
  const { status, stdout } = await run(t, ...flags).ended;
  assert.equal(status, 0);
  const summary = JSON.parse(stdout) as { ok: boolean; sessions: { complete: number } };
  assert.deepEqual([summary.ok, summary.sessions.complete], [true, 6]);
});

test('SIGINT, twice as from npm, ends an idle run gracefully: stations leave, the summary comes', async (t) => {
  const central = await startCentral(t);
  const { child, ended } = run(t, '--url', central.url, '--stations', '2', '--scenario', 'idle', '--quiet');
  await until(() => central.of('SIM21-0002', 'StatusNotification').length === 1, 'the last station is there');
  await until(() => central.connected.length === 6, 'all are there');
  child.kill('SIGINT');
  child.kill('SIGINT');
  const { status, stdout } = await ended;
  assert.equal(status, 0);
  assert.match(stdout, /6 of 6 booted/);
  assert.deepEqual(central.connected, []);
});

test('a wrong flag is one line and status 2; nobody listening is one line and status 1', async (t) => {
  const wrong = await run(t, '--statoins', '5').ended;
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /^stationmaster: unknown flag --statoins, did you mean --stations\?.*\n$/);
  const lonely = await run(t, '--cert', '/nowhere.pem').ended;
  assert.deepEqual([lonely.status, lonely.stderr], [2, 'stationmaster: --cert and --key go together\n']);
  const central = await CentralSystem.start();
  await central.close();
  const nobody = await run(t, '--url', central.url).ended;
  assert.equal(nobody.status, 1);
  assert.match(nobody.stderr, /^stationmaster: ws:.* is not reachable \(ECONNREFUSED\): .*npm start.*\n$/);
});

test('--help lists every flag', async (t) => {
  const { status, stdout } = await run(t, '--help').ended;
  assert.equal(status, 0);
  for (const flag of ['--url', '--stations', '--scenario', '--password-prefix', '--seed', '--[no-]json']) {
    assert.ok(stdout.includes(`  ${flag}`), flag);
  }
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

const PROGRAM = `
import { ConfigError, StartError, createLogger, defineOptions, onShutdown, runMain, types } from ${JSON.stringify(new URL('./mod.js', import.meta.url).href)};
const text = { type: types.string(), default: 'ok', help: 'What to do.', topic: 'Test' };
const options = defineOptions({ program: 'npm run test --', about: 'A test.', table: {
  end: { ...text, flag: 'end', env: 'STATIONMASTER_END' },
  drain: { ...text, flag: 'drain' },
} });
await runMain(options, async ({ end, drain }) => {
  if (end === 'config' && drain !== 'ok') throw new ConfigError(drain);
  if (end === 'config') throw new ConfigError('file a.yaml: wrong\\nfile b.yaml: wrong');
  if (end === 'start') throw new StartError('port 1 is in use');
  const interrupt = () => new Promise((resolve) => process.once('SIGINT', resolve));
  const drains = { ok: () => Promise.resolve(), fail: () => Promise.reject(new Error('no')), hang: () => new Promise(() => {}), interrupt };
  const deadlineMs = drain === 'hang' && end !== 'twice' ? 10 : 60000;
  onShutdown(createLogger({ level: 'info', name: 'test' }), drains[drain], { deadlineMs, sameSignalMs: end === 'twice' ? 0 : 60000 });
  const alive = setInterval(() => {}, 1000);
  if (end === 'reject') void Promise.reject(new Error('nobody cares'));
  if (end === 'throw') setImmediate(() => { throw new Error('nobody catches'); });
  process.stdout.write('ready\\n');
});
`;

function start(flags: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, 'program', ...flags], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.err += chunk.toString()));
  const said = async (text: string) => {
    while (!output.out.includes(text)) await once(child.stdout, 'data');
  };
  const ended = once(child, 'close').then(([status]) => ({ status: status as number, ...output }));
  return { child, said, ended };
}

test('--help prints the options and ends with status 0', async () => {
  const { status, out, err } = await start(['--help']).ended;
  assert.deepEqual({ status, err }, { status: 0, err: '' });
  assert.match(out, /--end <text>/);
});

test('texts name programs as they are started: by npm, or as STATIONMASTER_COMMAND says', async () => {
  const options = [
    '--end',
    'config',
    '--drain',
    "'npm run edge -- --help', npm run edge -- <id>, npm start --",
  ];
  const byNpm = await start(options).ended;
  assert.match(byNpm.err, /'npm run edge -- --help', npm run edge -- <id>, npm start --\n/);
  const inImage = await start(options, { STATIONMASTER_COMMAND: 'sm' }).ended;
  assert.match(inImage.err, /'sm edge --help', sm edge <id>, sm standalone\n/);
  assert.doesNotMatch(inImage.err, /STATIONMASTER_COMMAND/);
  const help = await start(['--help'], { STATIONMASTER_COMMAND: 'sm' }).ended;
  assert.match(help.out, /^Usage: sm test \[--flag value …\]$/m);
});

test('wrong configuration is a line on stderr and status 2', async () => {
  const unknown = await start(['--edn', 'x']).ended;
  assert.deepEqual(unknown, {
    status: 2,
    out: '',
    err: "stationmaster: unknown flag --edn, did you mean --end?; 'npm run test -- --help' lists all\n",
  });
  const files = await start(['--end', 'config']).ended;
  assert.equal(files.status, 2);
  assert.equal(files.err, 'stationmaster: file a.yaml: wrong\nstationmaster: file b.yaml: wrong\n');
});

test('surroundings that do not allow a start are a line on stderr and status 1', async () => {
  const { status, err } = await start(['--end', 'start'], { STATIONMASTER_EDN: 'x' }).ended;
  assert.equal(status, 1);
  assert.match(
    err,
    /^stationmaster: warning: .*STATIONMASTER_EDN.*STATIONMASTER_END\?\nstationmaster: port 1 is in use\n$/,
  );
});

test('SIGTERM drains, then ends with status 0', async () => {
  const { child, said, ended } = start([]);
  await said('ready');
  child.kill('SIGTERM');
  const { status, out } = await ended;
  assert.equal(status, 0);
  assert.match(out, /"shutdown_started"[^]*"shutdown_finished"/);
});

test('a failed or endless drain ends with status 1', async () => {
  for (const [drain, fact] of [
    ['fail', 'shutdown_failed'],
    ['hang', 'shutdown_deadline_passed'],
  ] as const) {
    const { child, said, ended } = start(['--drain', drain]);
    await said('ready');
    child.kill('SIGINT');
    const { status, out } = await ended;
    assert.equal(status, 1);
    assert.ok(out.includes(fact));
  }
});

test('a signal that arrives once more, through npm, does not cut the drain short', async () => {
  const { child, said, ended } = start(['--drain', 'interrupt']);
  await said('ready');
  child.kill('SIGINT');
  await said('shutdown_started');
  child.kill('SIGINT');
  const { status, out } = await ended;
  assert.equal(status, 0);
  assert.ok(out.includes('shutdown_finished'));
});

test('a second signal ends the process at once', async () => {
  const { child, said, ended } = start(['--drain', 'hang', '--end', 'twice']);
  await said('ready');
  child.kill('SIGTERM');
  await said('shutdown_started');
  child.kill('SIGTERM');
  const { status, out } = await ended;
  assert.equal(status, 1);
  assert.ok(out.includes('shutdown_forced'));
});

test('what nobody handles is logged and ends with status 1', async () => {
  for (const [end, fact] of [
    ['reject', 'unhandled_rejection'],
    ['throw', 'uncaught_exception'],
  ] as const) {
    const { status, out } = await start(['--end', end]).ended;
    assert.equal(status, 1);
    assert.ok(out.includes(fact));
    assert.match(out, /nobody ca/);
  }
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { ManualClock } from '../clock/mod.js';
import { LogOutput } from './log-output.js';

/** A reader with room for so many bytes; past them it fails as a pipe does. */
function reader() {
  const state = { text: '', room: Infinity, code: 'EAGAIN', tries: 0 };
  const write = (bytes: Uint8Array): number => {
    state.tries++;
    const taken = Math.min(bytes.length, state.room);
    if (taken === 0) throw Object.assign(new Error(state.code), { code: state.code });
    state.text += Buffer.from(bytes.subarray(0, taken)).toString();
    state.room -= taken;
    return taken;
  };
  const clock = new ManualClock();
  const output: LogOutput = new LogOutput({ write }, (lines) => output.write(`dropped ${lines}\n`), clock);
  return { state, clock, output };
}

test('a line is written at once; what a slow reader does not take comes later, in order and whole', async () => {
  const { state, clock, output } = reader();
  output.write('one\n');
  assert.equal(state.text, 'one\n');
  state.room = 2;
  for (const line of ['two\n', 'three\n', 'four\n']) output.write(line);
  assert.equal(state.text, 'one\ntw');
  state.room = 5;
  await clock.advance(20);
  assert.equal(state.text, 'one\ntwo\nthr');
  state.room = Infinity;
  await clock.advance(20);
  assert.equal(state.text, 'one\ntwo\nthree\nfour\n');
  output.write('five\n');
  assert.equal(state.text, 'one\ntwo\nthree\nfour\nfive\n');
});

test('lines past 4 MiB that wait are dropped, and counted in a line when the reader comes back', async () => {
  const { state, clock, output } = reader();
  state.room = 0;
  const line = `${'x'.repeat(1024 * 1024 - 1)}\n`;
  for (let count = 0; count < 7; count++) output.write(line);
  await clock.advance(1000);
  state.room = Infinity;
  await clock.advance(20);
  assert.equal(state.text, `${line.repeat(4)}dropped 3\n`);
});

test('the count itself may have to wait', async () => {
  const { state, clock, output } = reader();
  state.room = 0;
  const line = `${'x'.repeat(1024 * 1024 - 1)}\n`;
  for (let count = 0; count < 5; count++) output.write(line);
  state.room = 4 * line.length + 3;
  await clock.advance(20);
  assert.ok(state.text.endsWith('\ndro'));
  state.room = Infinity;
  await clock.advance(20);
  assert.ok(state.text.endsWith('\ndropped 1\n'));
});

test('once the reader is gone nothing is tried, or kept, any more', async () => {
  const { state, clock, output } = reader();
  state.room = 0;
  state.code = 'EPIPE';
  output.write('one\n');
  output.write('two\n');
  await clock.advance(1000);
  assert.equal(state.tries, 1);
});

test('what waits is written when the process ends', () => {
  const { state, output } = reader();
  state.room = 1;
  output.write('one\n');
  state.room = Infinity;
  output.finish();
  assert.equal(state.text, 'one\n');
});

const PROGRAM = `
import { createLogger } from ${JSON.stringify(new URL('./mod.js', import.meta.url).href)};
const logger = createLogger({ level: 'info', name: 'test' });
for (let at = 0; at < 20_000; at++) logger.info({ at, text: 'x'.repeat(300) }, 'line');
process.stderr.write('alive');
process.stdin.once('data', () => { logger.fatal({}, 'last'); process.exit(1); });
`;

test('a process whose log nobody reads goes on; read again, its lines are there to the last', async (t) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM]);
  t.after(() => child.kill('SIGKILL'));
  await once(child.stderr, 'data');
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    if (text.includes('log_lines_dropped') && child.stdin.writable) child.stdin.end('end');
  });
  const [status] = (await once(child, 'close')) as [number];
  assert.equal(status, 1);
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { msg: string; at?: number; lines?: number });
  const written = lines.filter(({ msg }) => msg === 'line');
  assert.deepEqual(
    written.map(({ at }) => at),
    written.map((_, at) => at),
  );
  const dropped = lines.find(({ msg }) => msg === 'log_lines_dropped')?.lines ?? 0;
  assert.equal(written.length + dropped, 20_000);
  assert.equal(lines.at(-1)?.msg, 'last');
});

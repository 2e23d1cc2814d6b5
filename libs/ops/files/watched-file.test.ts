import assert from 'node:assert/strict';
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ManualClock } from '../../clock/mod.js';
import { createLogger, type Logger } from '../logger.js';
import { WatchedFile } from './watched-file.js';

function capture() {
  const facts: Record<string, unknown>[] = [];
  const write = (line: string) => void facts.push(JSON.parse(line) as Record<string, unknown>);
  return { facts, logger: createLogger({ level: 'info', name: 'test' }, { write }) };
}

async function opened(t: TestContext, logger: Logger) {
  const folder = await mkdtemp(path.join(tmpdir(), 'watched-'));
  const file = path.join(folder, 'file');
  await writeFile(file, 'first');
  const clock = new ManualClock();
  const loaded: string[] = [];
  const load = async () => {
    const text = await readFile(file, 'utf8');
    if (text.startsWith('bad')) throw new Error('line one\nline two');
    loaded.push(text);
    return { length: text.length };
  };
  const watched = await WatchedFile.open({ file, load, clock, logger, intervalMs: 1000 });
  t.after(async () => {
    await watched.close();
    await rm(folder, { recursive: true });
  });
  /** Lets one interval pass, and the look at the file that follows. */
  const look = async () => {
    await clock.advance(1000);
    while (clock.timers === 0) await setImmediate();
  };
  return { file, watched, loaded, look, clock };
}

test('a changed file is loaded once it stands still for one interval', async (t) => {
  const { facts, logger } = capture();
  const { file, loaded, look } = await opened(t, logger);
  await look();
  await writeFile(file, 'half');
  await look();
  await writeFile(file, 'half and more');
  await look();
  assert.deepEqual(loaded, ['first']);
  await look();
  assert.deepEqual(loaded, ['first', 'half and more']);
  await look();
  await look();
  assert.deepEqual(loaded, ['first', 'half and more']);
  assert.deepEqual(
    facts.map(({ msg, length }) => [msg, length]),
    [
      ['file_loaded', 5],
      ['file_loaded', 13],
    ],
  );
});

test('a file that is replaced by another is loaded', async (t) => {
  const { file, loaded, look } = await opened(t, capture().logger);
  await writeFile(`${file}.new`, 'other');
  await rename(`${file}.new`, file);
  await look();
  await look();
  assert.deepEqual(loaded, ['first', 'other']);
});

test('a bad file is refused and logged once; the next good one is loaded', async (t) => {
  const { facts, logger } = capture();
  const { file, loaded, look } = await opened(t, logger);
  await writeFile(file, 'bad content');
  for (let looks = 0; looks < 4; looks++) await look();
  assert.deepEqual(loaded, ['first']);
  const refusals = facts.filter(({ msg }) => msg === 'file_refused_old_content_kept');
  assert.deepEqual(
    refusals.map(({ level, problems }) => [level, problems]),
    [['error', ['line one', 'line two']]],
  );
  await writeFile(file, 'good content');
  await look();
  await look();
  assert.deepEqual(loaded, ['first', 'good content']);
});

test('reload loads at once and tells whether it went well', async (t) => {
  const { file, watched, loaded } = await opened(t, capture().logger);
  assert.equal(await watched.reload(), true);
  await writeFile(file, 'bad');
  assert.equal(await watched.reload(), false);
  assert.deepEqual(loaded, ['first', 'first']);
});

test('the first load fails as it fails', async () => {
  const load = () => Promise.reject(new Error('no such thing'));
  const options = {
    file: '/nowhere',
    load,
    clock: new ManualClock(),
    logger: capture().logger,
    intervalMs: 1,
  };
  await assert.rejects(WatchedFile.open(options), /no such thing/);
});

test('after close nothing is looked at any more', async (t) => {
  const { watched, clock } = await opened(t, capture().logger);
  await watched.close();
  assert.equal(clock.timers, 0);
});

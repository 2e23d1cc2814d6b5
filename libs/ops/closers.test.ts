import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Closers, startOrStop } from './closers.js';
import { createLogger, silentLogger } from './logger.js';

test('the newest is stopped first, each after the one before has ended, and once only', async () => {
  const closers = new Closers(silentLogger());
  const done: string[] = [];
  for (const name of ['first', 'second', 'third']) {
    closers.add(async () => {
      await Promise.resolve();
      done.push(name);
    });
  }
  await Promise.all([closers.close(), closers.close()]);
  await closers.close();
  assert.deepEqual(done, ['third', 'second', 'first']);
});

test('what is added while they are stopped, or later, is stopped too', async () => {
  const closers = new Closers(silentLogger());
  const done: string[] = [];
  closers.add(async () => {
    closers.add(async () => void done.push('meanwhile'));
    done.push('first');
  });
  assert.equal(closers.closing, false);
  await closers.close();
  assert.equal(closers.closing, true);
  closers.add(async () => void done.push('later'));
  await closers.close();
  assert.deepEqual(done, ['first', 'meanwhile', 'later']);
});

test('one that fails is logged and keeps none from being stopped', async () => {
  const facts: { msg?: string }[] = [];
  const write = (line: string) => void facts.push(JSON.parse(line) as object);
  const closers = new Closers(createLogger({ level: 'info', name: 'test' }, { write }));
  let closed = false;
  closers.add(async () => {
    closed = true;
  });
  closers.add(() => Promise.reject(new Error('it does not want to')));
  await closers.close();
  assert.ok(closed);
  assert.deepEqual(
    facts.map(({ msg }) => msg),
    ['stop_failed'],
  );
});

test('a start that fails is undone, and fails as it failed; one that succeeds is left alone', async () => {
  let open = 0;
  const openOne = async (fail: boolean) =>
    await startOrStop(silentLogger(), async (closers) => {
      open++;
      closers.add(async () => void open--);
      if (fail) throw new RangeError('no');
      return 'started';
    });
  await assert.rejects(openOne(true), RangeError);
  assert.equal(open, 0);
  assert.equal(await openOne(false), 'started');
  assert.equal(open, 1);
});

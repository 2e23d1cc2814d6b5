import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from './mod.js';

describe('system clock', () => {
  const clock = systemClock();

  test('a timer runs once, not before its time and not within setTimer', async () => {
    const start = clock.monotonic();
    let runs = 0;
    await new Promise<void>((resolve) => {
      clock.setTimer(5, () => {
        runs++;
        resolve();
      });
      assert.equal(runs, 0);
    });
    assert.ok(clock.monotonic() - start >= 5);
    assert.equal(runs, 1);
  });

  test('a cancelled timer does not run', async () => {
    let ran = false;
    const timer = clock.setTimer(1, () => (ran = true));
    timer.cancel();
    timer.cancel();
    await new Promise<void>((resolve) => clock.setTimer(10, resolve));
    assert.equal(ran, false);
  });

  test('a delay beyond what setTimeout takes does not run at once', async () => {
    let ran = false;
    const timer = clock.setTimer(100 * 24 * 3600 * 1000, () => (ran = true));
    await new Promise<void>((resolve) => clock.setTimer(10, resolve));
    timer.cancel();
    assert.equal(ran, false);
  });

  test('soon runs after the promises of this turn', async () => {
    const ran: string[] = [];
    await new Promise<void>((resolve) => {
      clock.soon(() => {
        ran.push('soon');
        resolve();
      });
      void Promise.resolve().then(() => ran.push('promise'));
    });
    assert.deepEqual(ran, ['promise', 'soon']);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clockContract } from './contract.js';
import { ManualClock } from './mod.js';

clockContract('manual clock', () => {
  const clock = new ManualClock();
  return { clock, pass: (ms) => clock.advance(ms) };
});

describe('manual clock', () => {
  test('stands still until it is moved', async () => {
    const clock = new ManualClock(1000);
    await clock.settle();
    assert.equal(clock.now(), 1000);
    await clock.advance(50);
    assert.equal(clock.now(), 1050);
    assert.equal(clock.monotonic(), 50);
  });

  test('runs timers by due time, then by order of setting, each at its own time', async () => {
    const clock = new ManualClock(0);
    const ran: [string, number][] = [];
    const note = (name: string) => () => ran.push([name, clock.monotonic()]);
    clock.setTimer(20, note('c'));
    clock.setTimer(10, note('a'));
    clock.setTimer(10, note('b'));
    clock.setTimer(31, note('later'));
    await clock.advance(30);
    assert.deepEqual(ran, [
      ['a', 10],
      ['b', 10],
      ['c', 20],
    ]);
    assert.equal(clock.timers, 1);
  });

  test('runs what a timer sets when it comes due in the same move', async () => {
    const clock = new ManualClock();
    const at: number[] = [];
    const tick = () => {
      at.push(clock.monotonic());
      clock.setTimer(10, tick);
    };
    clock.setTimer(10, tick);
    await clock.advance(35);
    assert.deepEqual(at, [10, 20, 30]);
  });

  test('never runs a timer within setTimer, also one without delay', async () => {
    const clock = new ManualClock();
    let ran = false;
    clock.setTimer(0, () => (ran = true));
    assert.equal(ran, false);
    await clock.settle();
    assert.equal(ran, false);
    await clock.advance(0);
    assert.equal(ran, true);
  });

  test('a cancelled timer does not run, also when cancelled at its own time', async () => {
    const clock = new ManualClock();
    const ran: string[] = [];
    const second = clock.setTimer(10, () => ran.push('second'));
    const first = clock.setTimer(5, () => {
      ran.push('first');
      second.cancel();
    });
    await clock.advance(20);
    first.cancel();
    first.cancel();
    assert.deepEqual(ran, ['first']);
    assert.equal(clock.timers, 0);
  });

  test('runs promises and soon callbacks between timers', async () => {
    const clock = new ManualClock();
    const ran: string[] = [];
    clock.setTimer(10, () => {
      void Promise.resolve()
        .then(() => ran.push('promise'))
        .then(() => clock.soon(() => ran.push('soon')));
    });
    clock.setTimer(10, () => ran.push('second timer'));
    await clock.advance(10);
    assert.deepEqual(ran, ['promise', 'soon', 'second timer']);
  });

  test('settle runs soon callbacks that set each other, without moving time', async () => {
    const clock = new ManualClock();
    let left = 100;
    const again = () => {
      if (--left > 0) clock.soon(again);
    };
    clock.soon(again);
    assert.equal(left, 100);
    await clock.settle();
    assert.equal(left, 0);
    assert.equal(clock.monotonic(), 0);
  });

  test('a jump of the wall clock moves no timer', async () => {
    const clock = new ManualClock(1000);
    let ran = false;
    clock.setTimer(10, () => (ran = true));
    clock.setNow(5_000_000);
    assert.equal(clock.now(), 5_000_000);
    await clock.advance(9);
    assert.equal(ran, false);
    assert.equal(clock.now(), 5_000_009);
    await clock.advance(1);
    assert.equal(ran, true);
  });

  test('a timer that throws rejects advance at its own time', async () => {
    const clock = new ManualClock();
    clock.setTimer(10, () => {
      throw new Error('on purpose');
    });
    await assert.rejects(clock.advance(50), /on purpose/);
    assert.equal(clock.monotonic(), 10);
    await clock.advance(1);
    assert.equal(clock.monotonic(), 11);
  });

  test('refuses to be moved twice at the same time', async () => {
    const clock = new ManualClock();
    const first = clock.advance(10);
    await assert.rejects(clock.advance(10), /await it first/);
    await first;
    assert.equal(clock.monotonic(), 10);
  });
});

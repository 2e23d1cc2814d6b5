import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ManualClock, type Timer, TimerWheel } from './mod.js';

const SEED = 20262;

describe('timer wheel', () => {
  test('runs a timer at its time or up to one resolution later', async () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock, { resolutionMs: 100 });
    await clock.advance(37);
    let ranAt = -1;
    wheel.schedule(250, () => (ranAt = clock.monotonic()));
    await clock.advance(1000);
    assert.equal(ranAt, 300);
  });

  test('sets no timer of the clock while it is empty', async () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock);
    assert.equal(clock.timers, 0);
    const timers = [wheel.schedule(50, () => undefined), wheel.schedule(5000, () => undefined)];
    assert.equal(clock.timers, 1);
    for (const timer of timers) timer.cancel();
    assert.equal(clock.timers, 0);
    assert.equal(wheel.size, 0);
    wheel.schedule(50, () => undefined);
    await clock.advance(1000);
    assert.equal(clock.timers, 0);
    assert.equal(wheel.size, 0);
  });

  test('wakes only when a slot in use comes up', async () => {
    let wakes = 0;
    const clock = new ManualClock();
    const setTimer = clock.setTimer.bind(clock);
    clock.setTimer = (delayMs, callback) => {
      wakes++;
      return setTimer(delayMs, callback);
    };
    const wheel = new TimerWheel(clock, { resolutionMs: 100 });
    wheel.schedule(3600_000, () => undefined);
    await clock.advance(3600_000);
    assert.equal(wheel.size, 0);
    assert.ok(wakes <= 37, `${wakes} wakes for one timer an hour away`);
  });

  test('an earlier timer is not kept waiting by a later one', async () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock, { resolutionMs: 10 });
    const ran: string[] = [];
    wheel.schedule(10_000, () => ran.push('late'));
    wheel.schedule(20, () => ran.push('early'));
    await clock.advance(20);
    assert.deepEqual(ran, ['early']);
    await clock.advance(9_980);
    assert.deepEqual(ran, ['early', 'late']);
  });

  test('a time in the past counts as now, and never runs within the call', async () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock, { resolutionMs: 10 });
    await clock.advance(1000);
    let ran = false;
    wheel.scheduleAt(5, () => (ran = true));
    assert.equal(ran, false);
    await clock.advance(10);
    assert.equal(ran, true);
  });

  test('a callback may set and cancel timers, its own too', async () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock, { resolutionMs: 10 });
    const ran: string[] = [];
    const own: Timer = wheel.schedule(10, () => {
      ran.push('a');
      own.cancel();
      other.cancel();
      wheel.schedule(0, () => ran.push('c'));
    });
    const other = wheel.schedule(10, () => ran.push('b'));
    await clock.advance(10);
    assert.deepEqual(ran, ['a']);
    await clock.advance(10);
    assert.deepEqual(ran, ['a', 'c']);
    assert.equal(wheel.size, 0);
  });

  test('spreads very many due timers over turns, in order', async () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock, { resolutionMs: 10, maxPerTurn: 100 });
    let longest = 0;
    let inTurn = 0;
    const soon = clock.soon.bind(clock);
    clock.soon = (callback) => {
      longest = Math.max(longest, inTurn);
      inTurn = 0;
      soon(callback);
    };
    const ran: number[] = [];
    for (let at = 0; at < 1050; at++) {
      wheel.schedule(10, () => {
        inTurn++;
        ran.push(at);
      });
    }
    await clock.advance(10);
    assert.deepEqual(
      ran,
      Array.from({ length: 1050 }, (_, at) => at),
    );
    assert.equal(longest, 100);
  });

  test('a callback that throws does not keep the others from running', async () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock, { resolutionMs: 10 });
    let ran = false;
    wheel.schedule(10, () => {
      throw new Error('on purpose');
    });
    wheel.schedule(10, () => (ran = true));
    await assert.rejects(clock.advance(20), /on purpose/);
    await clock.advance(20);
    assert.equal(ran, true);
  });

  test('catches up after the process stood still for many revolutions', async () => {
    const clock = new ManualClock();
    const wheel = new TimerWheel(clock, { resolutionMs: 1 });
    const ran: number[] = [];
    for (const delay of [5000, 10, 2000, 1034]) wheel.schedule(delay, () => ran.push(delay));
    const still = clock.monotonic.bind(clock);
    clock.monotonic = () => still() + 4000;
    await clock.advance(10);
    assert.deepEqual(
      ran.sort((a, b) => a - b),
      [10, 1034, 2000],
    );
    await clock.advance(1000);
    assert.equal(wheel.size, 0);
  });

  test(`runs every timer that was not cancelled, once, in its tick (seed ${SEED})`, async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), delay: fc.nat({ max: 3000 }) }),
      fc.record({ kind: fc.constant('cancel' as const), which: fc.nat({ max: 50 }) }),
      fc.record({ kind: fc.constant('advance' as const), ms: fc.nat({ max: 1500 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const clock = new ManualClock();
        const wheel = new TimerWheel(clock, { resolutionMs: 1 });
        const timers: { due: number; timer: Timer; cancelled: boolean; ranAt: number | undefined }[] = [];
        for (const each of steps) {
          if (each.kind === 'advance') await clock.advance(each.ms);
          else if (each.kind === 'set') {
            const entry = {
              due: clock.monotonic() + Math.max(each.delay, 1),
              timer: wheel.schedule(each.delay, () => {
                assert.equal(entry.ranAt, undefined);
                entry.ranAt = clock.monotonic();
              }),
              cancelled: false,
              ranAt: undefined as number | undefined,
            };
            timers.push(entry);
          } else {
            const entry = timers[each.which];
            if (entry === undefined) continue;
            entry.timer.cancel();
            entry.cancelled ||= entry.ranAt === undefined;
          }
        }
        await clock.advance(4000);
        for (const { due, cancelled, ranAt } of timers) assert.equal(ranAt, cancelled ? undefined : due);
        assert.equal(wheel.size, 0);
        assert.equal(clock.timers, 0);
      }),
      { seed: SEED, numRuns: 100 },
    );
  });
});

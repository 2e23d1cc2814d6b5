import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clock } from './clock.js';

/** What every clock must do. `pass` lets at least so much time go by, and runs what comes due. */
export function clockContract(
  name: string,
  open: () => { clock: Clock; pass(ms: number): Promise<void> },
): void {
  describe(`${name}: clock contract`, () => {
    test('a timer runs once, not before its time and not within setTimer', async () => {
      const { clock, pass } = open();
      const start = clock.monotonic();
      const ranAfter: number[] = [];
      clock.setTimer(5, () => ranAfter.push(clock.monotonic() - start));
      assert.equal(ranAfter.length, 0);
      await pass(20);
      assert.equal(ranAfter.length, 1);
      assert.ok((ranAfter[0] ?? 0) >= 5);
    });

    test('a timer without delay does not run within setTimer either', async () => {
      const { clock, pass } = open();
      let ran = false;
      clock.setTimer(0, () => (ran = true));
      assert.equal(ran, false);
      await pass(5);
      assert.equal(ran, true);
    });

    test('a cancelled timer does not run; cancelling twice, or after it ran, does nothing', async () => {
      const { clock, pass } = open();
      const ran: string[] = [];
      const cancelled = clock.setTimer(1, () => ran.push('cancelled'));
      const other = clock.setTimer(1, () => ran.push('other'));
      cancelled.cancel();
      cancelled.cancel();
      await pass(10);
      other.cancel();
      assert.deepEqual(ran, ['other']);
    });

    test('a timer of a hundred days does not run at once', async () => {
      const { clock, pass } = open();
      let ran = false;
      const timer = clock.setTimer(100 * 24 * 3600 * 1000, () => (ran = true));
      await pass(10);
      timer.cancel();
      assert.equal(ran, false);
    });

    test('soon runs once, after the promises of this turn and in the order of the calls', async () => {
      const { clock, pass } = open();
      const ran: string[] = [];
      clock.soon(() => ran.push('first'));
      clock.soon(() => ran.push('second'));
      void Promise.resolve().then(() => ran.push('promise'));
      assert.deepEqual(ran, []);
      await pass(1);
      assert.deepEqual(ran, ['promise', 'first', 'second']);
    });

    test('the monotonic clock never goes back', async () => {
      const { clock, pass } = open();
      const times = [clock.monotonic(), clock.monotonic()];
      await pass(2);
      times.push(clock.monotonic());
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      );
    });
  });
}

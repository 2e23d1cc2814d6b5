import type { Clock } from './clock.js';

/** Resolves after `ms`. */
export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.setTimer(ms, resolve);
  });
}

/** Resolves with `promise`, whether it succeeds or fails, but after `ms` at the latest. */
export function within(clock: Clock, ms: number, promise: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(ms, resolve);
    const settled = () => {
      timer.cancel();
      resolve();
    };
    promise.then(settled, settled);
  });
}

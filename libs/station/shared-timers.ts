import { TimerWheel, type Clock } from '../clock/mod.js';

/**
 * A clock for thousands of stations in one process: the same time, but all timers on one wheel, up to `resolutionMs` late.
 */
export function sharedTimers(clock: Clock, resolutionMs = 10): Clock {
  const wheel = new TimerWheel(clock, { resolutionMs });
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimer: (delayMs, callback) => wheel.schedule(delayMs, callback),
    soon: (callback) => clock.soon(callback),
  };
}

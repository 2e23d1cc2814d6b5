/** Time and timers. Everything that waits or dates something takes a `Clock`; nothing else reads the time. */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch. May jump when the machine's clock is set. */
  now(): number;
  /** Milliseconds since an arbitrary origin. Never goes back: deadlines and leases are measured with it. */
  monotonic(): number;
  /** Calls `callback` once, no earlier than `delayMs` from now and never within this call. */
  setTimer(delayMs: number, callback: () => void): Timer;
  /** Calls `callback` once, after the input that is ready in this turn of the event loop has been handled. */
  soon(callback: () => void): void;
}

export interface Timer {
  /** The callback will not run any more. Cancelling twice, or after it ran, does nothing. */
  cancel(): void;
}

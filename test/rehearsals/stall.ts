import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;

/** Watches how long this process was kept from its work at the longest: what it measures may be late by so much. */
export class StallWatch {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#delay.enable();
  }

  /** In milliseconds, since the last time this was asked. */
  take(): number {
    const longest = this.#delay.max / 1e6;
    this.#delay.reset();
    return longest;
  }

  stop(): void {
    this.#delay.disable();
  }
}

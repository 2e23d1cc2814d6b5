import type { QuirkSet } from '../../../libs/ocpp/mod.js';
import type { ConnectionContext } from './context.js';

/** Whether anybody is still at the other end. Times are the clock's monotonic milliseconds. */
export class Liveness {
  #heardAt = 0;
  #ponged = false;

  constructor(
    private readonly quirks: QuirkSet,
    private readonly context: Pick<ConnectionContext, 'config' | 'metrics'>,
  ) {}

  heard(now: number): void {
    this.#heardAt = now;
  }

  ponged(now: number): void {
    this.#ponged = true;
    this.#heardAt = now;
  }

  /** Asked once in every ping interval. */
  check(now: number): 'heard' | 'to_be_pinged' | 'dead' {
    const { config, metrics } = this.context;
    const silence = now - this.#heardAt;
    if (silence < config.pingIntervalMs) return 'heard';
    if (silence >= config.deadAfterMs) {
      if (this.#ponged || !this.quirks.has('no_pong')) return 'dead';
      // Perhaps it never answers pings. A dead line is noticed by TCP, when it acknowledges none of them.
      if (silence < config.deadAfterMs + config.pingIntervalMs) metrics.quirk('no_pong');
    }
    return 'to_be_pinged';
  }
}

import type { Clock, Timer } from '../../libs/clock/mod.js';
import type { StationConnection } from './connection/mod.js';

/** 25,000 a second: a worker has to load the state of each station, and answers CALLs meanwhile. */
const STEP = 500;
const STEP_MS = 20;

/**
 * Tells owners of the connections that are there: those with something under way at once, the others, who wait for
 * nothing, a step at a time. Told twice does no harm.
 */
export class Announcements {
  /** In the order of their asking. */
  readonly #waiting = new Set<StationConnection>();
  #timer: Timer | undefined;

  constructor(private readonly clock: Clock) {}

  add(connections: Iterable<StationConnection>): void {
    for (const connection of connections) {
      if (connection.holdsSomething) connection.reannounce();
      else this.#waiting.add(connection);
    }
    if (this.#timer === undefined) this.#step();
  }

  /** The connection is over. */
  remove(connection: StationConnection): void {
    this.#waiting.delete(connection);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#waiting.clear();
  }

  #step(): void {
    if (this.#waiting.size === 0) {
      this.#timer = undefined;
      return;
    }
    let left = STEP;
    for (const connection of this.#waiting) {
      if (left-- === 0) break;
      this.#waiting.delete(connection);
      connection.reannounce();
    }
    // Also with nothing left: who asks before it is time again waits for it.
    this.#timer = this.clock.setTimer(STEP_MS, () => this.#step());
  }
}

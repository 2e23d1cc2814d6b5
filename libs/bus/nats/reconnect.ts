import type { Server } from '@nats-io/transport-node';
import type { Clock } from '../../clock/mod.js';

const SHORTEST_MS = 50;
const LONGEST_MS = 2000;

/** When and where a lost connection is tried again. */
export class Reconnect {
  readonly #clock: Clock;
  #lostAt: number;
  /** The server of the connection, until it is lost. */
  #current: string | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lostAt = clock.monotonic();
  }

  connected(server: string): void {
    this.#current = server;
  }

  lost(): void {
    this.#lostAt = this.#clock.monotonic();
  }

  /**
   * Milliseconds until a server is tried again: 50 to 2000. Grows with the time since the connection was lost, so that
   * short outages end soon; random, so that clients spread.
   */
  readonly delay = (): number => {
    const middle = (this.#clock.monotonic() - this.#lostAt) / 2;
    const spread = middle * (0.67 + Math.random() * 0.67);
    return Math.ceil(Math.min(Math.max(spread, SHORTEST_MS * (1 + Math.random())), LONGEST_MS));
  };

  /**
   * The first attempt goes to another server than the one that was lost: if that stands still, it would cost the whole
   * time of an attempt. Null: the client's own choice, which takes turns.
   */
  readonly choose = (servers: readonly Server[]): Server | null => {
    const lost = this.#current;
    if (lost === undefined) return null;
    this.#current = undefined;
    return servers.find(({ listen }) => listen !== lost) ?? null;
  };
}

import type { Clock, Timer } from '../../libs/clock/mod.js';
import type { EdgeMetrics } from './metrics.js';

/** A connection that is over, whose worker has to know. */
export interface Departed {
  readonly shard: number;
  readonly subject: string;
  readonly reply: string;
  readonly envelope: Uint8Array;
}

export interface DeparturesOptions {
  readonly clock: Clock;
  readonly metrics: EdgeMetrics;
  /** False: the bus takes nothing at this moment. */
  publish(departed: Departed): boolean;
  /** False: the bus is not connected; then nothing is tried, or given up. */
  connected(): boolean;
}

interface Entry {
  readonly departed: Departed;
  /** Counted anew when the bus comes back. */
  since: number;
  /** Nobody served the shard when it was published. */
  unowned: boolean;
}

const ROUND_MS = 1000;
/** Within this time it is known that nobody serves a shard, that its owner has died, or that the bus was away. */
const SETTLED_MS = 30_000;
const GIVE_UP_MS = 60_000;
const MOST = 50_000;

/**
 * Tells workers of connections that are over: again while nobody serves the shard, for a minute at most, to an owner that
 * comes soon after, and when the bus was away meanwhile. A new owner hears of all connections that are there, so it can do
 * without; told twice does no harm.
 */
export class Departures {
  readonly #entries = new Map<string, Entry>();
  #timer: Timer | undefined;

  constructor(private readonly options: DeparturesOptions) {}

  add(connectionId: string, departed: Departed): void {
    if (this.#entries.size >= MOST) this.#forgetOldest();
    const entry: Entry = { departed, since: this.options.clock.monotonic(), unowned: false };
    this.#entries.set(connectionId, entry);
    this.#publish(entry);
    this.#timer ??= this.#arm();
  }

  unowned(connectionId: string): void {
    const entry = this.#entries.get(connectionId);
    if (entry !== undefined) entry.unowned = true;
  }

  /** The shard has an owner, perhaps a new one: the one before may not have come to what it was told. */
  owned(shard: number): void {
    for (const entry of this.#entries.values()) if (entry.departed.shard === shard) this.#again(entry);
  }

  /** The bus was away: what was published last may be lost. */
  reconnected(): void {
    const now = this.options.clock.monotonic();
    for (const entry of this.#entries.values()) {
      entry.since = now;
      this.#again(entry);
    }
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #arm(): Timer {
    return this.options.clock.setTimer(ROUND_MS, () => {
      this.#round(this.options.clock.monotonic());
      this.#timer = this.#entries.size > 0 ? this.#arm() : undefined;
    });
  }

  #round(now: number): void {
    if (!this.options.connected()) return;
    for (const [connectionId, entry] of this.#entries) {
      const age = now - entry.since;
      if (!entry.unowned && age >= SETTLED_MS) this.#entries.delete(connectionId);
      else if (age >= GIVE_UP_MS) this.#forget(connectionId);
      else if (entry.unowned) this.#again(entry);
    }
  }

  #again(entry: Entry): void {
    this.options.metrics.resend('disconnected');
    this.#publish(entry);
  }

  #publish(entry: Entry): void {
    entry.unowned = !this.options.publish(entry.departed);
  }

  #forgetOldest(): void {
    for (const connectionId of this.#entries.keys()) return this.#forget(connectionId);
  }

  #forget(connectionId: string): void {
    this.#entries.delete(connectionId);
    this.options.metrics.dropped('disconnected');
  }
}

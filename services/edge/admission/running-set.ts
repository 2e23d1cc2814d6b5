import { within, type Clock, type Timer } from '../../../libs/clock/mod.js';
import type { Logger } from '../../../libs/ops/mod.js';
import { RUNNING_TTL_MS, type RunningStations } from '../../../libs/store/mod.js';
import { HashSet } from './hash-set.js';

/** Stations of all edges that are known at a time; 16 MB at most. */
const MAX_STATIONS = 1_000_000;
/** When many stations come it is read again, but not more often than this. */
const REFRESH_MS = 5_000;
/** In quiet times it is read in this time, give or take a quarter. */
const PERIOD_MS = 600_000;

export interface RunningSetOptions {
  readonly running: RunningStations;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The store could not be read. */
  failed(): void;
}

/**
 * The stations of all edges that had a running transaction when they were last heard of. Another station is taken for one of them
 * with a probability of their number in 2^32: with 200,000 of them 1 in 21,000, which does no harm.
 */
export class RunningSet {
  #hashes = new HashSet([], 0);
  #entries = 0;
  #readAt = -Infinity;
  #triedAt = -Infinity;
  #reading = false;
  #failing = false;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(private readonly options: RunningSetOptions) {}

  get size(): number {
    return this.#hashes.size;
  }

  /** What the edges have written, an entry each. */
  get entries(): number {
    return this.#entries;
  }

  /** Milliseconds since the store was read; undefined: it never was. */
  age(now: number): number | undefined {
    return this.#readAt === -Infinity ? undefined : now - this.#readAt;
  }

  /** False: nothing is known of any station, or what is known is too old. */
  knowsAny(now: number): boolean {
    return this.#hashes.size > 0 && now - this.#readAt < RUNNING_TTL_MS;
  }

  /** @param hash of the station id. */
  has(hash: number): boolean {
    return this.#hashes.has(hash);
  }

  /** Reads the store in the background, unless that was tried less than five seconds ago or is under way. */
  refresh(now: number): void {
    if (this.#reading || now - this.#triedAt < REFRESH_MS) return;
    void this.#read();
  }

  /** Reads the store from time to time as well. */
  start(): void {
    if (this.#stopped) return;
    const { clock } = this.options;
    this.#timer = clock.setTimer(PERIOD_MS * (0.75 + Math.random() / 2), () => {
      this.refresh(clock.monotonic());
      this.start();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Reads the store; resolves after `atMostMs` at the latest. Never rejects: without it, what was known holds on. */
  async load(atMostMs: number): Promise<void> {
    await within(this.options.clock, atMostMs, this.#read());
  }

  async #read(): Promise<void> {
    const { running, clock, logger } = this.options;
    this.#reading = true;
    this.#triedAt = clock.monotonic();
    try {
      const entries = await running.all();
      this.#hashes = new HashSet(
        entries.map(({ hashes }) => hashes),
        MAX_STATIONS,
      );
      this.#entries = entries.length;
      this.#readAt = clock.monotonic();
      this.#failing = false;
    } catch (error) {
      this.options.failed();
      if (!this.#failing) logger.warn({ err: error }, 'running_stations_not_read');
      this.#failing = true;
    }
    this.#reading = false;
  }
}

import { within, type Clock, type Timer } from '../clock/mod.js';
import type { Histogram, Metrics } from '../ops/mod.js';

/** Asks a server for something small; undefined while there is nothing to ask it over. */
export type Ask = () => Promise<unknown> | undefined;

export interface RoundTripUse {
  /** `redis`, `nats_bus`. */
  readonly name: string;
  readonly ask: Ask;
}

const EVERY_MS = 10_000;
/** One that takes longer, or fails, counts as so long: it stands above all buckets. */
const LONGEST_MS = 5_000;
const SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/**
 * The times of round trips to servers, each asked once in 10 s: what an idle server takes to answer this process, its event
 * loop included. One question to a server at a time.
 */
export class RoundTrips {
  readonly #seconds: Histogram;
  /** Servers that have not answered yet. */
  readonly #asked = new Set<string>();
  #timer: Timer | undefined;
  #stopped = false;

  constructor(
    metrics: Metrics,
    private readonly clock: Clock,
    private readonly servers: readonly RoundTripUse[],
  ) {
    this.#seconds = metrics.histogram({
      name: 'stationmaster_server_round_trip_seconds',
      help: 'Round trips to servers, sampled: a flush of a link to NATS, a small write to each node of Redis; 5 s: none',
      labels: ['server'],
      buckets: SECONDS,
    });
    for (const { name } of servers) this.#seconds.cell(name);
  }

  /** Asks now, and every 10 s until `stop`. */
  start(): void {
    if (this.#stopped) return;
    void Promise.all(this.servers.map((server) => this.#measure(server))).then(() => {
      if (this.#stopped) return;
      this.#timer = this.clock.setTimer(EVERY_MS, () => this.start());
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async #measure({ name, ask }: RoundTripUse): Promise<void> {
    const seconds = this.#seconds.cell(name);
    // A server that stands still needs no more questions.
    if (this.#asked.has(name)) return seconds.observe(LONGEST_MS / 1000);
    const began = this.clock.monotonic();
    const asked = ask();
    if (asked === undefined) return;
    this.#asked.add(name);
    let answered = false;
    const settled = () => this.#asked.delete(name);
    const answer = asked.then(() => (answered = true)).finally(settled);
    await within(this.clock, LONGEST_MS, answer);
    if (this.#stopped) return;
    seconds.observe((answered ? this.clock.monotonic() - began : LONGEST_MS) / 1000);
  }
}

import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../client/until.js';
import { VOCABULARIES } from '../client/vocabulary.js';
import { pick, randomFor, type Random } from '../driven/random.js';
import { DrivenStation, type Rules } from '../driven/station.js';
import { CallTimes } from './call-times.js';
import { Rate } from './rate.js';
import { IdleStation } from './idle.js';
import { BusyStation, type Activity, type Turn, type Visits } from './visits.js';

export interface LoadOptions {
  readonly seed: number;
  readonly stations: number;
  /** Each station sends a message so often, if the one before is answered. */
  readonly periodMs: number;
  /** Those that charge begin in the first third of this time, the others in the rest. Left out: all within a period. */
  readonly beginMs?: number;
  /** Endpoints, without the station id. */
  readonly urls: readonly string[];
  /** So many of them, the last ones, never charge. */
  readonly idle?: number;
  /** How the others do. */
  readonly visits?: Visits;
  /** Share of reconnections that begin with a BootNotification; 0.2 when left out. */
  readonly bootShare?: number;
  /** True: stations connect again at once, not only when they have something to say. */
  readonly staysConnected?: boolean;
  /** As `Rules` has it; 50 ms to 1 s when left out. */
  readonly backOffMs?: Rules['backOffMs'];
}

const ANSWER_MS = 10_000;
/** Stations that are asked at once. */
const BATCH = 64;

/** Stations that charge, at an even pace: what one misses is not made up for. */
export class Load {
  readonly active: readonly Activity[];
  readonly rate = new Rate();
  readonly times = new CallTimes();
  readonly #abort = new AbortController();
  #gate: { readonly opened: Promise<void>; open(): void } | undefined;
  #failed: Error | undefined;
  readonly #idle: ReadonlySet<DrivenStation>;

  constructor(private readonly options: LoadOptions) {
    // Each station waits for its turn on it.
    setMaxListeners(0, this.#abort.signal);
    const { seed, stations, urls, idle = 0, visits, staysConnected = false } = options;
    const rules: Rules = {
      url: (random) => pick(random, urls),
      backOffMs: options.backOffMs ?? [50, 1000],
      answerWithinMs: ANSWER_MS,
      bootShare: options.bootShare ?? 0.2,
      commandMs: 100,
      acknowledged: ({ sentAt = 0 }) => this.#answered(sentAt),
      staysConnected,
      failed: (error) => this.#fail(error),
      signal: this.#abort.signal,
    };
    this.active = Array.from({ length: stations }, (_, at) => {
      const vocabulary = VOCABULARIES[at % VOCABULARIES.length];
      if (vocabulary === undefined) throw new Error('no vocabulary');
      const station = new DrivenStation(stationIdAt(at), vocabulary, rules, randomFor(seed, at, 'station'));
      const random = randomFor(seed, at, 'visits');
      const charges = at < stations - idle;
      const turn = this.#turns(random, charges);
      return charges
        ? new BusyStation(station, at, random, turn, visits)
        : new IdleStation(station, random, turn);
    });
    this.#idle = new Set(this.stations.slice(stations - idle));
  }

  get stations(): readonly DrivenStation[] {
    return this.active.map(({ station }) => station);
  }

  /** False for one that never does. */
  charges(station: DrivenStation): boolean {
    return !this.#idle.has(station);
  }

  /** Messages a second when nothing is wrong. */
  get nominalRate(): number {
    return (this.options.stations * 1000) / this.options.periodMs;
  }

  /** Starts it. Resolves when every station is connected and has been answered. */
  async start(deadlineMs: number): Promise<void> {
    for (const one of this.active) {
      one.run().catch((error: unknown) => this.#fail(error));
    }
    await until(
      'the stations to be answered',
      () => {
        this.throwIfFailed();
        return this.stations.every(({ messages }) => messages.some(({ answers }) => answers.length > 0));
      },
      deadlineMs,
    );
  }

  /** @throws the error of a station that does not go on: our own bug. */
  throwIfFailed(): void {
    if (this.#failed !== undefined) throw this.#failed;
  }

  /**
   * No station begins another message; resolves when those under way are answered.
   * @returns the ids of those that were not answered by then.
   */
  async pause(deadlineMs: number): Promise<string[]> {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => (open = resolve));
    this.#gate ??= { opened, open };
    return await this.#quiet(deadlineMs);
  }

  resume(): void {
    this.#gate?.open();
    this.#gate = undefined;
  }

  /**
   * While paused: the stations ask once more what they asked last, and what began their transactions.
   * @returns the ids of those that were not answered by then.
   */
  async repeat(deadlineMs: number): Promise<string[]> {
    const waiting = [...this.active];
    const ask = async (): Promise<void> => {
      for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
        for (const message of one.repeatable) await one.station.repeat(message);
      }
    };
    const done = Promise.all(Array.from({ length: BATCH }, ask)).catch((error: unknown) => this.#fail(error));
    await Promise.race([done, sleep(deadlineMs, undefined, { ref: false })]);
    return await this.#quiet(0);
  }

  /** Drops what was written down and counted. Only while paused. */
  forget(): void {
    for (const one of this.active) one.forget();
    this.forgetFigures();
  }

  forgetFigures(): void {
    this.times.forget();
    this.rate.forget(performance.now());
  }

  /** Ends all stations. */
  stop(): void {
    this.#abort.abort(new Error('the load was ended'));
    this.resume();
    for (const station of this.stations) station.cut();
  }

  #fail(error: unknown): void {
    if (this.#abort.signal.aborted) return;
    this.#failed ??= new Error('a station does not go on', { cause: error });
  }

  async #quiet(deadlineMs: number): Promise<string[]> {
    const busy = () => this.stations.filter((station) => station.busy).map(({ stationId }) => stationId);
    await until('quiet', () => busy().length === 0, deadlineMs).catch(() => undefined);
    return busy();
  }

  #answered(sentAt: number): void {
    const now = performance.now();
    this.rate.count(now);
    this.times.add(sentAt, now);
  }

  #turns(random: Random, charges: boolean): Turn {
    const { periodMs, beginMs } = this.options;
    const third = (beginMs ?? 0) / 3;
    const [from, to] = beginMs === undefined ? [0, periodMs] : charges ? [0, third] : [third, beginMs];
    let due = performance.now() + from + random.next() * (to - from);
    // Always at its own phase, however late the message before was.
    const skip = (): void => {
      // Timers may be early by a millisecond or two.
      const late = performance.now() + 5 - due;
      if (late >= 0) due += periodMs * (Math.floor(late / periodMs) + 1);
    };
    return async () => {
      for (;;) {
        await sleep(Math.max(0, due - performance.now()), undefined, { signal: this.#abort.signal });
        skip();
        if (this.#gate === undefined) return;
        await this.#gate.opened;
        skip();
      }
    };
  }
}

/** Some ids have to be escaped in subjects and keys. */
export function stationIdAt(at: number): string {
  const name = `CS-${String(at + 1).padStart(4, '0')}`;
  return at % 10 === 9 ? `${name}.ä 1` : name;
}

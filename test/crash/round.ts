import { sessionOf, vocabularyOf } from '../client/vocabulary.js';
import { GatewayProcess, type Exit } from '../topology/process.js';
import { check } from './checker.js';
import { DrivenStation, type Rules, type SentMessage } from './driven-station.js';
import { Random } from './random.js';

/**
 * When the gateway is killed. `running`: every transaction has been started, none stopped. `anywhere`: at any moment
 * between the first boot and the last stop.
 */
export type Moment = 'running' | 'anywhere';

export interface RoundOptions {
  readonly seed: number;
  readonly stations: number;
  readonly moment: Moment;
}

export interface RoundResult {
  readonly killedAfter: number;
  readonly messages: number;
  readonly resent: number;
  readonly events: number;
  readonly exit: Exit;
  /** What the checker found; empty: nothing is wrong. */
  readonly problems: readonly string[];
}

const DEADLINE_MS = 60_000;
const MIN_METERS = 3;
const MAX_METERS = 8;
const REPEAT_SHARE = 0.1;

/** Lets the gateway be killed once while stations charge, restarts it, and checks what the log says afterwards. */
export async function runRound({ seed, stations: count, moment }: RoundOptions): Promise<RoundResult> {
  const random = new Random(seed);
  const gateway = await GatewayProcess.start();
  try {
    const round = new Round(gateway, random, count, moment);
    await round.run();
    const exit = await gateway.stop();
    const events = await gateway.events();
    return {
      killedAfter: round.killAt,
      messages: sum(round.stations, ({ messages }) => messages.length),
      resent: sum(round.stations, ({ resent }) => resent),
      events: events.length,
      exit,
      problems: [
        ...(exit === 0 ? [] : [`SIGTERM ended the gateway with ${exit}:\n${gateway.output.join('\n')}`]),
        ...check(round.stations, events),
      ],
    };
  } finally {
    await gateway.close();
  }
}

class Round {
  readonly stations: readonly DrivenStation[];
  /** Number of acknowledged messages after which the gateway is killed. */
  readonly killAt: number;
  readonly #meters: ReadonlyMap<DrivenStation, number>;
  readonly #abort = new AbortController();
  #acknowledged = 0;
  #killed: Promise<void> | undefined;
  #restarted = false;

  constructor(
    private readonly gateway: GatewayProcess,
    random: Random,
    count: number,
    private readonly moment: Moment,
  ) {
    const rules: Rules = {
      url: gateway.ocppUrl,
      random,
      repeatShare: REPEAT_SHARE,
      signal: this.#abort.signal,
      acknowledged: (message) => this.#count(message),
      mayStop: (station, meters) => this.#mayStop(station, meters),
    };
    this.stations = Array.from({ length: count }, (_, at) => stationOf(at, rules));
    this.#meters = new Map(this.stations.map((station) => [station, random.between(MIN_METERS, MAX_METERS)]));
    const least = sum(this.stations, (station) => (this.#meters.get(station) ?? 0) + 3);
    this.killAt = moment === 'running' ? random.between(count, MAX_METERS * count) : random.between(1, least);
  }

  async run(): Promise<void> {
    const timer = setTimeout(() => this.#giveUp(new Error('the round takes too long')), DEADLINE_MS);
    try {
      await Promise.all(this.stations.map(async (station) => await station.run()));
      await this.#killed;
      if (!this.#restarted) throw new Error('the gateway was not killed: the stations were done before');
    } catch (error) {
      this.#giveUp(error);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** For a kill among running transactions, only what comes when all have started counts: the meter values. */
  #count({ part }: SentMessage): void {
    if (this.moment === 'running' && (part !== 'meter' || !this.#allStarted())) return;
    if (++this.#acknowledged === this.killAt) this.#killed = this.#kill();
  }

  #allStarted(): boolean {
    return this.stations.every(({ transactionId }) => transactionId !== undefined);
  }

  async #kill(): Promise<void> {
    try {
      await this.gateway.kill9();
      await this.gateway.start();
      this.#restarted = true;
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** Every station ends with `reason`. */
  #giveUp(reason: unknown): void {
    this.#abort.abort(reason);
    for (const station of this.stations) station.cut();
  }

  #mayStop(station: DrivenStation, meters: number): boolean {
    if (this.moment === 'running' && !this.#restarted) return false;
    return meters >= (this.#meters.get(station) ?? 0);
  }
}

/** Every second station speaks 1.6, the others 2.0.1. */
function stationOf(at: number, rules: Rules): DrivenStation {
  const name = String(at + 1).padStart(4, '0');
  const session = sessionOf({
    evseId: 1,
    idToken: `TAG-${name}`,
    transactionId: `tx-${name}`,
    meterStartWh: at * 1_000,
    startedAt: Date.UTC(2026, 2, 1, 8, 0, at),
  });
  return new DrivenStation(`CS-${name}`, vocabularyOf(at % 2 === 0 ? '1.6' : '2.0.1'), session, rules);
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);

/** The result in a line. */
export function lineOf(options: RoundOptions, result: RoundResult): string {
  const { seed, stations, moment } = options;
  const { killedAfter, messages, resent, events, problems } = result;
  return (
    `seed ${seed}: ${stations} stations, killed ${moment} after ${killedAfter} acknowledgements; ` +
    `${messages} messages, ${resent} of them sent again, ${events} events: ` +
    (problems.length === 0 ? 'nothing lost, nothing twice' : `${problems.length} problems`)
  );
}

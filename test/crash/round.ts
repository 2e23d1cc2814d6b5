import { sessionOf, vocabularyOf, type Message, type Session } from '../client/vocabulary.js';
import { GatewayProcess, type Exit } from '../topology/process.js';
import { check } from '../driven/checker.js';
import type { Answer } from '../driven/line.js';
import { Random, randomFor } from '../driven/random.js';
import type { DrivenTransaction, SentMessage } from '../driven/records.js';
import { DrivenStation, type Rules } from '../driven/station.js';

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
/** Share of the acknowledged messages that a station sends once more, as if it had not seen the answer. */
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
  readonly #charges: readonly Charge[];
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
      url: () => gateway.ocppUrl,
      backOffMs: [15, 30],
      answerWithinMs: DEADLINE_MS,
      bootShare: 0,
      commandMs: 0,
      acknowledged: (message) => this.#count(message),
      signal: this.#abort.signal,
    };
    this.#charges = Array.from({ length: count }, (_, at) => ({
      station: stationOf(at, rules, randomFor(random.seed, at)),
      transaction: { session: sessionAt(at), id: undefined },
      random: randomFor(random.seed, at, 'repeats'),
      meters: random.between(MIN_METERS, MAX_METERS),
    }));
    this.stations = this.#charges.map(({ station }) => station);
    const least = sum(this.#charges, ({ meters }) => meters + 3);
    this.killAt = moment === 'running' ? random.between(count, MAX_METERS * count) : random.between(1, least);
  }

  async run(): Promise<void> {
    const timer = setTimeout(() => this.#giveUp(new Error('the round takes too long')), DEADLINE_MS);
    try {
      await Promise.all(this.#charges.map(async (charge) => await this.#run(charge)));
      await this.#killed;
      if (!this.#restarted) throw new Error('the gateway was not killed: the stations were done before');
    } catch (error) {
      this.#giveUp(error);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Boots once and runs one transaction. After a reconnection the station does not boot again. */
  async #run({ station, transaction, random, meters }: Charge): Promise<void> {
    const { vocabulary } = station;
    const { session } = transaction;
    const deliver = async (part: SentMessage['part'], message: Message): Promise<Answer> => {
      const answer = await station.deliver(part, message, transaction);
      const last = station.messages.at(-1);
      if (last !== undefined && random.chance(REPEAT_SHARE)) await station.repeat(last);
      return answer;
    };
    await station.deliver('boot', vocabulary.boot());
    const id = vocabulary.idOf(session, await deliver('start', vocabulary.start(session)));
    transaction.id = id;
    let done = 0;
    while (!this.#mayStop(done, meters)) await deliver('meter', vocabulary.meter(session, id, ++done));
    await deliver('stop', vocabulary.stop(session, id, done + 1));
    station.cut();
  }

  /** For a kill among running transactions, only what comes when all have started counts: the meter values. */
  #count({ part }: SentMessage): void {
    if (this.moment === 'running' && (part !== 'meter' || !this.#allStarted())) return;
    if (++this.#acknowledged === this.killAt) this.#killed = this.#kill();
  }

  #allStarted(): boolean {
    return this.#charges.every(({ transaction }) => transaction.id !== undefined);
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

  #mayStop(done: number, meters: number): boolean {
    if (this.moment === 'running' && !this.#restarted) return false;
    return done >= meters;
  }
}

interface Charge {
  readonly station: DrivenStation;
  readonly transaction: DrivenTransaction;
  readonly random: Random;
  /** Meter values that it sends at least. */
  readonly meters: number;
}

const nameAt = (at: number): string => String(at + 1).padStart(4, '0');

/** Every second station speaks 1.6, the others 2.0.1. */
function stationOf(at: number, rules: Rules, random: Random): DrivenStation {
  const vocabulary = vocabularyOf(at % 2 === 0 ? '1.6' : '2.0.1');
  return new DrivenStation(`CS-${nameAt(at)}`, vocabulary, rules, random);
}

function sessionAt(at: number): Session {
  return sessionOf({
    evseId: 1,
    idToken: `TAG-${nameAt(at)}`,
    transactionId: `tx-${nameAt(at)}`,
    meterStartWh: at * 1_000,
    startedAt: Date.UTC(2026, 2, 1, 8, 0, at),
  });
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

import { sessionOf, type Message } from '../client/vocabulary.js';
import type { Answer } from '../driven/line.js';
import type { Random } from '../driven/random.js';
import type { DrivenTransaction, Part, SentMessage } from '../driven/records.js';
import type { DrivenStation } from '../driven/station.js';

const METERS: Meters = [3, 8];
const HOUR = 3_600_000;

export interface Visits {
  readonly meters?: Meters;
  /** True: the first car comes as soon as the station has booted, and everything about it is said at once. */
  readonly promptly?: boolean;
}

/** Resolves when the station's next message is due. */
export type Turn = () => Promise<void>;

/** Least and most meter values of a transaction. */
export type Meters = readonly [least: number, most: number];

/** What a station of a load does. */
export interface Activity {
  readonly station: DrivenStation;
  /** Until the turn or the station rejects. */
  run(): Promise<never>;
  /** Acknowledged messages that may be sent once more. */
  readonly repeatable: readonly SentMessage[];
  /** Drops what was written down, but for what may be asked again. */
  forget(): void;
}

/** A station at which one car after the other charges, with what stations say in between. */
export class BusyStation implements Activity {
  #visits = 0;
  #hurries: boolean;
  /** The transaction that runs, or ran last. */
  #transaction: DrivenTransaction | undefined;

  constructor(
    readonly station: DrivenStation,
    /** From 0; no two alike. */
    private readonly at: number,
    private readonly random: Random,
    private readonly turn: Turn,
    private readonly visits: Visits = {},
  ) {
    this.#hurries = visits.promptly === true;
  }

  async run(): Promise<never> {
    await this.#say('boot', this.station.vocabulary.boot());
    for (;;) await this.#visit();
  }

  /** What may be asked again: the last transaction message, and the start of the transaction that it belongs to. */
  get repeatable(): SentMessage[] {
    const { messages } = this.station;
    const ours = messages.filter(({ transaction }) => transaction !== undefined);
    const last = ours.at(-1);
    const start = ours.findLast(({ part }) => part === 'start');
    return [...new Set([start, last])].filter((message) => message !== undefined);
  }

  async #visit(): Promise<void> {
    const { vocabulary } = this.station;
    const session = sessionOf({
      idToken: `TAG-${this.at}`,
      transactionId: `tx-${this.at}-${++this.#visits}`,
      meterStartWh: this.#visits * 10_000,
      startedAt: Date.UTC(2026, 0, 1) + this.#visits * HOUR,
    });
    const transaction: DrivenTransaction = { session, id: undefined };
    if (this.random.chance(0.3)) await this.#say('status', vocabulary.status(1, true));
    if (this.random.chance(0.3)) await this.#say('authorize', vocabulary.authorize(session.idToken));
    const id = vocabulary.idOf(session, await this.#charge('start', vocabulary.start(session), transaction));
    transaction.id = id;
    this.#hurries = false;
    const meters = this.random.between(...(this.visits.meters ?? METERS));
    for (let n = 1; n <= meters; n++) {
      await this.#charge('meter', vocabulary.meter(session, id, n), transaction);
      if (this.random.chance(0.1)) await this.#say('heartbeat', ['Heartbeat', {}]);
    }
    await this.#charge('stop', vocabulary.stop(session, id, meters + 1), transaction);
    if (this.random.chance(0.3)) await this.#say('status', vocabulary.status(1, false));
  }

  async #say(part: Part, message: Message): Promise<void> {
    // Its boot has its turn.
    if (!this.#hurries || part === 'boot') await this.turn();
    await this.station.deliver(part, message);
  }

  async #charge(part: Part, message: Message, transaction: DrivenTransaction): Promise<Answer> {
    if (!this.#hurries) await this.turn();
    this.#transaction = transaction;
    return await this.station.deliver(part, message, transaction);
  }

  forget(): void {
    const kept = this.repeatable;
    this.station.forget((message) => kept.includes(message) && message.transaction === this.#transaction);
  }
}

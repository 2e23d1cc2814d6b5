import { sessionOf, type Message } from '../client/vocabulary.js';
import type { Answer } from '../driven/line.js';
import type { Random } from '../driven/random.js';
import type { DrivenTransaction, Part, SentMessage } from '../driven/records.js';
import type { DrivenStation } from '../driven/station.js';

const METERS = [3, 8] as const;
const HOUR = 3_600_000;

/** Resolves when the station's next message is due. */
export type Turn = () => Promise<void>;

/** A station at which one car after the other charges, with what stations say in between. */
export class BusyStation {
  #visits = 0;
  /** The transaction that runs, or ran last. */
  #transaction: DrivenTransaction | undefined;

  constructor(
    readonly station: DrivenStation,
    /** From 0; no two alike. */
    private readonly at: number,
    private readonly random: Random,
    private readonly turn: Turn,
  ) {}

  /** Until the turn or the station rejects. */
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
    const meters = this.random.between(...METERS);
    for (let n = 1; n <= meters; n++) {
      await this.#charge('meter', vocabulary.meter(session, id, n), transaction);
      if (this.random.chance(0.1)) await this.#say('heartbeat', ['Heartbeat', {}]);
    }
    await this.#charge('stop', vocabulary.stop(session, id, meters + 1), transaction);
    if (this.random.chance(0.3)) await this.#say('status', vocabulary.status(1, false));
  }

  async #say(part: Part, message: Message): Promise<void> {
    await this.turn();
    await this.station.deliver(part, message);
  }

  async #charge(part: Part, message: Message, transaction: DrivenTransaction): Promise<Answer> {
    await this.turn();
    this.#transaction = transaction;
    return await this.station.deliver(part, message, transaction);
  }

  /** Drops what was written down, but for what may be asked again. */
  forget(): void {
    const kept = this.repeatable;
    this.station.forget((message) => kept.includes(message) && message.transaction === this.#transaction);
  }
}

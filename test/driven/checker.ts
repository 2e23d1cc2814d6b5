import { isDeepStrictEqual } from 'node:util';
import type { TransactionReported } from '../../libs/api/mod.js';
import type { LoggedEvent } from '../topology/topology.js';
import type { Part, SentMessage, StationRecord } from './records.js';

/** Which event each message of a transaction must have left. */
const EVENT_OF: Partial<Readonly<Record<Part, string>>> = {
  start: 'transaction.started',
  meter: 'transaction.updated',
  stop: 'transaction.ended',
};

/** What is known of a station from the checks before. */
interface Past {
  number: number;
  incarnation: number | undefined;
  /** The connection that business services know of. */
  connection: string | undefined;
  bootsSent: number;
  bootsAcknowledged: number;
  bootsLogged: number;
}

/**
 * Recomputes, from what the stations wrote down themselves, what must stand in the event log. Part by part: each check gets
 * what was written down and logged since the one before.
 */
export class Checker {
  readonly #past = new Map<string, Past>();
  /** Messages whose events were found. */
  readonly #found = new WeakSet<SentMessage>();
  /** Transactions of 1.6, by the id that the gateway gave. */
  readonly #numbers = new Map<number, SentMessage['transaction']>();

  /**
   * What is wrong, a line each. Every message must have been acknowledged and every command ended, and all that came of it
   * stand in the log.
   * @param log the new events, in the log's order; `station` is the station's id, or its token.
   */
  check(stations: readonly StationRecord[], log: readonly LoggedEvent[]): string[] {
    const byStation = groupedByStation(log);
    const known = new Set(stations.map(({ stationId }) => stationId));
    const strangers = [...byStation.keys()].filter((station) => !known.has(station));
    return [
      ...strangers.map((station) => `${station}: events of a station that does not exist`),
      ...stations.flatMap((station) =>
        this.#checkStation(station, byStation.get(station.stationId) ?? []).map(
          (line) => `${station.stationId}: ${line}`,
        ),
      ),
      ...this.#checkUniqueNumbers(stations),
    ];
  }

  /** True for a transaction message whose event has not been looked for yet. */
  isNew(message: SentMessage): boolean {
    return EVENT_OF[message.part] !== undefined && !this.#found.has(message);
  }

  #checkStation(station: StationRecord, events: readonly LoggedEvent[]): string[] {
    const past = this.#pastOf(station);
    return [
      ...station.strays,
      ...station.errors.map((frame) => `a CALLERROR came: ${JSON.stringify(frame)}`),
      ...checkAnswers(station),
      ...checkNumbers(past, events),
      ...checkConnections(past, events),
      ...this.#checkBoots(past, station, events),
      ...this.#checkTransactions(station, events),
      ...checkCommands(station, events),
    ];
  }

  #pastOf({ stationId }: StationRecord): Past {
    let past = this.#past.get(stationId);
    if (past === undefined) {
      past = {
        number: 0,
        incarnation: undefined,
        connection: undefined,
        bootsSent: 0,
        bootsAcknowledged: 0,
        bootsLogged: 0,
      };
      this.#past.set(stationId, past);
    }
    return past;
  }

  /** No boot but those that were sent, and at least those that were acknowledged. */
  #checkBoots(past: Past, { messages }: StationRecord, events: readonly LoggedEvent[]): string[] {
    for (const message of this.#news(messages, ({ part }) => part === 'boot')) {
      past.bootsSent += message.sentAs.length;
      if (message.answers.length > 0) past.bootsAcknowledged++;
    }
    past.bootsLogged += events.filter(({ type }) => type === 'station.booted').length;
    const { bootsSent, bootsAcknowledged, bootsLogged } = past;
    return bootsLogged >= bootsAcknowledged && bootsLogged <= bootsSent
      ? []
      : [`${bootsSent} boots sent, ${bootsAcknowledged} acknowledged, ${bootsLogged} in the log`];
  }

  /** The transactions' events are exactly their messages: each once, in their order, with their content and id. */
  #checkTransactions({ messages }: StationRecord, events: readonly LoggedEvent[]): string[] {
    const sent = this.#news(messages, (message) => this.isNew(message));
    const logged = events.filter(({ type }) => type.startsWith('transaction.'));
    const problems: string[] = [];
    if (logged.length !== sent.length) {
      problems.push(`${sent.length} transaction messages acknowledged, ${logged.length} in the log`);
    }
    for (const [at, message] of sent.entries()) {
      const entry = logged[at];
      if (entry === undefined) break;
      const wrong = checkMessage(message, entry);
      problems.push(...wrong.map((line) => `message ${at} of ${sent.length} (${message.part}) ${line}`));
      // What follows is out of step, and says nothing more.
      if (wrong.length > 0) break;
    }
    return problems;
  }

  #news(messages: readonly SentMessage[], are: (message: SentMessage) => boolean): SentMessage[] {
    const news = messages.filter((message) => are(message) && !this.#found.has(message));
    for (const message of news) this.#found.add(message);
    return news;
  }

  /** No number is given to two transactions, neither of a station nor of two (1.6). */
  #checkUniqueNumbers(stations: readonly StationRecord[]): string[] {
    const problems: string[] = [];
    for (const { stationId, messages } of stations) {
      for (const { part, transaction, answers } of messages) {
        if (part !== 'start') continue;
        for (const number of answers.map((answer) => answer['transactionId'])) {
          if (typeof number !== 'number') continue;
          const owner = this.#numbers.get(number);
          if (owner !== undefined && owner !== transaction) {
            problems.push(`${stationId}: transaction id ${number} was given to another transaction before`);
          } else this.#numbers.set(number, transaction);
        }
      }
    }
    return problems;
  }
}

/** What is wrong with the whole of a log. */
export function check(stations: readonly StationRecord[], log: readonly LoggedEvent[]): string[] {
  return new Checker().check(stations, log);
}

/** Every message is acknowledged, and always alike; but in 1.6 a repeated StopTransaction by {} (CONFORMANCE 6). */
function checkAnswers({ messages }: StationRecord): string[] {
  return messages.flatMap(({ part, action, answers }, at) => {
    // A boot after a reconnection is tried once.
    if (answers.length === 0)
      return part === 'boot' ? [] : [`message ${at} (${part}) was never acknowledged`];
    // These tell the time, or may be decided anew.
    if (part === 'heartbeat' || part === 'boot' || part === 'authorize') return [];
    const alike = (answer: object): boolean =>
      isDeepStrictEqual(answer, answers[0]) ||
      (action === 'StopTransaction' && Object.keys(answer).length === 0);
    return answers.every(alike)
      ? []
      : [`message ${at} (${part}) was answered differently: ${JSON.stringify(answers)}`];
  });
}

/** Numbers from 1, without a gap, in the order of the log; no id twice; one incarnation. */
function checkNumbers(past: Past, events: readonly LoggedEvent[]): string[] {
  const problems: string[] = [];
  for (const { number, incarnation, type, event } of events) {
    past.incarnation ??= incarnation;
    if (number !== past.number + 1) {
      problems.push(`event ${number} (${type}) follows event ${past.number} in the log`);
    }
    if (incarnation !== past.incarnation) problems.push(`event ${number} is of another incarnation`);
    // With a fixed incarnation and rising numbers no id can stand twice.
    if (event.id !== `${incarnation.toString(36)}-${number}`) {
      problems.push(`event ${number} has the id ${event.id}`);
    }
    past.number = number;
  }
  return problems;
}

/** A station is told to be connected when it was not, and gone by the connection that it had. */
function checkConnections(past: Past, events: readonly LoggedEvent[]): string[] {
  const problems: string[] = [];
  for (const { number, type, event } of events) {
    if (type !== 'station.connected' && type !== 'station.disconnected') continue;
    const { connectionId } = event.data as { connectionId?: string };
    const expected = type === 'station.connected' ? undefined : connectionId;
    if (past.connection !== expected) {
      problems.push(`event ${number} (${type} ${connectionId}) after connection ${past.connection}`);
    }
    past.connection = type === 'station.connected' ? connectionId : undefined;
  }
  return problems;
}

function checkMessage({ part, payload, transaction }: SentMessage, { type, event }: LoggedEvent): string[] {
  const data = event.data as TransactionReported & { ocpp?: unknown };
  const problems: string[] = [];
  if (type !== EVENT_OF[part]) problems.push(`stands in the log as ${type}`);
  if (!isDeepStrictEqual(data.ocpp, payload)) {
    problems.push(
      `has other content in the log: ${JSON.stringify(data.ocpp)}, not ${JSON.stringify(payload)}`,
    );
  }
  if (data.transactionId !== String(transaction?.id)) {
    problems.push(`has id ${data.transactionId} in the log, not ${transaction?.id}`);
  }
  if (part === 'meter' && readingIn(data) !== readingOf(payload)) problems.push('lost its reading');
  return problems;
}

const readingIn = (data: TransactionReported): number | undefined =>
  data.meterValue?.[0]?.sampledValue[0]?.value;

function readingOf(payload: object): number | undefined {
  const { meterValue } = payload as { meterValue?: { sampledValue: { value: string | number }[] }[] };
  const value = meterValue?.[0]?.sampledValue[0]?.value;
  return value === undefined ? undefined : Number(value);
}

/** A command is carried out at most once; one that was carried out ended once. */
function checkCommands({ commands }: StationRecord, events: readonly LoggedEvent[]): string[] {
  const ended = new Map<unknown, number>();
  for (const { type, event } of events) {
    if (type !== 'command.completed') continue;
    const { commandId } = event.data as { commandId?: string };
    ended.set(commandId, (ended.get(commandId) ?? 0) + 1);
  }
  const ids = commands.map(({ id }) => id);
  return [
    ...[...ended].filter(([, times]) => times > 1).map(([id, times]) => `command ${id} ended ${times} times`),
    ...ids.filter((id, at) => ids.indexOf(id) !== at).map((id) => `command ${id} came twice`),
    ...ids.filter((id) => !ended.has(id)).map((id) => `command ${id} was carried out and did not end`),
  ];
}

function groupedByStation(log: readonly LoggedEvent[]): Map<string, LoggedEvent[]> {
  const groups = new Map<string, LoggedEvent[]>();
  for (const logged of log) {
    const group = groups.get(logged.station);
    if (group === undefined) groups.set(logged.station, [logged]);
    else group.push(logged);
  }
  return groups;
}

import { isDeepStrictEqual } from 'node:util';
import type { TransactionReported } from '../../libs/api/mod.js';
import type { LoggedEvent } from '../topology/topology.js';
import type { DrivenStation, SentMessage } from './driven-station.js';

/** What a station wrote down. */
export type StationRecord = Pick<
  DrivenStation,
  'stationId' | 'transactionId' | 'messages' | 'strays' | 'errors'
>;

/** Which event each message of a transaction must have left. */
const EVENT_OF: Readonly<Record<SentMessage['part'], string>> = {
  boot: 'station.booted',
  start: 'transaction.started',
  meter: 'transaction.updated',
  stop: 'transaction.ended',
};

/**
 * Recomputes, from what the stations wrote down themselves, what must stand in the event log; what is wrong with it, a
 * line each. Every message must have been acknowledged.
 */
export function check(stations: readonly StationRecord[], log: readonly LoggedEvent[]): string[] {
  const byStation = groupedByStation(log);
  const known = new Set(stations.map(({ stationId }) => stationId));
  const strangers = [...byStation.keys()].filter((station) => !known.has(station));
  return [
    ...strangers.map((station) => `${station}: events of a station that does not exist`),
    ...stations.flatMap((station) =>
      checkStation(station, byStation.get(station.stationId) ?? []).map(
        (line) => `${station.stationId}: ${line}`,
      ),
    ),
  ];
}

function checkStation(station: StationRecord, events: readonly LoggedEvent[]): string[] {
  return [
    ...station.strays.map((frame) => `a frame that answers nothing came: ${JSON.stringify(frame)}`),
    ...station.errors.map((frame) => `a CALLERROR came: ${JSON.stringify(frame)}`),
    ...checkAnswers(station),
    ...checkNumbers(events),
    ...checkBoots(station, events),
    ...checkTransaction(station, events),
  ];
}

/** Every message is acknowledged, and always alike; but in 1.6 a repeated StopTransaction by {} (CONFORMANCE 6). */
function checkAnswers({ messages }: StationRecord): string[] {
  return messages.flatMap(({ part, action, answers }, at) => {
    if (answers.length === 0) return [`message ${at} (${part}) was never acknowledged`];
    const alike = (answer: object): boolean =>
      isDeepStrictEqual(answer, answers[0]) ||
      (action === 'StopTransaction' && Object.keys(answer).length === 0);
    return answers.every(alike)
      ? []
      : [`message ${at} (${part}) was answered differently: ${JSON.stringify(answers)}`];
  });
}

/** Numbers from 1, without a gap, in the order of the log; no id twice; one incarnation. */
function checkNumbers(events: readonly LoggedEvent[]): string[] {
  const problems: string[] = [];
  const ids = new Set<string>();
  events.forEach(({ number, incarnation, type, event }, at) => {
    if (number !== at + 1) problems.push(`event ${at + 1} of the log has number ${number} (${type})`);
    if (incarnation !== events[0]?.incarnation) problems.push(`event ${number} is of another incarnation`);
    if (ids.has(event.id)) problems.push(`event id ${event.id} stands twice`);
    ids.add(event.id);
  });
  return problems;
}

/** No boot but those that were sent, and at least the one that was acknowledged. */
function checkBoots({ messages }: StationRecord, events: readonly LoggedEvent[]): string[] {
  const sent = messages
    .filter(({ part }) => part === 'boot')
    .reduce((sum, { sentAs }) => sum + sentAs.length, 0);
  const logged = events.filter(({ type }) => type === EVENT_OF.boot).length;
  return logged >= 1 && logged <= sent ? [] : [`${sent} boots sent, ${logged} in the log`];
}

/** The transaction's events are exactly its messages: each once, in their order, with their content and its id. */
function checkTransaction(
  { messages, transactionId }: StationRecord,
  events: readonly LoggedEvent[],
): string[] {
  const sent = messages.filter(({ part }) => part !== 'boot');
  const logged = events.filter(({ type }) => type.startsWith('transaction.'));
  const problems: string[] = [];
  if (logged.length !== sent.length) {
    problems.push(`${sent.length} transaction messages acknowledged, ${logged.length} in the log`);
  }
  sent.forEach(({ part, payload }, at) => {
    const entry = logged[at];
    if (entry === undefined) return;
    const data = entry.event.data as TransactionReported & { ocpp?: unknown };
    if (entry.type !== EVENT_OF[part])
      problems.push(`message ${at} (${part}) stands in the log as ${entry.type}`);
    if (!isDeepStrictEqual(data.ocpp, payload))
      problems.push(`message ${at} (${part}) has other content in the log`);
    if (data.transactionId !== String(transactionId)) {
      problems.push(`message ${at} (${part}) has id ${data.transactionId} in the log, not ${transactionId}`);
    }
    if (part === 'meter' && readingIn(data) !== readingOf(payload))
      problems.push(`message ${at} lost its reading`);
  });
  return problems;
}

const readingIn = (data: TransactionReported): number | undefined =>
  data.meterValue?.[0]?.sampledValue[0]?.value;

function readingOf(payload: object): number | undefined {
  const { meterValue } = payload as { meterValue?: { sampledValue: { value: string | number }[] }[] };
  const value = meterValue?.[0]?.sampledValue[0]?.value;
  return value === undefined ? undefined : Number(value);
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

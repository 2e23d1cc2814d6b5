import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventType, StationEvent } from '../../libs/api/mod.js';
import { meterWh, sessionOf, vocabularyOf, type Session } from '../client/vocabulary.js';
import type { LoggedEvent } from '../topology/topology.js';
import { check, type StationRecord } from './checker.js';
import type { SentMessage } from './driven-station.js';

// Who guards the guard: each kind of damage to a sound log must be found.

const v201 = vocabularyOf('2.0.1');
const session: Session = sessionOf({ transactionId: 'tx-1' });
const METERS = 3;

function record(): StationRecord {
  const message = (
    part: SentMessage['part'],
    [action, payload]: readonly [string, object],
    answer: object,
  ): SentMessage => ({
    part,
    action,
    payload,
    sentAs: ['id'],
    answers: [answer as Record<string, unknown>],
  });
  return {
    stationId: 'CS-1',
    transactionId: 'tx-1',
    strays: [],
    errors: [],
    messages: [
      message('boot', v201.boot(), { status: 'Accepted' }),
      message('start', v201.start(session), { idTokenInfo: { status: 'Accepted' } }),
      ...[1, 2, 3].map((n) => message('meter', v201.meter(session, 'tx-1', n), {})),
      message('stop', v201.stop(session, 'tx-1', METERS + 1), {}),
    ],
  };
}

function logOf({ messages }: StationRecord): LoggedEvent[] {
  const typeOf = {
    boot: 'station.booted',
    start: 'transaction.started',
    meter: 'transaction.updated',
    stop: 'transaction.ended',
  };
  const events = messages.map(({ part, payload }, at) => {
    const meterValue = [{ timestamp: '', sampledValue: [{ value: meterWh(session, at - 1) }] }];
    return entry(typeOf[part], { transactionId: 'tx-1', meterValue, ocpp: payload });
  });
  return renumbered([entry('station.connected', {}), ...events]);
}

function entry(type: string, data: object): LoggedEvent {
  const event = { type, data } as unknown as StationEvent<EventType>;
  return { station: 'CS-1', incarnation: 1, number: 0, type, event };
}

const renumbered = (events: readonly LoggedEvent[]): LoggedEvent[] =>
  events.map((logged, at) => ({
    ...logged,
    number: at + 1,
    event: { ...logged.event, id: `1-${at + 1}` } as StationEvent,
  }));

const without = (events: readonly LoggedEvent[], at: number): LoggedEvent[] =>
  events.filter((_, index) => index !== at);

test('a sound log has no problems', () => {
  const station = record();
  assert.deepEqual(check([station], logOf(station)), []);
});

test('an event that is missing is found, wherever it stood, also when the numbers have no gap', () => {
  const station = record();
  const log = logOf(station);
  for (let at = 1; at < log.length; at++) {
    assert.notDeepEqual(check([station], without(log, at)), [], `event ${at}`);
    assert.notDeepEqual(check([station], renumbered(without(log, at))), [], `event ${at}, renumbered`);
  }
});

test('an event that stands twice is found, under the same number or a new one', () => {
  const station = record();
  const log = logOf(station);
  for (let at = 1; at < log.length; at++) {
    const twice = [...log.slice(0, at + 1), ...log.slice(at)];
    assert.notDeepEqual(check([station], twice), [], `event ${at}`);
    assert.notDeepEqual(check([station], renumbered(twice)), [], `event ${at}, renumbered`);
  }
});

test('events in another order are found', () => {
  const station = record();
  const log = logOf(station);
  for (let at = 2; at + 1 < log.length; at++) {
    const swapped = [...log];
    [swapped[at], swapped[at + 1]] = [log[at + 1], log[at]] as [LoggedEvent, LoggedEvent];
    assert.notDeepEqual(check([station], renumbered(swapped)), [], `events ${at} and ${at + 1}`);
  }
});

test('other content, another transaction id, a lost reading, another incarnation and a stranger are found', () => {
  const station = record();
  const changed = (at: number, change: object): LoggedEvent[] =>
    logOf(station).map((logged, index) =>
      index === at
        ? { ...logged, event: { ...logged.event, data: { ...logged.event.data, ...change } } as StationEvent }
        : logged,
    );
  assert.match(check([station], changed(3, { ocpp: {} })).join(), /other content/);
  assert.match(check([station], changed(3, { transactionId: 'tx-2' })).join(), /has id tx-2/);
  assert.match(check([station], changed(3, { meterValue: [] })).join(), /lost its reading/);
  const reborn = logOf(station).map((logged, at) => (at > 3 ? { ...logged, incarnation: 2 } : logged));
  assert.match(check([station], reborn).join(), /another incarnation/);
  const stranger = { ...entry('station.connected', {}), station: 'CS-9' };
  assert.match(
    check([station], [...logOf(station), stranger]).join(),
    /CS-9: events of a station that does not exist/,
  );
});

test('what the station saw itself is found: no answer, different answers, strays, CALLERRORs', () => {
  const station = record();
  const log = logOf(station);
  const answered = (...answers: Record<string, unknown>[]): StationRecord => ({
    ...station,
    messages: station.messages.map((message, at) => (at === 1 ? { ...message, answers } : message)),
  });
  assert.match(check([answered()], log).join(), /never acknowledged/);
  assert.match(check([answered({ a: 1 }, { a: 2 })], log).join(), /answered differently/);
  assert.match(check([{ ...station, strays: [[3, 'x', {}]] }], log).join(), /answers nothing/);
  assert.match(check([{ ...station, errors: [[4, 'x', 'InternalError']] }], log).join(), /CALLERROR/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventType, StationEvent } from '../../libs/api/mod.js';
import { meterWh, sessionOf, vocabularyOf, type Session } from '../client/vocabulary.js';
import type { LoggedEvent } from '../topology/topology.js';
import { check, Checker } from './checker.js';
import type { DrivenTransaction, SentMessage, StationRecord } from './records.js';

// Who guards the guard: each kind of damage to a sound log must be found.

const v201 = vocabularyOf('2.0.1');
const session: Session = sessionOf({ transactionId: 'tx-1' });
const METERS = 3;
const COMMAND = { id: 'command-1', action: 'DataTransfer', payload: {} };

function messageOf(
  part: SentMessage['part'],
  [action, payload]: readonly [string, object],
  answer: object,
  transaction: DrivenTransaction = { session, id: 'tx-1' },
): SentMessage {
  const answers = [answer as Record<string, unknown>];
  return { part, action, payload, transaction, sentAt: 0, sentAs: ['id'], answers };
}

function record(): StationRecord {
  return {
    stationId: 'CS-1',
    strays: [],
    errors: [],
    commands: [COMMAND],
    messages: [
      messageOf('boot', v201.boot(), { status: 'Accepted' }),
      messageOf('start', v201.start(session), { idTokenInfo: { status: 'Accepted' } }),
      ...[1, 2, 3].map((n) => messageOf('meter', v201.meter(session, 'tx-1', n), {})),
      messageOf('stop', v201.stop(session, 'tx-1', METERS + 1), {}),
    ],
  };
}

const TYPE_OF: Readonly<Record<string, string>> = {
  boot: 'station.booted',
  start: 'transaction.started',
  meter: 'transaction.updated',
  stop: 'transaction.ended',
};

function logOf({ messages, commands }: StationRecord): LoggedEvent[] {
  const events = messages.map(({ part, payload }, at) => {
    const meterValue = [{ timestamp: '', sampledValue: [{ value: meterWh(session, at - 1) }] }];
    return entry(TYPE_OF[part] ?? '', { transactionId: 'tx-1', meterValue, ocpp: payload });
  });
  const ends = commands.map(({ id }) => entry('command.completed', { commandId: id, outcome: 'result' }));
  return renumbered([entry('station.connected', { connectionId: 'c-1' }), ...events, ...ends]);
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
  for (let at = 0; at < log.length; at++) {
    if (at < log.length - 1) assert.notDeepEqual(check([station], without(log, at)), [], `event ${at}`);
    // That the station was connected is nothing that it wrote down.
    if (at > 0) {
      assert.notDeepEqual(check([station], renumbered(without(log, at))), [], `event ${at}, renumbered`);
    }
  }
});

test('an event that stands twice is found, under the same number or a new one', () => {
  const station = record();
  const log = logOf(station);
  for (let at = 0; at < log.length; at++) {
    const twice = [...log.slice(0, at + 1), ...log.slice(at)];
    assert.notDeepEqual(check([station], twice), [], `event ${at}`);
    assert.notDeepEqual(check([station], renumbered(twice)), [], `event ${at}, renumbered`);
  }
});

test('events in another order are found', () => {
  const station = record();
  const log = logOf(station);
  for (let at = 2; at + 2 < log.length; at++) {
    const swapped = [...log];
    [swapped[at], swapped[at + 1]] = [log[at + 1], log[at]] as [LoggedEvent, LoggedEvent];
    assert.notDeepEqual(check([station], renumbered(swapped)), [], `events ${at} and ${at + 1}`);
  }
});

test('two writers are found: a number twice, another incarnation, an id that is not its number, a second connection', () => {
  const station = record();
  const log = logOf(station);
  const forked = [...log.slice(0, 4), ...log.slice(3)];
  assert.match(check([station], forked).join(), /event 4 \(transaction\.updated\) follows event 4/);
  const reborn = log.map((logged, at) => (at > 3 ? { ...logged, incarnation: 2 } : logged));
  assert.match(check([station], reborn).join(), /another incarnation/);
  const renamed = log.map((logged, at) =>
    at === 3 ? { ...logged, event: { ...logged.event, id: '1-3' } as StationEvent } : logged,
  );
  assert.match(check([station], renamed).join(), /event 4 has the id 1-3/);
  const second = renumbered([...log, entry('station.connected', { connectionId: 'c-2' })]);
  assert.match(check([station], second).join(), /station\.connected c-2\) after connection c-1/);
  const other = renumbered([...log, entry('station.disconnected', { connectionId: 'c-2' })]);
  assert.match(check([station], other).join(), /station\.disconnected c-2\) after connection c-1/);
});

test('other content, another transaction id, a lost reading and a stranger are found', () => {
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
  assert.match(
    check([{ ...station, strays: ['a frame that answers nothing'] }], log).join(),
    /answers nothing/,
  );
  assert.match(check([{ ...station, errors: [[4, 'x', 'InternalError']] }], log).join(), /CALLERROR/);
});

test('a boot that nobody sent, and one that was answered and is not in the log, are found', () => {
  const station = record();
  const log = logOf(station);
  const booted = log.filter(({ type }) => type === 'station.booted');
  assert.match(check([station], renumbered([...log, ...booted])).join(), /1 boots sent, .* 2 in the log/);
  const unlogged = renumbered(log.filter(({ type }) => type !== 'station.booted'));
  assert.match(check([station], unlogged).join(), /1 acknowledged, 0 in the log/);
});

test('a command that is carried out twice, ends twice or does not end is found', () => {
  const station = record();
  const log = logOf(station);
  const twice: StationRecord = { ...station, commands: [COMMAND, COMMAND] };
  assert.match(check([twice], log).join(), /command-1 came twice/);
  const last = log.slice(-1);
  assert.match(check([station], renumbered([...log, ...last])).join(), /command-1 ended 2 times/);
  assert.match(check([station], log.slice(0, -1)).join(), /command-1 was carried out and did not end/);
});

test('a 1.6 transaction id that two transactions got is found, also over stations and checks', () => {
  const v16 = vocabularyOf('1.6');
  const stationOf = (stationId: string, transaction: DrivenTransaction): StationRecord => ({
    ...record(),
    stationId,
    commands: [],
    messages: [messageOf('start', v16.start(session), { transactionId: 7 }, transaction)],
  });
  const one = stationOf('CS-1', { session, id: 7 });
  const other = stationOf('CS-2', { session, id: 7 });
  assert.match(check([one, other], []).join(), /transaction id 7 was given to another transaction/);
  const checker = new Checker();
  assert.doesNotMatch(checker.check([one, one], []).join(), /another transaction/);
  assert.match(checker.check([other], []).join(), /transaction id 7 was given/);
});

test('a log that is checked in parts is checked as a whole is', () => {
  const station = record();
  const log = logOf(station);
  const part = (from: number, to: number): StationRecord => ({
    ...station,
    commands: to === station.messages.length ? station.commands : [],
    messages: station.messages.slice(from, to),
  });
  const checker = new Checker();
  assert.deepEqual(checker.check([part(0, 3)], log.slice(0, 4)), []);
  // The message before is kept, for it may be repeated; its event has been found.
  assert.deepEqual(checker.check([part(2, 6)], log.slice(4)), []);
  const lost = new Checker();
  assert.deepEqual(lost.check([part(0, 3)], log.slice(0, 4)), []);
  assert.match(lost.check([part(3, 6)], log.slice(5)).join(), /follows event 4/);
});

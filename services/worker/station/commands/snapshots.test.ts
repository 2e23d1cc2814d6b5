import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMITS } from '../limits.js';
import { booted, connected, eventsOf, sent, statuses } from '../commands.fixture.js';
import { START, TestStation } from '../station.fixture.js';

/** Questions to the actor, and taking commands back. */

const ACCEPTED = { status: 'Accepted' };
const about = (station: TestStation, commandId: string) =>
  station.ask({ kind: 'query', about: 'command', commandId });

describe('a question about a command', () => {
  test('follows it from the queue to its end', () => {
    const station = new TestStation();
    station.enqueue('ClearCache', {}, { id: 'a', ttlMs: 60_000, supersedeKey: 'key', keyed: true });
    const taken = { commandId: 'a', action: 'ClearCache', takenAt: START, supersedeKey: 'key' };
    const waits = { ...taken, state: 'queued', expiresAt: START + 60_000 };
    assert.deepEqual(about(station, 'a'), waits);
    station.crash();
    assert.deepEqual(about(station, 'a'), waits);
    station.pass(1_000);
    station.connect();
    assert.deepEqual(about(station, 'a'), { ...taken, state: 'sent' });
    station.disconnect();
    assert.deepEqual(about(station, 'a'), { ...taken, state: 'sent' }, 'it waits to be sent again');
    station.connect({ ...station.connection, connectionId: 'c2' });
    station.result('a', ACCEPTED);
    const ended = { commandId: 'a', action: 'ClearCache', state: 'ended', takenAt: START };
    const outcome = { status: 'result', payload: ACCEPTED };
    assert.deepEqual(about(station, 'a'), { ...ended, outcome });
    station.pass(LIMITS.outcomeAgeMs);
    assert.deepEqual(about(station, 'a'), { ...ended, outcome: { status: 'result' } });
  });

  test('how one ended is known longer than in which words', () => {
    const station = new TestStation();
    station.command('ClearCache', {}, { id: 'a' });
    assert.match(
      JSON.stringify(about(station, 'a')),
      /"status":"offline","description":"the command ended so/,
    );
  });

  test('that was never taken, or is not known: null', () => {
    const station = connected('2.0.1');
    station.command('Reset', { type: 'Now' }, { id: 'a' });
    assert.deepEqual(statuses(station), ['a refused']);
    for (const id of ['a', 'nobody', '']) assert.equal(about(station, id), null);
    assert.equal(station.ask({ kind: 'query', about: 'job', commandId: 'a' }), null);
  });
});

describe('a question about the station', () => {
  test('tells all that is known at this moment', () => {
    const station = booted('1.6', 'Accepted');
    const timestamp = '2026-11-21T10:00:00Z';
    station.call('1.6', 'StartTransaction', { connectorId: 1, idTag: 'A', meterStart: 0, timestamp });
    station.call('1.6', 'StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Charging' });
    station.command('ClearCache', {}, { id: 'a' });
    station.enqueue('ClearCache', {}, { id: 'b' });
    station.pass(1_000);
    station.call('1.6', 'Heartbeat', {});
    assert.deepEqual(station.ask({ kind: 'query', about: 'station' }), {
      stationId: 'ST-1',
      registration: 'Accepted',
      connection: {
        connectionId: 'c1',
        edgeId: 'e1',
        version: '1.6',
        connectedAt: START,
        securityProfile: 1,
        lastSeenAt: START + 1_000,
      },
      connectors: [{ evseId: 1, connectorId: 1, status: 'Occupied' }],
      transactions: [{ transactionId: '100', evseId: 1, connectorId: 1, startedAt: START }],
      commands: [
        { commandId: 'a', action: 'ClearCache', state: 'sent', takenAt: START },
        {
          commandId: 'b',
          action: 'ClearCache',
          state: 'queued',
          takenAt: START,
          expiresAt: START + 86_400_000,
        },
      ],
      jobs: [],
      eventNumber: station.events.length,
    });
  });

  test('of which nothing is known creates no record', () => {
    const station = new TestStation();
    assert.deepEqual(station.ask({ kind: 'query', about: 'station' }), {
      stationId: 'ST-1',
      registration: 'None',
      connectors: [],
      transactions: [],
      commands: [],
      jobs: [],
      eventNumber: 0,
    });
    about(station, 'a');
    station.cancel('a');
    assert.equal(station.record, undefined);
    assert.ok(station.mayPassivate);
  });

  test('agrees with the events: after a restart it is connected until it is told to be gone', () => {
    const station = connected();
    const isConnected = () => {
      const answer = station.ask({ kind: 'query', about: 'station' });
      return typeof answer === 'object' && answer !== null && 'connection' in answer;
    };
    station.crash();
    assert.ok(isConnected());
    station.pass(10_000);
    assert.equal(station.typesOfEvents().at(-1), 'station.disconnected');
    assert.ok(!isConnected());
  });

  test('when nobody waits for the answer changes nothing', () => {
    const station = connected();
    assert.deepEqual(station.tell({ type: 'query', query: { kind: 'query', about: 'station' } }), []);
  });
});

describe('taking back', () => {
  test('a command that waits ends as cancelled, and is never sent', () => {
    const station = new TestStation();
    for (const id of ['a', 'b']) station.enqueue('ClearCache', {}, { id, keyed: true });
    const answer = station.cancel('a');
    assert.ok(station.committed);
    assert.deepEqual(answer, {
      commandId: 'a',
      action: 'ClearCache',
      state: 'ended',
      takenAt: START,
      outcome: { status: 'cancelled', description: 'it was taken back before it was sent' },
    });
    station.crash();
    assert.deepEqual(station.cancel('a'), answer, 'twice is once');
    station.connect();
    assert.deepEqual(sent(station), ['b']);
    assert.deepEqual(statuses(station), ['a cancelled']);
    assert.ok(eventsOf(station).includes('a command.completed cancelled'));
  });

  test('also an immediate one that waits', () => {
    const station = connected();
    for (const id of ['a', 'b']) station.command('ClearCache', {}, { id });
    station.cancel('b');
    assert.deepEqual(statuses(station), ['b cancelled']);
  });

  test('what was sent goes on, also when it waits to be sent again', () => {
    const station = connected();
    station.enqueue('ClearCache', {}, { id: 'a' });
    const isSent = () => JSON.stringify(station.cancel('a')).includes('"state":"sent"');
    assert.ok(isSent());
    station.disconnect();
    assert.ok(isSent());
    assert.ok(!station.committed);
    assert.deepEqual(statuses(station), []);
  });

  test('what is not known: null', () => {
    assert.equal(connected().cancel('nobody'), null);
  });
});

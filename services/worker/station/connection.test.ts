import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Connection } from '../../../libs/link/mod.js';
import { configWith, connectionOf, START, TestStation } from './station.fixture.js';

/** DESIGN invariant 4: the newest connection wins; "Registration and reconnection". */

const older = connectionOf('1.6', 'old', { connectedAt: START });
const newer = connectionOf('1.6', 'new', { connectedAt: START + 1 });

const closed = (station: TestStation) =>
  station.last.flatMap((effect) => (effect.type === 'close' ? [effect.connection.connectionId] : []));
const current = (station: TestStation) => station.state.connection?.connectionId;
const heartbeat = (station: TestStation, connection: Connection) =>
  station.call('1.6', 'Heartbeat', {}, { connection });

describe('connections', () => {
  test('opening and closing are told', () => {
    const station = new TestStation();
    station.connect(connectionOf('1.6', 'c1', { edgeId: 'e7', securityProfile: 2 }));
    assert.deepEqual(station.lastEvent('station.connected').data, {
      connectionId: 'c1',
      edgeId: 'e7',
      securityProfile: 2,
    });
    assert.ok(!station.mayPassivate);
    station.disconnect(1001);
    assert.deepEqual(station.lastEvent('station.disconnected').data, {
      connectionId: 'c1',
      edgeId: 'e7',
      reason: 'closed',
      code: 1001,
    });
    assert.equal(station.lastEvents[0]?.ocppversion, '1.6');
    assert.ok(station.mayPassivate);
  });

  test('a new one takes over: the older is closed, and both facts are told in order', () => {
    const station = new TestStation();
    station.connect(older);
    station.connect(newer);
    assert.deepEqual(closed(station), ['old']);
    assert.deepEqual(station.counts, ['connection_superseded']);
    assert.deepEqual(
      station.lastEvents.map(({ type, data }) => [type, 'connectionId' in data && data.connectionId]),
      [
        ['station.disconnected', 'old'],
        ['station.connected', 'new'],
      ],
    );
    assert.equal(station.lastEvent('station.disconnected').data.reason, 'superseded');
  });

  test('one just opened wins although its edge has a slow clock', () => {
    const station = new TestStation();
    station.connect(newer);
    station.connect(older);
    assert.deepEqual(closed(station), ['new']);
    assert.equal(current(station), 'old');
    heartbeat(station, newer);
    assert.equal(current(station), 'old', 'and the loser does not come back');
    assert.equal(station.answer, undefined);
  });

  test('late messages of the older one change nothing, are not answered, and close it again', () => {
    const station = new TestStation();
    station.connect(older);
    station.connect(newer);
    const before = station.state;
    const start = { connectorId: 1, idTag: 'A', meterStart: 0, timestamp: '2026-11-21T10:00:00Z' };
    assert.equal(station.call('1.6', 'StartTransaction', start, { connection: older }), undefined);
    assert.deepEqual(station.counts, ['stale_connection']);
    assert.deepEqual(closed(station), ['old']);
    station.tell({ type: 'disconnected', connection: older, code: 1000 });
    assert.deepEqual(station.last, []);
    assert.deepEqual(station.state, before);
  });

  test('an answer is sent only on the connection that the CALL came in on', () => {
    const station = new TestStation('1.6', configWith(['Authorize']));
    station.connect(older);
    station.call('1.6', 'Authorize', { idTag: 'A' });
    const askId = station.state.asks[0]?.askId ?? '';
    station.connect(newer);
    station.tell({ type: 'decided', askId, answer: { idTagInfo: { status: 'Accepted' } } });
    assert.equal(station.answer, undefined);
  });

  test('the same announcement again changes nothing', () => {
    const station = new TestStation();
    station.connect(older);
    for (const resumed of [true, false]) {
      station.connect(older, resumed);
      assert.deepEqual(station.last, []);
    }
  });

  test('after the newer one has closed, a CALL of the older does not revive it', () => {
    const station = new TestStation();
    station.connect(older);
    station.connect(newer);
    station.disconnect();
    heartbeat(station, older);
    assert.equal(station.answer, undefined);
    assert.deepEqual(station.counts, ['stale_connection']);
  });
});

describe('a new owner of the station', () => {
  test('learns the connection from the announcement, and tells nothing twice', () => {
    const station = new TestStation();
    station.connect(older);
    station.crash();
    assert.equal(current(station), undefined);
    station.connect(older, true);
    assert.equal(current(station), 'old');
    assert.deepEqual(station.lastEvents, []);
  });

  test('or from its first CALL', () => {
    const station = new TestStation();
    station.connect(older);
    station.crash();
    heartbeat(station, older);
    assert.ok(station.payload.currentTime);
    assert.deepEqual(station.lastEvents, []);
    assert.equal(station.wakeAt, null);
  });

  test('a CALL of a connection that it was never told of makes it known', () => {
    const station = new TestStation();
    heartbeat(station, older);
    assert.ok(station.payload.currentTime);
    station.lastEvent('station.connected');
  });

  for (const order of [
    [older, newer],
    [newer, older],
  ]) {
    test(`of two that are announced the one opened last wins, in either order (${order[0]?.connectionId} first)`, () => {
      const station = new TestStation();
      for (const connection of order) station.connect(connection, true);
      assert.equal(current(station), 'new');
      assert.deepEqual(closed(station), ['old']);
    });

    test(`and by their CALLs alone (${order[0]?.connectionId} first)`, () => {
      const station = new TestStation();
      for (const connection of order) heartbeat(station, connection);
      assert.equal(current(station), 'new');
    });
  }

  test('one that won although its edge has a slow clock stays the winner', () => {
    for (const order of [
      [newer, older],
      [older, newer],
    ]) {
      const station = new TestStation();
      station.connect(newer);
      station.connect(older);
      station.crash();
      for (const connection of order) station.connect(connection, true);
      assert.equal(current(station), 'old');
      assert.equal(station.events.length, 3, 'nothing is told twice');
    }
  });

  test('opened in the same millisecond: the greater id, in either order', () => {
    const a = connectionOf('1.6', 'a');
    const b = connectionOf('1.6', 'b');
    for (const order of [
      [a, b],
      [b, a],
    ]) {
      const station = new TestStation();
      for (const connection of order) station.connect(connection, true);
      assert.equal(current(station), 'b');
    }
  });

  test('is told that the connection closed meanwhile', () => {
    const station = new TestStation();
    station.connect(older);
    station.crash();
    station.tell({ type: 'disconnected', connection: older, code: 1006 });
    assert.equal(station.lastEvent('station.disconnected').data.reason, 'closed');
    assert.equal(station.wakeAt, null);
    assert.ok(station.mayPassivate);
  });

  test('another connection came meanwhile: the one before is lost', () => {
    const station = new TestStation();
    station.connect(older);
    station.crash();
    station.connect(newer);
    assert.equal(station.lastEvent('station.disconnected').data.reason, 'lost');
    station.lastEvent('station.connected');
  });

  test('nobody tells of it: lost when the grace is over', () => {
    const station = new TestStation('1.6', configWith([], { reconnectGraceMs: 4_000 }));
    station.connect(older);
    station.crash();
    assert.equal(station.wakeAt, station.now + 4_000);
    station.pass(3_999);
    assert.deepEqual(station.lastEvents, []);
    station.pass(1);
    assert.deepEqual(station.lastEvent('station.disconnected').data, {
      connectionId: 'old',
      edgeId: 'e1',
      reason: 'lost',
    });
    assert.ok(station.mayPassivate);
  });

  test('does not wait for a connection that was told to be gone', () => {
    const station = new TestStation();
    station.connect(older);
    station.disconnect();
    station.crash();
    assert.equal(station.wakeAt, null);
    assert.ok(station.mayPassivate);
  });
});

describe('a station that changes its version', () => {
  test('each connection is served in its own (CONFORMANCE 1: the version belongs to the connection)', () => {
    const station = new TestStation('1.6');
    station.connect();
    const timestamp = '2026-11-21T10:00:00Z';
    station.call('1.6', 'StartTransaction', { connectorId: 1, idTag: 'A', meterStart: 0, timestamp });
    const { transactionId } = station.payload;
    station.connect(connectionOf('2.0.1', 'c2'));
    station.call('2.0.1', 'TransactionEvent', {
      eventType: 'Started',
      seqNo: 0,
      timestamp,
      triggerReason: 'Trigger',
      transactionInfo: { transactionId: String(transactionId) },
    });
    station.lastEvent('transaction.started');
    assert.equal(station.state.live.length, 2, 'the ids of the versions do not mix');
  });
});

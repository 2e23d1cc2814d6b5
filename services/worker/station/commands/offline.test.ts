import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connected, sent, statuses } from '../commands.fixture.js';
import { connectionOf, TestStation } from '../station.fixture.js';

/** Immediate commands when the connection, or the actor's process, goes (DESIGN invariant 5). */

describe('a station that is not there', () => {
  test('never connected: offline at once', () => {
    const station = new TestStation();
    assert.equal(station.command('ClearCache', {})?.status, 'offline');
    assert.ok(station.mayPassivate);
  });

  test('disconnected: offline at once', () => {
    const station = connected();
    station.disconnect();
    assert.equal(station.command('ClearCache', {})?.status, 'offline');
  });

  test('when it goes, all end: the one that was sent may have been carried out', () => {
    const station = connected();
    for (const id of ['k1', 'k2', 'k3']) station.command('ClearCache', {}, { id });
    station.disconnect();
    assert.deepEqual(statuses(station), ['k1 offline', 'k2 offline', 'k3 offline']);
    const [first, second] = station.outcomes.map(({ outcome }) => outcome);
    assert.match(first?.status === 'offline' ? first.description : '', /may have carried it out/);
    assert.match(second?.status === 'offline' ? second.description : '', /before it was sent/);
    assert.ok(station.mayPassivate);
  });

  test('when it reconnects, the one that was sent ends and the others go to the new connection', () => {
    const station = connected();
    for (const id of ['k1', 'k2']) station.command('ClearCache', {}, { id });
    station.connect(connectionOf('1.6', 'c2'));
    assert.deepEqual(statuses(station), ['k1 offline']);
    assert.deepEqual(
      station.orders().map(({ id, connection }) => [id, connection.connectionId]),
      [
        ['k1', 'c1'],
        ['k2', 'c2'],
      ],
    );
    station.result('k2', { status: 'Accepted' });
    assert.deepEqual(statuses(station), ['k1 offline', 'k2 result']);
  });

  test('a result on an older connection changes nothing', () => {
    const station = connected();
    const old = station.connection;
    station.command('ClearCache', {}, { id: 'k1' });
    station.command('ClearCache', {}, { id: 'k2' });
    station.connect(connectionOf('1.6', 'c2'));
    station.result('k2', { status: 'Accepted' }, old);
    assert.ok(station.counts.includes('stale_connection'));
    assert.deepEqual(statuses(station), ['k1 offline']);
  });

  test('one that waits is refused when the station comes back with another version', () => {
    const station = connected('1.6');
    for (const id of ['k1', 'k2']) station.command('ClearCache', {}, { id });
    station.connect(connectionOf('2.0.1', 'c2'));
    assert.deepEqual(statuses(station), ['k1 offline', 'k2 refused']);
    assert.equal(sent(station).length, 1);
  });
});

describe('after a restart', () => {
  test('the outstanding one is sent again on its connection, and the others wait', () => {
    const station = connected();
    for (const id of ['k1', 'k2']) station.command('ClearCache', {}, { id });
    station.crash();
    assert.deepEqual(sent(station), ['k1'], 'no connection is known yet');
    station.connect(station.connection, true);
    assert.deepEqual(sent(station), ['k1', 'k1']);
    station.result('k1', { status: 'Accepted' });
    assert.deepEqual(sent(station), ['k1', 'k1', 'k2']);
    assert.deepEqual(statuses(station), ['k1 result']);
  });

  test('its time goes on', () => {
    const station = connected();
    station.command('ClearCache', {}, { id: 'k1', timeoutMs: 5_000 });
    station.crash();
    station.connect(station.connection, true);
    station.pass(5_000);
    assert.deepEqual(statuses(station), ['k1 timeout']);
  });

  test('on another connection it has ended', () => {
    const station = connected();
    for (const id of ['k1', 'k2']) station.command('ClearCache', {}, { id });
    station.crash();
    station.connect(connectionOf('1.6', 'c2'));
    assert.deepEqual(statuses(station), ['k1 offline']);
    assert.deepEqual(sent(station), ['k1', 'k2']);
  });

  test('a command waits for the edges to tell of the connection', () => {
    const station = connected();
    station.crash();
    assert.equal(station.command('ClearCache', {}, { id: 'k1' }), undefined);
    assert.deepEqual(sent(station), []);
    station.connect(station.connection, true);
    assert.deepEqual(sent(station), ['k1']);
  });

  test('and is offline when none does', () => {
    const station = connected();
    station.command('ClearCache', {}, { id: 'k1' });
    station.crash();
    station.command('ClearCache', {}, { id: 'k2' });
    assert.ok(!station.mayPassivate);
    station.pass(10_000);
    assert.deepEqual(statuses(station), ['k1 offline', 'k2 offline']);
    assert.ok(station.mayPassivate);
  });

  test('a result that comes before the connection was told again counts', () => {
    const station = connected();
    station.command('ClearCache', {}, { id: 'k1' });
    station.crash();
    station.result('k1', { status: 'Accepted' });
    assert.deepEqual(statuses(station), ['k1 result']);
  });

  test('a result that was dealt with before is acknowledged again', () => {
    const station = connected();
    station.command('ClearCache', {}, { id: 'k1' });
    station.result('k1', { status: 'Accepted' });
    station.crash();
    station.connect(station.connection, true);
    const effects = station.result('k1', { status: 'Accepted' });
    assert.ok(effects.some(({ type }) => type === 'received'));
    assert.deepEqual(station.counts, ['late_result']);
    assert.deepEqual(statuses(station), ['k1 result']);
  });
});

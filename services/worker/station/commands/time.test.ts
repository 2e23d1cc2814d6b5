import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connected, eventsOf, sent, statuses } from '../commands.fixture.js';
import { connectionOf, TestStation } from '../station.fixture.js';

/** Times that run out before the actor is woken: while its process was away, or in the moment before the timer. */

const ACCEPTED = { status: 'Accepted' };

/** Lets time pass without waking the actor. */
const away = (station: TestStation, ms: number): void => void (station.now += ms);

describe('a command whose time is up is not sent', () => {
  test('although the station comes before the actor is woken', () => {
    const station = new TestStation();
    station.enqueue('ClearCache', {}, { id: 'a', ttlMs: 60_000 });
    station.enqueue('ClearCache', {}, { id: 'b', ttlMs: 60_001 });
    away(station, 60_000);
    station.crash();
    station.connect();
    assert.deepEqual(sent(station), ['b']);
    assert.deepEqual(statuses(station), ['a expired']);
    assert.match(JSON.stringify(station.outcomes), /after 60000 ms: it was not sent/);
    assert.deepEqual(eventsOf(station).slice(2), ['a command.completed expired', 'b command.sent']);
  });

  test('although the one before it is answered just then', () => {
    const station = connected();
    for (const id of ['a', 'b']) station.command('ClearCache', {}, { id, timeoutMs: 5_000 });
    away(station, 5_000);
    station.result('a', ACCEPTED);
    assert.deepEqual(sent(station), ['a']);
    assert.deepEqual(statuses(station), ['a result', 'b expired']);
  });

  test('nor sent again: the station may have carried it out', () => {
    const station = connected();
    station.enqueue('ClearCache', {}, { id: 'a', ttlMs: 10_000 });
    away(station, 10_000);
    station.connect(connectionOf('1.6', 'c2'));
    assert.deepEqual(sent(station), ['a']);
    assert.deepEqual(statuses(station), ['a timeout']);
    assert.match(JSON.stringify(station.outcomes), /may have carried it out/);
  });
});

describe('a durable command that was out when its process died, for longer than the station had to answer', () => {
  function restarted(options: { once?: boolean } = {}): TestStation {
    const station = connected();
    station.enqueue('ClearCache', {}, { id: 'a', ...options });
    away(station, 60_000);
    station.crash();
    return station;
  }

  test('is sent again on the next connection', () => {
    const station = restarted();
    station.pass(9_999);
    assert.deepEqual(statuses(station), []);
    station.connect(connectionOf('1.6', 'c2'));
    station.result('a', ACCEPTED);
    assert.deepEqual(sent(station), ['a', 'a']);
    assert.deepEqual(statuses(station), ['a result']);
  });

  test('also when that comes after the old one was given up', () => {
    const station = restarted();
    station.pass(20_000);
    assert.deepEqual(statuses(station), []);
    station.connect(connectionOf('1.6', 'c2'));
    assert.deepEqual(sent(station), ['a', 'a']);
  });

  test('on the same connection its time is up, unless the edge has its answer', () => {
    const silent = restarted();
    silent.connect(silent.connection, true);
    silent.pass(0);
    assert.deepEqual(statuses(silent), ['a timeout']);
    const answered = restarted();
    answered.connect(answered.connection, true);
    answered.result('a', ACCEPTED);
    assert.deepEqual(statuses(answered), ['a result']);
  });

  test('one that may be sent once only ends', () => {
    const station = restarted({ once: true });
    station.pass(0);
    assert.deepEqual(statuses(station), ['a timeout']);
  });
});

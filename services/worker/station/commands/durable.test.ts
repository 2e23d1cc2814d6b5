import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LIMITS } from '../limits.js';
import { boot, booted, connected, eventsOf, sent, statuses } from '../commands.fixture.js';
import { connectionOf, TestStation } from '../station.fixture.js';

/** Commands that wait: for a station that is offline, or may not be sent them yet (DESIGN invariant 5). */

const ACCEPTED = { status: 'Accepted' };
const DAY = 86_400_000;

describe('a durable command for a station that is offline', () => {
  test('waits, through a restart, and is sent in order when the station comes', () => {
    const station = new TestStation('2.0.1');
    for (const id of ['a', 'b', 'c']) assert.equal(station.enqueue('ClearCache', {}, { id }), undefined);
    assert.deepEqual(
      station.told.map(({ to, word }) => [to, word]),
      ['a', 'b', 'c'].map((id) => [`d.${id}`, 'taken']),
    );
    station.crash();
    assert.ok(!station.mayPassivate, 'somebody has to wake it when they expire');
    station.pass(DAY / 2);
    station.connect();
    for (const id of ['a', 'b', 'c']) {
      assert.equal(sent(station).at(-1), id);
      station.result(id, ACCEPTED);
    }
    assert.deepEqual(statuses(station), ['a result', 'b result', 'c result']);
    assert.deepEqual(eventsOf(station), [
      'a command.queued',
      'b command.queued',
      'c command.queued',
      'a command.sent',
      'a command.completed result',
      'b command.sent',
      'b command.completed result',
      'c command.sent',
      'c command.completed result',
    ]);
  });

  test('its events tell what is to be known, and nothing of its payload', () => {
    const station = new TestStation('1.6');
    const payload = { key: 'AuthorizationKey', value: 'S3cret' };
    station.enqueue('ChangeConfiguration', payload, { id: 'k', ttlMs: 60_000, supersedeKey: 'key' });
    assert.deepEqual(station.lastEvent('command.queued').data, {
      commandId: 'k',
      action: 'ChangeConfiguration',
      terms: 'own',
      expiresAt: '2026-11-21T10:01:00.000Z',
      supersedeKey: 'key',
    });
    station.connect();
    assert.deepEqual(station.lastEvent('command.sent').data, {
      commandId: 'k',
      action: 'ChangeConfiguration',
    });
    station.result('k', ACCEPTED);
    assert.ok(!JSON.stringify(station.events).includes('S3cret'));
  });

  test('expires unsent', () => {
    const station = new TestStation();
    station.enqueue('ClearCache', {}, { id: 'k', ttlMs: 5_000 });
    station.pass(4_999);
    assert.deepEqual(statuses(station), []);
    station.pass(1);
    assert.deepEqual(statuses(station), ['k expired']);
    assert.ok(station.mayPassivate);
    station.connect();
    assert.deepEqual(sent(station), []);
  });

  test('expires also when the actor was not there at the time', () => {
    const station = new TestStation();
    station.enqueue('ClearCache', {}, { id: 'k', ttlMs: 5_000 });
    station.now += 60_000;
    station.crash();
    station.pass(0);
    assert.deepEqual(statuses(station), ['k expired']);
    station.connect();
    assert.deepEqual(sent(station), []);
  });

  test('an absurd time to live is bounded', () => {
    for (const [ttlMs, expected] of [
      [Infinity, LIMITS.ttlMs],
      [-1, 1],
      [Number.NaN, 1],
    ] as const) {
      const station = new TestStation();
      station.enqueue('ClearCache', {}, { ttlMs });
      assert.equal(station.wakeAt, station.now + expected);
    }
  });

  test('with nobody who waits, tells nobody', () => {
    const station = new TestStation();
    station.enqueue('ClearCache', {}, { id: 'k', reply: '' });
    station.connect();
    station.result('k', ACCEPTED);
    assert.deepEqual(station.outcomes, []);
    assert.deepEqual(eventsOf(station).at(-1), 'k command.completed result');
  });
});

describe('a supersede key', () => {
  test('only the newest is sent, the others end as superseded', () => {
    const station = new TestStation();
    for (const id of ['a', 'b', 'c']) {
      station.enqueue('ClearCache', {}, { id, supersedeKey: id === 'b' ? 'other' : 'key' });
    }
    assert.deepEqual(statuses(station), ['a superseded']);
    station.connect();
    station.result('b', ACCEPTED);
    station.result('c', ACCEPTED);
    assert.deepEqual(sent(station), ['b', 'c']);
  });

  test('a command that is not taken takes no place', () => {
    const station = connected();
    station.disconnect();
    station.enqueue('ClearCache', {}, { id: 'a', supersedeKey: 'key' });
    station.enqueue('Nonsense', {}, { id: 'b', supersedeKey: 'key' });
    station.enqueue('ClearCache', {}, { id: 'a', supersedeKey: 'key' });
    assert.deepEqual(statuses(station), ['b refused']);
  });

  test('one that is under way goes on', () => {
    const station = connected();
    station.enqueue('ClearCache', {}, { id: 'a', supersedeKey: 'key' });
    station.enqueue('ClearCache', {}, { id: 'b', supersedeKey: 'key' });
    station.result('a', ACCEPTED);
    station.result('b', ACCEPTED);
    assert.deepEqual(statuses(station), ['a result', 'b result']);
  });

  test('one that was under way when the newer one was taken is not sent again either', () => {
    const station = connected();
    station.enqueue('ClearCache', {}, { id: 'a', supersedeKey: 'key' });
    station.enqueue('ClearCache', {}, { id: 'b', supersedeKey: 'key' });
    station.connect(connectionOf('1.6', 'c2'));
    assert.deepEqual(statuses(station), ['a offline']);
    assert.match(JSON.stringify(station.outcomes[0]), /newer command.*may have carried it out/);
    assert.deepEqual(sent(station), ['a', 'b']);
  });

  test('one that would be sent again is not, and is not told to have had no effect', () => {
    const station = connected();
    station.enqueue('ClearCache', {}, { id: 'a', supersedeKey: 'key' });
    station.disconnect();
    station.enqueue('ClearCache', {}, { id: 'b', supersedeKey: 'key' });
    assert.deepEqual(statuses(station), ['a offline']);
    assert.match(JSON.stringify(station.outcomes[0]), /newer command.*may have carried it out/);
    station.connect(connectionOf('1.6', 'c2'));
    assert.deepEqual(sent(station), ['a', 'b']);
  });

  test('is refused when it is longer than may be kept', () => {
    const station = new TestStation();
    assert.equal(station.enqueue('ClearCache', {}, { supersedeKey: 'x'.repeat(65) })?.status, 'refused');
  });
});

describe('a connection that breaks before the answer', () => {
  test('the command is sent again on the next, first of all and under the same id', () => {
    const station = connected();
    station.enqueue('ClearCache', {}, { id: 'a' });
    station.enqueue('ClearCache', {}, { id: 'b' });
    station.disconnect();
    station.enqueue('ClearCache', {}, { id: 'c' });
    station.crash();
    assert.deepEqual(statuses(station), []);
    station.connect(connectionOf('1.6', 'c2'));
    assert.deepEqual(station.lastEvent('command.sent').data, {
      commandId: 'a',
      action: 'ClearCache',
      again: true,
    });
    for (const id of ['a', 'b', 'c']) station.result(id, ACCEPTED);
    assert.deepEqual(sent(station), ['a', 'a', 'b', 'c']);
    assert.deepEqual(statuses(station), ['a result', 'b result', 'c result']);
  });

  test('also when the next is there before the old one is known to be gone', () => {
    const station = connected();
    station.enqueue('ClearCache', {}, { id: 'a' });
    station.connect(connectionOf('1.6', 'c2'));
    assert.deepEqual(
      station.orders().map(({ id, connection }) => `${id} ${connection.connectionId}`),
      ['a c1', 'a c2'],
    );
  });

  test('its time to answer runs anew; while it waits, its time to live runs', () => {
    const station = connected();
    station.enqueue('ClearCache', {}, { id: 'a', ttlMs: 60_000, timeoutMs: 30_000 });
    station.pass(20_000);
    station.disconnect();
    station.pass(20_000);
    station.connect(connectionOf('1.6', 'c2'));
    station.pass(29_999);
    assert.deepEqual(statuses(station), []);
    station.pass(1);
    assert.deepEqual(statuses(station), ['a timeout']);
  });

  test('whose time to live is over before the next: the station may have carried it out', () => {
    const station = connected();
    station.enqueue('ClearCache', {}, { id: 'a', ttlMs: 60_000 });
    station.disconnect();
    station.pass(60_000);
    assert.deepEqual(statuses(station), ['a timeout']);
    assert.match(JSON.stringify(station.outcomes), /may have carried it out/);
    station.connect(connectionOf('1.6', 'c2'));
    assert.deepEqual(sent(station), ['a']);
  });

  test('one that may be sent once only ends as offline', () => {
    const station = connected();
    station.enqueue('Reset', { type: 'Hard' }, { id: 'a', once: true });
    station.enqueue('ClearCache', {}, { id: 'b', once: true });
    station.disconnect();
    assert.deepEqual(statuses(station), ['a offline']);
    station.connect(connectionOf('1.6', 'c2'));
    assert.deepEqual(sent(station), ['a', 'b']);
  });

  test('again and again: there is an end', () => {
    const station = connected();
    station.enqueue('Reset', { type: 'Hard' }, { id: 'a' });
    for (let n = 2; n < 50; n++) {
      station.crash();
      station.connect(connectionOf('1.6', `c${n}`));
    }
    assert.deepEqual(statuses(station), ['a offline']);
    assert.equal(sent(station).length, LIMITS.sendings);
    assert.match(JSON.stringify(station.outcomes), /sent 10 times.*may have carried it out/);
  });

  test('with another version: one in the terms of a version ends, one in the own terms is checked again', () => {
    const station = connected('1.6');
    station.disconnect();
    station.enqueue('ClearCache', {}, { id: 'a', terms: '1.6' });
    station.enqueue('ClearCache', {}, { id: 'b' });
    station.enqueue('Reset', { type: 'Soft' }, { id: 'c' });
    station.connect(connectionOf('2.0.1', 'c2'));
    assert.deepEqual(statuses(station), ['a refused']);
    station.result('b', ACCEPTED);
    assert.deepEqual(statuses(station), ['a refused', 'b result', 'c refused']);
    assert.match(JSON.stringify(station.outcomes[0]), /speaks OCPP 2\.0\.1.*in OCPP 1\.6/);
    assert.match(JSON.stringify(station.outcomes[2]), /"invalid".*Reset: \/type/);
  });
});

describe('a station that reboots', () => {
  test('what it was sent before on this connection it may still answer: it is sent once', () => {
    const station = booted('2.0.1', 'Accepted');
    station.connect(connectionOf('2.0.1', 'c2'));
    station.enqueue('ClearCache', {}, { id: 'a' });
    boot(station, 'Accepted');
    station.result('a', ACCEPTED);
    assert.deepEqual(sent(station), ['a']);
    assert.deepEqual(statuses(station), ['a result']);
  });

  test('what it has dropped is sent again when its time is up, on the same connection', () => {
    const station = booted('2.0.1', 'Accepted');
    station.enqueue('ClearCache', {}, { id: 'a', timeoutMs: 5_000 });
    boot(station, 'Accepted');
    station.pass(5_000);
    assert.deepEqual(
      station.last.map(({ type }) => type),
      ['event', 'received', 'order'],
      'the edge forgets it, and sends it anew',
    );
    station.result('a', ACCEPTED);
    assert.deepEqual(statuses(station), ['a result']);
    station.enqueue('ClearCache', {}, { id: 'b', timeoutMs: 5_000 });
    station.pass(5_000);
    assert.deepEqual(statuses(station), ['a result', 'b timeout'], 'without a reboot it is not');
  });

  test('one that may be sent once only ends as offline', () => {
    const station = booted('2.0.1', 'Accepted');
    station.enqueue('ClearCache', {}, { id: 'a', once: true });
    boot(station, 'Accepted');
    assert.deepEqual(statuses(station), ['a offline']);
  });
});

describe('the registration gate', () => {
  test('a durable command waits until it opens, and the durable ones behind it with it', () => {
    const station = booted('2.0.1', 'Pending');
    station.enqueue('ClearCache', {}, { id: 'a' });
    station.enqueue('TriggerMessage', { requestedMessage: 'Heartbeat' }, { id: 'b' });
    station.pass(60_000);
    assert.deepEqual(sent(station), []);
    boot(station, 'Accepted');
    station.result('a', ACCEPTED);
    assert.deepEqual(sent(station), ['a', 'b']);
  });

  test('an immediate one passes those that wait for it, if it may', () => {
    const station = booted('2.0.1', 'Pending');
    station.enqueue('ClearCache', {}, { id: 'a' });
    assert.equal(station.command('ClearCache', {}, { id: 'x' })?.status, 'refused');
    station.command('TriggerMessage', { requestedMessage: 'Heartbeat' }, { id: 'y' });
    assert.deepEqual(sent(station), ['y']);
    station.result('y', ACCEPTED);
    boot(station, 'Accepted');
    assert.deepEqual(sent(station), ['y', 'a']);
  });

  test('an immediate one waits behind the durable ones before it', () => {
    const station = connected();
    for (const id of ['a', 'b']) station.enqueue('ClearCache', {}, { id });
    station.command('ClearCache', {}, { id: 'c' });
    for (const id of ['a', 'b', 'c']) station.result(id, ACCEPTED);
    assert.deepEqual(sent(station), ['a', 'b', 'c']);
  });

  test('a station that was rejected is sent nothing, and loses nothing', () => {
    const station = booted('1.6', 'Rejected');
    station.enqueue('ClearCache', {}, { id: 'a' });
    station.pass(60_000);
    assert.deepEqual(sent(station), []);
    boot(station, 'Accepted');
    assert.deepEqual(sent(station), ['a']);
  });

  test('what it never lets through is refused, and holds nothing up', () => {
    const trigger = { requestedMessage: 'BootNotification' };
    const accepted = booted('1.6', 'Accepted');
    const outcome = accepted.enqueue('TriggerMessage', trigger);
    assert.ok(outcome?.status === 'refused' && outcome.reason === 'not_now');
    assert.notEqual(accepted.told.at(-1)?.word, 'taken');
    const station = booted('1.6', 'Accepted');
    station.disconnect();
    station.enqueue('TriggerMessage', trigger, { id: 'a' });
    station.enqueue('ClearCache', {}, { id: 'b' });
    station.connect(connectionOf('1.6', 'c2'));
    assert.deepEqual(statuses(station), ['a refused']);
    assert.deepEqual(sent(station), ['b']);
  });

  test('one that was interrupted waits for it as well', () => {
    const station = booted('2.0.1', 'Accepted');
    station.enqueue('ClearCache', {}, { id: 'a' });
    station.disconnect();
    station.connect(connectionOf('2.0.1', 'c2'));
    assert.deepEqual(sent(station), ['a', 'a']);
    boot(station, 'Pending');
    station.disconnect();
    station.connect(connectionOf('2.0.1', 'c3'));
    assert.deepEqual(sent(station), ['a', 'a']);
    assert.ok(station.state.queue.length === 1);
    boot(station, 'Accepted');
    assert.deepEqual(sent(station), ['a', 'a', 'a']);
  });
});

describe('limits', () => {
  test('past a number of durable commands further ones are refused, immediate ones are not', () => {
    const station = new TestStation();
    for (let n = 0; n < LIMITS.durableCommands; n++) station.enqueue('ClearCache', {}, { id: `k${n}` });
    const outcome = station.enqueue('ClearCache', {}, { id: 'more' });
    assert.ok(outcome?.status === 'refused' && outcome.reason === 'busy');
    assert.match(outcome.description, /64 commands wait/);
    station.connect();
    assert.equal(station.command('ClearCache', {}, { id: 'now' }), undefined);
  });

  test('past a number of characters too', () => {
    const station = new TestStation();
    const data = 'x'.repeat(LIMITS.durableCharacters / 2 - 100);
    for (let n = 0; n < 2; n++) {
      assert.equal(station.enqueue('DataTransfer', { vendorId: 'v', data }), undefined);
    }
    const outcome = station.enqueue('DataTransfer', { vendorId: 'v', data });
    assert.ok(outcome?.status === 'refused' && outcome.reason === 'busy');
  });

  test('what was refused for want of room may be tried again under its id, a while later', () => {
    const station = new TestStation();
    for (let n = 0; n < LIMITS.durableCommands; n++) station.enqueue('ClearCache', {}, { id: `k${n}` });
    const again = () => station.enqueue('ClearCache', {}, { id: 'key', keyed: true });
    assert.equal(again()?.status, 'refused');
    station.cancel('k0');
    assert.equal(again()?.status, 'refused', 'a second copy of it may be on its way');
    station.pass(LIMITS.refusalAgeMs);
    assert.equal(again(), undefined);
    assert.equal(station.state.queue.at(-1)?.commandId, 'key');
  });
});

describe('what is not taken', () => {
  const refusal = (station: TestStation, action: string, payload: unknown, options = {}): string => {
    const outcome = station.enqueue(action, payload, options);
    assert.ok(outcome?.status === 'refused' && outcome.reason === 'invalid', JSON.stringify(outcome));
    assert.deepEqual(station.state.queue, []);
    return outcome.description;
  };

  test('breaks the schema of the version in whose terms it is, whether or not the station is known', () => {
    const station = new TestStation();
    assert.match(refusal(station, 'Reset', { type: 'Now' }, { terms: '1.6' }), /^Reset: \/type/);
    assert.match(refusal(station, 'Reset', { type: 'Soft' }, { terms: '2.0.1' }), /^Reset: \/type/);
    assert.match(refusal(station, 'Reset', { type: 'Soft' }, { terms: 'neutral' }), /^Reset: \/type/);
    assert.match(refusal(station, 'StartTransaction', {}, { terms: '1.6' }), /sent by stations/);
    assert.equal(station.record, undefined, 'and leaves no trace');
  });

  test('is in the terms of another version than the station speaks now', () => {
    assert.match(refusal(connected('1.6'), 'ClearCache', {}, { terms: '2.1' }), /speaks OCPP 1\.6/);
  });

  test('but one for the version that an offline station will speak is', () => {
    const station = connected('1.6');
    station.disconnect();
    assert.equal(station.enqueue('Reset', { type: 'OnIdle' }, { id: 'k', terms: '2.0.1' }), undefined);
    station.connect(connectionOf('2.0.1', 'c2'));
    assert.deepEqual(sent(station), ['k']);
  });

  test('breaks the schema of the version that the station spoke last', () => {
    const station = connected('2.0.1');
    station.disconnect();
    station.crash();
    assert.match(refusal(station, 'Reset', { type: 'Soft' }), /^Reset: \/type/);
  });

  test('has terms that nobody knows', () => {
    const terms = 'ocpp1.6' as never;
    assert.match(refusal(new TestStation(), 'ClearCache', {}, { terms }), /are no terms/);
  });
});

test('own terms are checked when the version is known at last', () => {
  const station = new TestStation('2.0.1');
  station.enqueue('Reset', { type: 'Soft' }, { id: 'a' });
  station.enqueue('Nonsense', {}, { id: 'b' });
  station.enqueue('Reset', { type: 'OnIdle' }, { id: 'c' });
  station.connect();
  assert.deepEqual(statuses(station), ['a refused', 'b refused']);
  assert.deepEqual(sent(station), ['c']);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TestStation } from '../station.fixture.js';

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
const ACCEPTED = { status: 'Accepted' };

/** What the CALLs to the station were traced under, in their order. */
const ordered = ({ effects }: TestStation) =>
  effects.flatMap((effect) => (effect.type === 'order' ? [effect.traceparent] : []));

/** The types of the events that came since the station connected, and what they are traced under. */
const traced = ({ events }: TestStation) =>
  events
    .filter(({ type }) => type.startsWith('command.'))
    .map(({ type, traceparent }) => [type, traceparent]);

describe('a traced command', () => {
  test('has its traceparent on its way to the station, and in its events', () => {
    const station = new TestStation('2.0.1');
    station.connect();
    station.command('ClearCache', {}, { id: 'a', traceparent: TRACEPARENT });
    station.command('ClearCache', {}, { id: 'b' });
    station.result('a', ACCEPTED);
    station.result('b', ACCEPTED);
    assert.deepEqual(ordered(station), [TRACEPARENT, undefined]);
    assert.deepEqual(traced(station), [
      ['command.completed', TRACEPARENT],
      ['command.completed', undefined],
    ]);
  });

  test('keeps it while it waits, through restarts, before it is sent and after', () => {
    const station = new TestStation('2.0.1');
    station.enqueue('ClearCache', {}, { id: 'a', traceparent: TRACEPARENT });
    station.enqueue('ClearCache', {}, { id: 'b' });
    station.crash();
    station.connect();
    assert.deepEqual(ordered(station), [TRACEPARENT]);
    station.crash();
    station.connect(station.connection, true);
    station.result('a', ACCEPTED);
    station.result('b', ACCEPTED);
    assert.deepEqual(traced(station), [
      ['command.queued', TRACEPARENT],
      ['command.queued', undefined],
      ['command.sent', TRACEPARENT],
      ['command.completed', TRACEPARENT],
      ['command.sent', undefined],
      ['command.completed', undefined],
    ]);
  });

  test('that comes again with another traceparent is the same command', () => {
    const station = new TestStation('2.0.1');
    station.connect();
    station.command('ClearCache', {}, { id: 'a', keyed: true, traceparent: TRACEPARENT });
    station.command('ClearCache', {}, { id: 'a', keyed: true, traceparent: TRACEPARENT.replace('b7', 'b8') });
    station.command('ClearCache', {}, { id: 'a', keyed: true });
    assert.deepEqual(ordered(station), [TRACEPARENT]);
    station.result('a', ACCEPTED);
    assert.deepEqual(traced(station), [['command.completed', TRACEPARENT]]);
  });
});

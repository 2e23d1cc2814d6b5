import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Pending } from '../../libs/actor/mod.js';
import { memoryBus, MemoryBroker } from '../../libs/bus/mod.js';
import { ManualClock } from '../../libs/clock/mod.js';
import { EventLogError, memoryEventLog, type EventEntry } from '../../libs/eventlog/mod.js';
import { createLogger, createMetrics } from '../../libs/ops/mod.js';
import { tell } from './answers.js';
import { workerMetrics } from './metrics.js';
import { StationPerformer } from './performer.js';
import type { StationEffect } from './station/mod.js';

const MOST = 100;

/** A performer over an event log that refuses events above `MOST` bytes, and is away after `appends` calls. */
function openRig(appends = Infinity, level: 'info' | 'error' = 'error') {
  const clock = new ManualClock();
  const log = memoryEventLog({ clock });
  const metrics = createMetrics();
  const lines: Record<string, unknown>[] = [];
  const calls: (readonly EventEntry[])[] = [];
  const readings = {
    shards: 0,
    actors: 0,
    messages: 0,
    uncommitted: 0,
    outbox: 0,
    members: 0,
    oldestLeaseMs: 0,
    keptCommands: 0,
    keptCommandBytes: 0,
  };
  const performer = new StationPerformer({
    bus: memoryBus({ clock }),
    clock,
    eventlog: {
      read: (options) => log.read(options),
      waitFor: (after, signal) => log.waitFor(after, signal),
      first: () => log.first(),
      last: () => log.last(),
      size: () => log.size(),
      close: () => log.close(),
      append: async (entries) => {
        calls.push(entries);
        if (calls.length > appends) throw new EventLogError('unavailable', 'the server is away');
        if (entries.some(({ data }) => data.length > MOST))
          throw new EventLogError('bad_argument', 'too large');
        await log.append(entries);
      },
    },
    logger: createLogger(
      { level, name: 'test' },
      { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
    ),
    metrics: workerMetrics(metrics, () => readings),
    ask: () => assert.fail(),
  });
  return {
    performer,
    lines,
    calls,
    logged: async () =>
      (await log.read({ after: 0, limit: 100 })).entries.map(({ station, number }) => `${station} ${number}`),
    metric: async (name: string): Promise<number> => {
      const line = (await metrics.text())
        .split('\n')
        .find((text) => text.startsWith(`stationmaster_${name} `));
      return Number(line?.split(' ')[1]);
    },
  };
}

const event = (key: string, number: number, bytes = 10): Pending<StationEffect> => ({
  key,
  effect: { type: 'event', incarnation: 1, number, eventType: 'meter.values', json: new Uint8Array(bytes) },
  again: false,
});
const answer: Pending<StationEffect> = {
  key: 'c',
  effect: { type: 'answer', reply: 'inbox.1', outcome: { status: 'offline', description: 'no' } },
  again: false,
};

describe('an event that is logged', () => {
  const booted = (number: number, connectionId?: string): StationEffect => ({
    ...{ type: 'event', incarnation: 1, number, eventType: 'station.booted', json: new Uint8Array(5) },
    ...(connectionId === undefined ? {} : { connectionId }),
  });
  const linesOf = (lines: readonly Record<string, unknown>[]): unknown[] =>
    lines
      .filter(({ msg }) => msg === 'station_event')
      .map((line) => [line.stationId, line.number, line.connectionId]);

  test('names its connection, also when it is appended alone because another one was refused', async () => {
    const { performer, lines } = openRig(Infinity, 'info');
    const pending = [event('b', 1, MOST + 1), { key: 'a', effect: booted(1, 'c-1'), again: false }];
    assert.deepEqual(await performer.settle(pending), [true, true]);
    assert.deepEqual(linesOf(lines), [['a', 1, 'c-1']]);
  });

  test('that went with the commit, or was read from a record, has what is known', () => {
    const { performer, lines } = openRig(Infinity, 'info');
    performer.recorded('a', [booted(2, 'c-2'), booted(3)]);
    assert.deepEqual(linesOf(lines), [
      ['a', 2, 'c-2'],
      ['a', 3, undefined],
    ]);
  });
});

describe('an event that the log refuses', () => {
  test('is dropped for good, loudly; all others are appended, in order', async () => {
    const { performer, lines, logged, metric } = openRig();
    const pending = [
      event('a', 1),
      event('a', 2, MOST + 1),
      event('a', 3),
      answer,
      event('b', 7),
      event('b', 8),
    ];
    assert.deepEqual(
      await performer.settle(pending),
      pending.map(() => true),
    );
    assert.deepEqual(await logged(), ['a 1', 'a 3', 'b 7', 'b 8']);
    const [line] = lines;
    assert.equal(lines.length, 1);
    assert.deepEqual(
      [line?.msg, line?.stationId, line?.event, line?.number, line?.bytes],
      ['event_refused_and_dropped', 'a', 'meter.values', 2, MOST + 1],
    );
    assert.match(JSON.stringify(line), /too large/);
    assert.equal(await metric('events_refused_total'), 1);
    assert.equal(await metric('event_append_failures_total'), 0);
    assert.equal(await metric('events_total{type="meter.values"}'), 4);
    // Appends that were acknowledged are timed, refused ones not.
    assert.equal(await metric('event_append_seconds_count'), 3);
  });

  test('one among many costs few calls', async () => {
    const { performer, calls, logged } = openRig();
    const pending = Array.from({ length: 1_024 }, (_, at) => event(`s${at}`, 1, at === 700 ? MOST + 1 : 1));
    assert.ok((await performer.settle(pending)).every(Boolean));
    assert.ok(calls.length < 30, `${calls.length} calls`);
    assert.equal((await logged()).length, 100, 'a full page');
  });

  test('when the log fails meanwhile, only what is done counts, and nothing overtakes', async () => {
    // All four, the first two, then the log is away.
    const { performer, logged, metric } = openRig(2);
    const pending = [event('a', 1), answer, event('a', 2), event('a', 3, MOST + 1), event('a', 4)];
    assert.deepEqual(await performer.settle(pending), [true, true, true, false, false]);
    assert.deepEqual(await logged(), ['a 1', 'a 2']);
    assert.equal(await metric('event_append_failures_total'), 1);
    assert.equal(await metric('events_refused_total'), 0);
  });
});

test('a log that fails keeps every event waiting', async () => {
  const { performer, logged, metric } = openRig(0);
  const pending = [event('a', 1), answer, event('b', 1)];
  assert.deepEqual(await performer.settle(pending), [false, true, false]);
  assert.deepEqual(await logged(), []);
  assert.equal(await metric('event_append_failures_total'), 1);
});

test('who hands a message over is told what became of it; while the bus is away, nobody is', async () => {
  const clock = new ManualClock();
  const bus = new MemoryBroker({ clock }).connect();
  const words: string[] = [];
  bus.subscribe('d.*', ({ data }) => words.push(Buffer.from(data).toString()));
  const refused = { reason: 'busy', description: 'later' } as const;
  tell(bus, 'd.1', 'taken');
  tell(bus, 'd.1', { refused });
  tell(bus, 'd.1', { answer: null });
  bus.setConnected(false);
  tell(bus, 'd.1', 'taken');
  bus.setConnected(true);
  await clock.settle();
  assert.deepEqual(words, ['', JSON.stringify({ refused }), '{"answer":null}']);
});

test('each command that has ended is counted once, by its outcome', async () => {
  const { performer, metric } = openRig();
  performer.perform('a', 1, [{ type: 'ended', outcome: 'expired' }]);
  assert.ok((await performer.settle([answer, answer])).every(Boolean));
  assert.equal(await metric('commands_total{outcome="expired"}'), 1);
  assert.ok(Number.isNaN(await metric('commands_total{outcome="offline"}')));
});

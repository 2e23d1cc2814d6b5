import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { Status } from 'nice-grpc';
import type { grpc } from '../../../libs/api/mod.js';
import { ManualClock } from '../../../libs/clock/mod.js';
import { memoryEventLog } from '../../../libs/eventlog/mod.js';
import { until } from '../../../test/client/until.js';
import { isStatus } from '../failing.fixture.js';
import { failureOf, fill, next, open, Serving } from './reader.fixture.js';
import { after, eventOf, FROM_OLDEST, namesOf } from './served.fixture.js';
import { eventStreamSuite } from './suite.fixture.js';

eventStreamSuite('memory', () => Promise.resolve(memoryEventLog()));

describe('the stream of events', () => {
  const serving = new Serving();
  afterEach(() => serving.stop());

  for (const [what, request, details] of [
    ['a cursor of other text', { start: after('x') }, /after: "x" is no cursor/],
    ['an empty cursor', { start: after('') }, /is no cursor/],
    ['a negative cursor', { start: after('-1') }, /is no cursor/],
    ['a cursor whose mark is before the log', { start: after('5-abc-5') }, /is no cursor/],
    ['a type with a star elsewhere', { types: ['*.ended'] }, /types: "\*\.ended" is no type/],
    ['a star alone', { types: ['*'] }, /is no type/],
    ['an empty type', { types: [''] }, /is no type/],
    [
      'a type that there is not',
      { types: ['meter.values', 'transaction.end'] },
      /no events "transaction\.end", did you mean transaction\.ended\? \(known: station\.connected, /,
    ],
    ['a type nothing like one', { types: ['wrong'] }, /no events "wrong" \(known: /],
    [
      'a beginning that no type has',
      { types: ['transactions.*'] },
      /no events "transactions\.\*", did you mean transaction\.\*\?/,
    ],
    ['an empty station id', { stationIds: ['a', ''] }, /station_ids: is empty/],
    ['too many types', { types: Array.from({ length: 101 }, (_, at) => `a${at}`) }, /101 types, at most 100/],
    [
      'too many stations',
      { stationIds: Array.from({ length: 1001 }, (_, at) => `a${at}`) },
      /1001 stations, at most 1000/,
    ],
  ] as const) {
    test(`${what} is refused: INVALID_ARGUMENT`, async () => {
      const events = await serving.serve(memoryEventLog());
      const request_ = request as unknown as grpc.DeepPartial<grpc.StreamEventsRequest>;
      await assert.rejects(events.read(request_), isStatus(Status.INVALID_ARGUMENT, details));
      assert.equal(events.streams.count('StreamEvents'), 0);
    });
  }

  test('a cursor after which events were forgotten is OUT_OF_RANGE, and the message says where to go on', async () => {
    const log = memoryEventLog({ maxEntries: 10 });
    const events = await serving.serve(log);
    await fill(log, 's', 5);
    const early = await events.read({ start: FROM_OLDEST });
    for (let number = 6; number <= 30; number++) await fill(log, 's', 1, number);
    const expected = isStatus(Status.OUT_OF_RANGE, /the events after 5 up to 20 have been forgotten: .*"20"/);
    await assert.rejects(events.read({ start: after(early.at(-1)?.cursor ?? '') }), expected);
    const all = await events.read({ start: FROM_OLDEST });
    assert.deepEqual(namesOf(all).slice(0, 2), ['s 21', 's 22']);
    assert.deepEqual(namesOf(await events.read({ start: after('20') })), namesOf(all));
  });

  test('a reader that the forgetting overtakes is told so: OUT_OF_RANGE, not a silent gap', async () => {
    const log = memoryEventLog({ maxEntries: 2000 });
    const events = await serving.serve(log);
    await fill(log, 's', 2000, 1, 2000);
    const stream = open(events, { start: FROM_OLDEST });
    await next(stream);
    await fill(log, 's', 2000, 2001, 2000);
    isStatus(Status.OUT_OF_RANGE, /have been forgotten/)(await failureOf(stream));
  });

  test('a filtered reader is told so too', async () => {
    const log = memoryEventLog({ maxEntries: 2000 });
    const events = await serving.serve(log);
    await fill(log, 's', 2000, 1, 2000);
    const stream = open(events, { start: FROM_OLDEST, stationIds: ['s'], types: ['meter.*'] });
    await next(stream);
    await fill(log, 's', 2000, 2001, 2000);
    isStatus(Status.OUT_OF_RANGE, /have been forgotten/)(await failureOf(stream));
  });

  test('a cursor of another log is OUT_OF_RANGE: past its end, or where another event stands', async () => {
    const log = memoryEventLog();
    const events = await serving.serve(log);
    await fill(log, 's', 10);
    const all = await events.read({ start: FROM_OLDEST });
    const filtered = await events.read({ start: FROM_OLDEST, stationIds: ['none'] });
    const other = memoryEventLog();
    const others = await serving.serve(other);
    const expected = isStatus(Status.OUT_OF_RANGE, /is not of this event log/);
    await assert.rejects(others.read({ start: after(all.at(-1)?.cursor ?? '') }), expected);
    await fill(other, 's', 3);
    await fill(other, 't', 10);
    for (const [at, { cursor }] of all.entries()) {
      const read = others.read({ start: after(cursor) });
      if (at < 3) assert.equal(namesOf(await read).length, 12 - at);
      else await assert.rejects(read, expected);
    }
    assert.equal(filtered.at(-1)?.cursor, '10');
  });

  test('the place is told when many events were passed over', async () => {
    const log = memoryEventLog();
    const events = await serving.serve(log);
    for (let from = 1; from <= 3500; from += 500) await fill(log, 's', 500, from);
    const read = await events.read({ start: FROM_OLDEST, stationIds: ['none'] });
    assert.deepEqual(
      read.map(({ cursor, event }) => [cursor, event]),
      [
        ['1000', undefined],
        ['2000', undefined],
        ['3000', undefined],
        ['3500', undefined],
      ],
    );
    const types = await events.read({ start: FROM_OLDEST, types: ['battery.*'] });
    assert.match(types[0]?.cursor ?? '', /^1000-[0-9a-z]+$/);
  });

  test('the place is told after 10 s in which other events came, and only then', async () => {
    const clock = new ManualClock();
    const log = memoryEventLog({ clock });
    const events = await serving.serve(log, { clock });
    let running = true;
    const pump = (async () => {
      while (running) await clock.settle();
    })();
    const stream = open(events, { stationIds: ['a'] });
    assert.equal((await next(stream)).cursor, '0');
    const told = next(stream);
    let isTold = false;
    void told.then(() => (isTold = true));
    await fill(log, 'b', 3);
    await until('the stream to wait', () => clock.timers === 1);
    running = false;
    await pump;
    await clock.advance(9_999);
    assert.equal(isTold, false);
    await clock.advance(1);
    assert.equal((await told).cursor, '3');
    const quiet = next(stream);
    let hasMore = false;
    void quiet.then(() => (hasMore = true)).catch(() => undefined);
    await clock.advance(60_000);
    assert.equal(hasMore, false, 'nothing has moved');
    await log.append([eventOf('a', 1)]);
    running = true;
    const again = (async () => {
      while (running) await clock.settle();
    })();
    assert.equal((await quiet).event?.stationId, 'a');
    running = false;
    await again;
  });

  test('so many streams at once; one more is RESOURCE_EXHAUSTED, until one ends', async () => {
    const events = await serving.serve(memoryEventLog(), { most: 3 });
    const streams = Array.from({ length: 3 }, () => open(events, {}));
    for (const stream of streams) await next(stream);
    await assert.rejects(
      events.read({}),
      isStatus(Status.RESOURCE_EXHAUSTED, /3 streams of StreamEvents are open already/),
    );
    const text = await events.metrics.text();
    assert.match(text, /stationmaster_api_streams\{method="StreamEvents"\} 3/);
    assert.match(text, /stationmaster_api_streams_refused_total\{method="StreamEvents"\} 1/);
    assert.match(text, /stationmaster_api_stream_messages_total\{method="StreamEvents"\} 3/);
    await streams[0]?.return?.();
    await until('a free place', () => events.streams.count('StreamEvents') === 2);
    assert.equal((await events.read({})).length, 1);
  });

  test('a reader that leaves ends its stream at once: while it waits, and while it is waited for', async () => {
    const log = memoryEventLog();
    const events = await serving.serve(log);
    const waiting = new AbortController();
    const waits = open(events, {}, waiting.signal);
    await next(waits);
    await fill(log, 's', 4000, 1, 2000);
    const stalled = open(events, { start: FROM_OLDEST });
    await next(stalled);
    assert.equal(events.streams.count('StreamEvents'), 2);
    waiting.abort();
    await assert.rejects(async () => {
      while ((await waits.next()).done !== true);
    }, /aborted/);
    await stalled.return?.();
    await until('both to be over', () => events.streams.count('StreamEvents') === 0);
  });

  test('a log that is away is UNAVAILABLE, also for those who wait', async () => {
    const log = memoryEventLog();
    const events = await serving.serve(log);
    const stream = open(events, {});
    await next(stream);
    await log.close();
    isStatus(Status.UNAVAILABLE, /try again/)(await failureOf(stream));
    await assert.rejects(events.read({}), isStatus(Status.UNAVAILABLE, /try again/));
  });

  test('the gateway stops: streams end as UNAVAILABLE', async () => {
    const events = await serving.serve(memoryEventLog());
    const stream = open(events, {});
    await next(stream);
    const failed = failureOf(stream);
    await events.served.calls.stop(0);
    isStatus(Status.UNAVAILABLE, /stopping/)(await failed);
    assert.equal(events.streams.count('StreamEvents'), 0);
  });
});

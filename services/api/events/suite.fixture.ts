import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Status } from 'nice-grpc';
import type { EventLog } from '../../../libs/eventlog/mod.js';
import { TcpProxy } from '../../../libs/servers/testing/tcp-proxy.js';
import { until } from '../../../test/client/until.js';
import { isStatus } from '../failing.fixture.js';
import { failureOf, fill, next, open, Serving } from './reader.fixture.js';
import { after, CountedLog, eventOf, FROM_OLDEST, namesOf } from './served.fixture.js';

/** What a stream of events does over every event log. `openLog` gives an empty one. */
export function eventStreamSuite(name: string, openLog: () => Promise<EventLog>): void {
  describe(`the stream of events over ${name}`, () => {
    const serving = new Serving();
    afterEach(() => serving.stop());

    test('gives those of the past, then the place, then those that come', async () => {
      const log = await openLog();
      const events = await serving.serve(log);
      await fill(log, 's', 3);
      const stream = open(events, { start: FROM_OLDEST });
      const past = [await next(stream), await next(stream), await next(stream)];
      assert.deepEqual(namesOf(past), ['s 1', 's 2', 's 3']);
      assert.equal(past[0]?.event?.type, 'meter.values');
      const place = await next(stream);
      assert.equal(place.event, undefined);
      assert.equal(place.cursor, past[2]?.cursor);
      await log.append([eventOf('s', 4), eventOf('caf=C3=A9', 1)]);
      const live = [await next(stream), await next(stream)];
      assert.deepEqual(namesOf(live), ['s 4', 'café 1']);
      await fill(log, 's', 1, 5);
      assert.deepEqual(namesOf([await next(stream)]), ['s 5']);
      await stream.return?.();
    });

    test('begins with what comes when no start is given, and tells its place at once', async () => {
      const log = await openLog();
      const events = await serving.serve(log);
      await fill(log, 's', 3);
      for (const start of [undefined, { $case: 'fromOldest', value: false } as const]) {
        const stream = open(events, { start });
        const place = await next(stream);
        assert.equal(place.event, undefined);
        assert.deepEqual(namesOf(await events.read({ start: after(place.cursor) })), []);
        const number = 1 + (await log.size());
        await fill(log, 's', 1, number);
        assert.deepEqual(namesOf([await next(stream)]), [`s ${number}`]);
        assert.deepEqual(namesOf(await events.read({ start: after(place.cursor) })), [`s ${number}`]);
        await stream.return?.();
      }
    });

    test('ends at the end when asked to, also of an empty log', async () => {
      const log = await openLog();
      const events = await serving.serve(log);
      const empty = await events.read({ start: FROM_OLDEST });
      assert.equal(empty.length, 1);
      assert.equal(empty[0]?.event, undefined);
      await fill(log, 's', 600);
      const all = await events.read({ start: FROM_OLDEST });
      assert.equal(namesOf(all).length, 600);
      assert.deepEqual(await events.read({ start: after(all.at(-1)?.cursor ?? '') }), [all.at(-1)]);
      assert.deepEqual(namesOf(await events.read({ start: after(empty[0]?.cursor ?? '') })), namesOf(all));
    });

    test('filters by stations and types as if everything were read', async () => {
      const log = await openLog();
      const events = await serving.serve(log);
      const client = events.client();
      const types = [
        'transaction.started',
        'transaction.ended',
        'transactions',
        'meter.values',
        'payment.transaction',
      ];
      const stations = ['A', 'B', 'caf=C3=A9'];
      const all = Array.from({ length: 90 }, (_, at) =>
        eventOf(stations[at % 3] ?? '', 1 + Math.floor(at / 3), { type: types[(at * 7) % 5] ?? '' }),
      );
      await log.append(all);
      const ids = [[], ['A'], ['café'], ['A', 'B'], ['A', 'A'], ['none'], ['B', 'none', 'café']];
      const wanted = [
        [],
        ['transaction.ended'],
        ['transaction.*'],
        ['transaction.*', 'meter.values'],
        ['transaction.started', 'transaction.ended'],
        ['battery.*'],
        ['payment.*', 'battery.swapped'],
      ];
      for (const stationIds of ids) {
        for (const asked of wanted) {
          const expected = all.filter(
            ({ station, type }) =>
              (stationIds.length === 0 || stationIds.includes(station === 'caf=C3=A9' ? 'café' : station)) &&
              (asked.length === 0 ||
                asked.some((one) => (one.endsWith('.*') ? type.startsWith(one.slice(0, -1)) : type === one))),
          );
          const read = await events.read({ start: FROM_OLDEST, stationIds, types: asked }, client);
          assert.deepEqual(
            namesOf(read),
            expected.map(({ station, number }) => `${station === 'caf=C3=A9' ? 'café' : station} ${number}`),
            `${stationIds.join()} / ${asked.join()}`,
          );
        }
      }
    });

    test('goes on from each of its cursors, those of places too, without a gap or a repeat', async () => {
      const log = await openLog();
      const events = await serving.serve(log);
      const client = events.client();
      await log.append(
        Array.from({ length: 40 }, (_, at) => eventOf(at % 4 === 0 ? 'A' : 'B', 1 + Math.floor(at / 4))),
      );
      for (const stationIds of [[], ['A']]) {
        const all = await events.read({ start: FROM_OLDEST, stationIds }, client);
        for (const [at, { cursor }] of all.entries()) {
          const rest = await events.read({ start: after(cursor), stationIds }, client);
          assert.deepEqual(namesOf(rest), namesOf(all.slice(at + 1)), `after ${cursor}`);
        }
      }
    });

    test('a reader whose connection is cut again and again misses nothing', async () => {
      const log = await openLog();
      const events = await serving.serve(log);
      const proxy = await TcpProxy.start(events.served.port);
      serving.later(() => proxy.close());
      const got: string[] = [];
      let cursor: string | undefined;
      let appended = 0;
      const append = async () => {
        await fill(log, 's', 7, appended + 1);
        appended += 7;
      };
      await append();
      for (let round = 0; round < 20; round++) {
        const request = { start: cursor === undefined ? FROM_OLDEST : after(cursor) };
        const stream = events.client(proxy.port).streamEvents(request)[Symbol.asyncIterator]();
        for (let taken = 0; taken < 1 + (round % 5); taken++) {
          const message = await next(stream);
          cursor = message.cursor;
          got.push(...namesOf([message]));
          if (message.event === undefined) break;
        }
        proxy.cut();
        isStatus(Status.UNAVAILABLE, /./)(await failureOf(stream));
        if (round % 2 === 0) await append();
      }
      got.push(...namesOf(await events.read({ start: after(cursor ?? '') })));
      assert.deepEqual(
        got,
        Array.from({ length: appended }, (_, at) => `s ${at + 1}`),
      );
      await until('the end of the killed streams', () => events.streams.count('StreamEvents') === 0);
    });

    test('a reader that stalls is waited for: no more is read for it than it can take', async () => {
      const log = new CountedLog(await openLog());
      const events = await serving.serve(log);
      const count = 2000;
      for (let from = 1; from <= count; from += 200) await fill(log, 's', 200, from, 2000);
      const stream = open(events, { start: FROM_OLDEST });
      assert.deepEqual(namesOf([await next(stream)]), ['s 1']);
      let before = -1;
      await until('no more to be read', async () => {
        if (log.entriesRead === before) return true;
        before = log.entriesRead;
        await sleep(100);
        return false;
      });
      assert.ok(
        log.entriesRead < 700,
        `${log.entriesRead} of ${count} events were read for a stalled client`,
      );
      const { reads } = log;
      await fill(log, 's', 100, count + 1, 2000);
      for (let number = 2; number <= count + 100; number++) {
        let message = await next(stream);
        if (message.event === undefined) message = await next(stream);
        assert.deepEqual(namesOf([message]), [`s ${number}`]);
      }
      assert.ok(log.reads > reads);
      await stream.return?.();
    });
  });
}

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { entry, type EventLogHarness, nameOf, type OpenEventLog, readAll } from './contract-harness.js';
import { EventLogError, type EventLogErrorCode } from './errors.js';
import type { EventFilter } from './eventlog.js';
import { onceProperty } from './once-property.js';
import type { Retention } from './rules.js';

const isEventLogError = (code: EventLogErrorCode) => (error: unknown) =>
  error instanceof EventLogError && error.code === code;

export interface EventLogTraits {
  /** Also that which survives is tested. */
  readonly durable: boolean;
  /** Has no index: to filter it looks at entry after entry, so a page must end before everything is looked at. */
  readonly scans: boolean;
  /** Keeps the order of all entries, not only of each station's. */
  readonly totalOrder: boolean;
}

/** What every event log must do. `open` gives an empty log each time. */
export function eventLogContract(name: string, open: OpenEventLog, traits: EventLogTraits): void {
  const { durable, scans, totalOrder } = traits;
  describe(`${name}: event log contract`, () => {
    let harness: EventLogHarness;

    const start = async (retention: Retention) => {
      await harness.dispose();
      harness = await open(retention);
    };
    const names = async (filter?: EventFilter) => (await readAll(harness.log, filter)).map(nameOf);

    beforeEach(async () => {
      harness = await open({});
    });

    afterEach(() => harness.dispose());

    describe('append', () => {
      test('keeps entries as they are, in order, with growing cursors', async () => {
        const { log } = harness;
        const data = Uint8Array.from({ length: 256 }, (_, at) => at);
        const entries = [
          entry('s', 1, { type: 'transaction.started', data }),
          entry('t=20', 1, { incarnation: 1_800_000_000_000, data: new Uint8Array(0) }),
          entry('s', 2, { type: 'ä' }),
        ];
        await log.append(entries);
        const read = await readAll(log);
        assert.deepEqual(
          read.map(({ station, incarnation, number, type }) => ({ station, incarnation, number, type })),
          entries.map(({ station, incarnation, number, type }) => ({ station, incarnation, number, type })),
        );
        for (const [at, { data: got }] of read.entries()) {
          assert.ok(Buffer.from(got).equals(entries[at]?.data ?? Buffer.from('?')));
        }
        assert.ok(read.every(({ cursor }, at) => cursor > (read[at - 1]?.cursor ?? 0)));
        assert.equal(await log.last(), read.at(-1)?.cursor);
        assert.equal(await log.size(), 3);
      });

      test('keeps the order of the calls', async () => {
        const calls = Array.from({ length: 100 }, (_, at) => harness.log.append([entry('s', at + 1)]));
        await Promise.all(calls);
        assert.deepEqual(
          await names(),
          Array.from({ length: 100 }, (_, at) => `s 1/${at + 1}`),
        );
      });

      test('drops repeats: in one call, in calls at the same moment, and later', async () => {
        const { log } = harness;
        await Promise.all([
          log.append([entry('s', 1), entry('s', 1), entry('s', 2)]),
          log.append([entry('s', 2)]),
        ]);
        await log.append([entry('s', 1), entry('s', 2), entry('s', 3), entry('s', 2)]);
        assert.deepEqual(await names(), ['s 1/1', 's 1/2', 's 1/3']);
        assert.equal(await log.size(), 3);
      });

      test('what says "again" is appended if it is not there, in its order', async () => {
        const { log } = harness;
        await log.append([entry('s', 1, { again: true }), entry('s', 2), entry('s', 3, { again: true })]);
        await Promise.all([
          log.append([entry('s', 3, { again: true }), entry('s', 4, { again: true })]),
          log.append([entry('s', 4, { again: true }), entry('s', 5)]),
          log.append([entry('t', 1, { again: true, type: 'other' }), entry('t', 2, { again: true })]),
        ]);
        assert.deepEqual(await names({ station: 's' }), ['s 1/1', 's 1/2', 's 1/3', 's 1/4', 's 1/5']);
        assert.deepEqual(await names({ station: 't' }), ['t 1/1', 't 1/2']);
        assert.ok((await readAll(log)).every((read) => !('again' in read)));
      });

      test('numbers belong to their station', async () => {
        await harness.log.append([entry('s', 5), entry('t', 1), entry('S', 1)]);
        assert.deepEqual(await names(), ['s 1/5', 't 1/1', 'S 1/1']);
      });

      test('a new incarnation begins anew, and the old one is over', async () => {
        const { log } = harness;
        await log.append([entry('s', 7)]);
        await log.append([entry('s', 1, { incarnation: 2 })]);
        await log.append([entry('s', 8), entry('s', 2, { incarnation: 2 })]);
        assert.deepEqual(await names(), ['s 1/7', 's 2/1', 's 2/2']);
      });

      test('appending nothing does nothing', async () => {
        await harness.log.append([]);
        assert.equal(await harness.log.last(), 0);
        assert.equal(await harness.log.first(), 1);
        assert.equal(await harness.log.size(), 0);
      });

      test('large and many entries are kept', async () => {
        const entries = Array.from({ length: 500 }, (_, at) =>
          entry('s', at + 1, { data: new Uint8Array(Buffer.alloc((at * 37) % 3000, at)) }),
        );
        entries.push(entry('s', 501, { data: new Uint8Array(Buffer.alloc(900_000, 'x')) }));
        await harness.log.append(entries);
        const read = await readAll(harness.log, undefined, 64);
        assert.equal(read.length, 501);
        assert.ok(
          read.every((got, at) => Buffer.from(got.data).equals(entries[at]?.data ?? Buffer.from('?'))),
        );
      });

      test('what was handed over may be changed once the append is done', async () => {
        const one = entry('s', 1);
        await harness.log.append([one]);
        const before = Buffer.from(one.data).toString();
        one.data.fill(0);
        const [read] = await readAll(harness.log);
        assert.equal(Buffer.from(read?.data ?? []).toString(), before);
      });

      for (const [what, bad] of [
        ['an empty station', entry('', 1)],
        ['an empty type', entry('s', 1, { type: '' })],
        ['the number 0', entry('s', 0)],
        ['a broken number', entry('s', 1.5)],
        ['a negative incarnation', entry('s', 1, { incarnation: -1 })],
      ] as const) {
        test(`refuses ${what} with all of its call: bad_argument`, async () => {
          const append = harness.log.append([entry('fine', 1), bad]);
          await assert.rejects(append, isEventLogError('bad_argument'));
          assert.equal(await harness.log.size(), 0);
        });
      }
    });

    describe('read', () => {
      beforeEach(async () => {
        for (let at = 0; at < 30; at++) {
          await harness.log.append([entry(`s${at % 3}`, at + 1, { type: at % 2 === 0 ? 'even' : 'odd' })]);
        }
      });

      test('pages meet every entry once', async () => {
        for (const limit of [1, 7, 30, 100]) {
          const read = await readAll(harness.log, undefined, limit);
          assert.deepEqual(
            read.map(({ number }) => number),
            Array.from({ length: 30 }, (_, at) => at + 1),
          );
        }
      });

      test('a page holds at most its limit and tells where to go on', async () => {
        const page = await harness.log.read({ after: 0, limit: 4 });
        assert.equal(page.entries.length, 4);
        assert.equal(page.next, page.entries[3]?.cursor);
        const next = await harness.log.read({ after: page.next, limit: 1 });
        assert.equal(next.entries[0]?.number, 5);
      });

      test('a page ends when it has its bytes, but holds one entry at least', async () => {
        const { log } = harness;
        const from = await log.last();
        for (let number = 1; number <= 10; number++)
          await log.append([entry('large', number, { data: new Uint8Array(100_000) })]);
        const numbers: number[] = [];
        for (let after = from; ;) {
          const page = await log.read({ after, limit: 100, bytes: 250_000 });
          if (page.next === after) break;
          assert.ok(page.entries.length >= 1 && page.entries.length <= 3, `${page.entries.length} in a page`);
          numbers.push(...page.entries.map(({ number }) => number));
          after = page.next;
        }
        assert.deepEqual(
          numbers,
          Array.from({ length: 10 }, (_, at) => at + 1),
        );
        const one = await log.read({ after: from, limit: 100, bytes: 1 });
        assert.deepEqual(
          one.entries.map(({ number }) => number),
          [1],
        );
      });

      test('at the end a page is empty and goes on from where it was', async () => {
        const last = await harness.log.last();
        assert.deepEqual(await harness.log.read({ after: last, limit: 10 }), { entries: [], next: last });
      });

      test('filters by station, by types and by both', async () => {
        const numbers = async (filter: EventFilter) =>
          (await readAll(harness.log, filter)).map(({ number }) => number);
        assert.deepEqual(await numbers({ station: 's1' }), [2, 5, 8, 11, 14, 17, 20, 23, 26, 29]);
        assert.equal((await numbers({ types: ['odd'] })).length, 15);
        assert.equal((await numbers({ types: ['odd', 'even'] })).length, 30);
        assert.deepEqual(await numbers({ station: 's1', types: ['odd'] }), [2, 8, 14, 20, 26]);
        assert.deepEqual(await numbers({ types: [] }), []);
        assert.deepEqual(await numbers({ station: 'none' }), []);
      });

      test('a filter that matches nothing comes to its end in bounded steps', async () => {
        const { log } = harness;
        const many = Array.from({ length: 3000 }, (_, at) => entry('many', at + 1));
        await log.append(many);
        await log.append([entry('rare', 1)]);
        const filter = { station: 'rare' };
        let after = 0;
        let pages = 0;
        const found: string[] = [];
        for (;;) {
          const page = await log.read({ after, limit: 10, filter });
          found.push(...page.entries.map(nameOf));
          if (page.next === after) break;
          after = page.next;
          pages++;
        }
        assert.deepEqual(found, ['rare 1/1']);
        assert.ok(pages > 1 || !scans, 'one read looked at everything');
      });
    });

    describe('waitFor', () => {
      const never = () => new AbortController().signal;

      test('resolves at once when there is more', async () => {
        await harness.log.append([entry('s', 1)]);
        await harness.log.waitFor(0, never());
      });

      test('resolves for every waiter when an entry comes, not for a repeat', async () => {
        const { log } = harness;
        await log.append([entry('s', 1)]);
        const last = await log.last();
        let woken = 0;
        const waiting = [1, 2].map(() => log.waitFor(last, never()).then(() => woken++));
        await log.append([entry('s', 1)]);
        assert.equal(woken, 0);
        await log.append([entry('s', 2)]);
        await Promise.all(waiting);
        assert.equal(woken, 2);
        assert.equal((await log.read({ after: last, limit: 1 })).entries.length, 1);
      });

      test("rejects with the signal's reason, also when it was aborted before", async () => {
        const reason = new Error('enough');
        const controller = new AbortController();
        const waiting = harness.log.waitFor(0, controller.signal);
        controller.abort(reason);
        await assert.rejects(waiting, reason);
        await assert.rejects(harness.log.waitFor(0, controller.signal), reason);
      });
    });

    describe('retention', () => {
      const fill = async (from: number, to: number) => {
        for (let number = from; number <= to; number++) await harness.log.append([entry('s', number)]);
      };

      test('keeps the newest entries and forgets the oldest by number', async () => {
        await start({ maxEntries: 20 });
        await fill(1, 200);
        const read = await readAll(harness.log);
        assert.equal(read.at(-1)?.number, 200);
        assert.ok(read.length >= 20 && read.length < 60, `${read.length} entries are kept`);
        assert.equal(await harness.log.first(), read[0]?.cursor);
        assert.equal(await harness.log.size(), read.length);
        assert.deepEqual(
          read.map(({ number }) => number),
          Array.from({ length: read.length }, (_, at) => 201 - read.length + at),
        );
      });

      test('forgets by age, also when nothing is appended', async () => {
        await start({ maxAgeMs: 3600_000 });
        await fill(1, 10);
        await harness.pass(1800_000);
        await fill(11, 20);
        await harness.pass(1900_000);
        await forgotten(10);
        assert.deepEqual(
          await names(),
          Array.from({ length: 10 }, (_, at) => `s 1/${at + 11}`),
        );
        assert.equal(await harness.log.first(), (await readAll(harness.log))[0]?.cursor);
        await harness.pass(3600_000);
        await forgotten(0);
        assert.deepEqual(await names(), []);
        assert.equal(await harness.log.first(), (await harness.log.last()) + 1);
      });

      test('repeats of forgotten entries are dropped, and cursors go on', async () => {
        await start({ maxAgeMs: 3600_000 });
        await fill(1, 10);
        const last = await harness.log.last();
        await harness.pass(3700_000);
        await forgotten(0);
        await harness.log.append([entry('s', 3), entry('s', 10), entry('s', 11)]);
        assert.deepEqual(await names(), ['s 1/11']);
        assert.ok((await harness.log.last()) > last);
      });

      test('a reader whose place was forgotten goes on with the oldest entry', async () => {
        await start({ maxEntries: 20 });
        await fill(1, 100);
        const page = await harness.log.read({ after: 5, limit: 1 });
        const [oldest] = await readAll(harness.log);
        assert.equal(page.entries[0]?.number, oldest?.number);
      });

      test('a reader of a log that forgot everything comes to its end, and waits there', async () => {
        await start({ maxAgeMs: 3600_000 });
        await fill(1, 10);
        await harness.pass(3700_000);
        await forgotten(0);
        for (const filter of [{}, { station: 's' }, { station: 'other' }, { types: ['a.b', 'c'] }]) {
          const { next, entries } = await harness.log.read({ after: 0, limit: 10, filter });
          assert.deepEqual(entries, []);
          assert.equal(next, await harness.log.last());
        }
        const controller = new AbortController();
        const waiting = harness.log.waitFor(await harness.log.last(), controller.signal);
        controller.abort(new Error('nothing came'));
        await assert.rejects(waiting, /nothing came/);
      });

      async function forgotten(left: number): Promise<void> {
        for (let turn = 0; (await harness.log.size()) > left; turn++) {
          assert.ok(turn < 1000, `${await harness.log.size()} entries are still there`);
          await harness.pass(1000);
          await sleep(1);
        }
      }
    });

    describe('life', () => {
      test('a closed log refuses: unavailable', async () => {
        const { log } = harness;
        const waiting = assert.rejects(
          log.waitFor(0, new AbortController().signal),
          isEventLogError('unavailable'),
        );
        await log.close();
        await log.close();
        await waiting;
        const calls = [
          log.append([entry('s', 1)]),
          log.read({ after: 0, limit: 1 }),
          log.waitFor(0, new AbortController().signal),
          log.first(),
          log.last(),
          log.size(),
        ];
        for (const call of calls) await assert.rejects(call, isEventLogError('unavailable'));
      });
    });

    if (durable) describe('survival', () => survival(() => harness, start));

    onceProperty(() => harness, totalOrder);
  });
}

function survival(harness: () => EventLogHarness, start: (retention: Retention) => Promise<void>): void {
  const reopen = async () => {
    const current = harness();
    assert.ok(current.reopen);
    current.log = await current.reopen();
  };

  test('entries, cursors and the end survive being opened anew', async () => {
    await harness().log.append([entry('s', 1), entry('s', 2)]);
    await harness().log.append([entry('t', 1)]);
    const before = await readAll(harness().log);
    await reopen();
    const after = await readAll(harness().log);
    assert.deepEqual(after.map(nameOf), before.map(nameOf));
    assert.deepEqual(
      after.map(({ cursor }) => cursor),
      before.map(({ cursor }) => cursor),
    );
    assert.equal(await harness().log.first(), before[0]?.cursor);
    assert.equal(await harness().log.last(), before.at(-1)?.cursor);
    assert.equal(await harness().log.size(), 3);
  });

  test('repeats are dropped after being opened anew', async () => {
    await harness().log.append([entry('s', 1), entry('s', 2)]);
    await reopen();
    await harness().log.append([entry('s', 2), entry('s', 3)]);
    assert.deepEqual((await readAll(harness().log)).map(nameOf), ['s 1/1', 's 1/2', 's 1/3']);
  });

  test('what says "again" is dropped if it is there, after being opened anew', async () => {
    const again = (number: number, type = 'a.b') => entry('s', number, { again: true, type });
    await harness().log.append([entry('s', 1), entry('s', 2, { type: 'other' }), entry('s', 3)]);
    await reopen();
    await harness().log.append([again(1), again(2, 'other')]);
    await harness().log.append([again(3), again(4, 'other'), again(5), again(6, 'new')]);
    await reopen();
    const calls = [1, 2, 3].map(() => harness().log.append([again(6, 'new'), again(7), entry('s', 8)]));
    await Promise.all(calls);
    const expected = Array.from({ length: 8 }, (_, at) => `s 1/${at + 1}`);
    assert.deepEqual((await readAll(harness().log)).map(nameOf), expected);
  });

  test('repeats of forgotten entries are dropped after being opened anew, and cursors go on', async () => {
    await start({ maxEntries: 5 });
    for (let number = 1; number <= 100; number++)
      await harness().log.append([entry('s', number), entry('t', number)]);
    await harness().log.append([entry('rare', 1)]);
    for (let number = 101; number <= 200; number++) await harness().log.append([entry('s', number)]);
    const last = await harness().log.last();
    await reopen();
    assert.equal(await harness().log.last(), last);
    await harness().log.append([entry('rare', 1), entry('t', 100), entry('s', 200), entry('s', 201)]);
    assert.equal(await harness().log.last(), last + 1);
  });
}

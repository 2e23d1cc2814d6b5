import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { entry, nameOf, readAll } from '../contract-harness.js';
import { EventLogError } from '../mod.js';
import { managerOf, Rig } from './rig.fixture.js';
import { until } from '../../clock/testing/until.js';

describe('jetstream: reading', () => {
  let rig: Rig;

  before(async () => {
    rig = await Rig.start();
  });
  afterEach(() => rig.reset());
  after(() => rig.stop());

  const never = () => new AbortController().signal;

  async function consumersOf({ link }: Awaited<ReturnType<Rig['open']>>): Promise<number> {
    return (await (await managerOf(link)).streams.info('CSMS_EVENTS')).state.consumer_count;
  }

  test('one reader has one consumer on the server, whose deletion it survives', async () => {
    const opened = await rig.open();
    const { log, link } = opened;
    const numbers = Array.from({ length: 50 }, (_, at) => at + 1);
    await log.append(numbers.map((number) => entry('s', number)));
    let after = 0;
    for (const number of numbers) {
      const { entries, next } = await log.read({ after, limit: 1 });
      assert.equal(entries[0]?.number, number);
      after = next;
      assert.equal(await consumersOf(opened), 1);
      if (number !== 25) continue;
      const { consumers } = await managerOf(link);
      for await (const { name } of consumers.list('CSMS_EVENTS')) await consumers.delete('CSMS_EVENTS', name);
    }
    await log.close();
    await until(async () => (await consumersOf(opened)) === 0);
  });

  test('many readers at different places each get everything', async () => {
    const { log } = await rig.open();
    const numbers = Array.from({ length: 60 }, (_, at) => at + 1);
    await log.append(numbers.flatMap((number) => [entry('s', number), entry(`t${number % 7}`, number)]));
    const readers = Array.from({ length: 150 }, async (_, at) => {
      const filter = [undefined, { station: 's' }, { types: ['a.b'] }][at % 3];
      const read = await readAll(log, filter, 1 + (at % 50));
      return read.length;
    });
    const expected = Array.from({ length: 150 }, (_, at) => (at % 3 === 1 ? 60 : 120));
    assert.deepEqual(await Promise.all(readers), expected);
  });

  test('pages are cut by their bytes; an event that alone is more still comes', async () => {
    const { log } = await rig.open();
    const data = new Uint8Array(900_000);
    const numbers = Array.from({ length: 20 }, (_, at) => at + 1);
    await log.append(numbers.map((number) => entry('s', number, { data })));
    const page = await log.read({ after: 0, limit: 100 });
    assert.ok(page.entries.length >= 5 && page.entries.length < 10, `${page.entries.length} in a page`);
    assert.deepEqual(
      (await readAll(log)).map(({ number }) => number),
      numbers,
    );
  });

  test('messages that are no events are passed over', async () => {
    const { log, link } = await rig.open();
    await log.append([entry('s', 1)]);
    for (const subject of ['csms.event.s', 'csms.event.s.a.b', 'csms.event.x=zz.a'])
      link.connection.publish(subject);
    await link.connection.flush();
    await log.append([entry('s', 2)]);
    assert.deepEqual((await readAll(log, undefined, 1)).map(nameOf), ['s 1/1', 's 1/2']);
    assert.equal(await log.size(), 5);
  });

  test('types of any text are found again, and only they', async () => {
    const { log } = await rig.open();
    const types = [
      'a.b',
      'a',
      'a.b.c',
      '*',
      '>',
      'a.*',
      'ä ö',
      'a..b',
      '.',
      '=',
      '=2E',
      'a b',
      'a\tb',
      'x'.repeat(1000),
    ];
    await log.append(types.map((type, at) => entry('s', at + 1, { type })));
    for (const [at, type] of types.entries()) {
      for (const filter of [{ types: [type] }, { types: [type], station: 's' }, { types: [type, 'none'] }]) {
        assert.deepEqual(
          (await readAll(log, filter)).map(({ number }) => number),
          [at + 1],
          type,
        );
      }
    }
  });

  test('who waits is woken by what another process appends, also after the server was killed', async () => {
    const one = (await rig.open()).log;
    const other = await rig.open();
    await other.log.append([entry('s', 1)]);
    await one.waitFor(0, never());
    const last = await one.last();
    const first = one.waitFor(last, never());
    await other.log.append([entry('s', 2)]);
    await first;
    const second = one.waitFor(last + 1, never());
    await rig.server.kill9();
    await rig.server.start();
    await until(() => other.link.connected);
    await other.log.append([entry('s', 3)]);
    await second;
    await assert.doesNotReject(one.waitFor(last, never()));
    const page = await one.read({ after: last, limit: 5 });
    assert.deepEqual(page.entries.map(nameOf), ['s 1/2', 's 1/3']);
  });

  test('reading goes on after the server was killed', async () => {
    const { log, link } = await rig.open();
    const numbers = Array.from({ length: 30 }, (_, at) => at + 1);
    await log.append(numbers.map((number) => entry('s', number)));
    const got: number[] = [];
    for (let after = 0; got.length < numbers.length;) {
      const { entries, next } = await log.read({ after, limit: 10 });
      got.push(...entries.map(({ number }) => number));
      after = next;
      await rig.server.kill9();
      await assert.rejects(
        log.read({ after, limit: 1 }),
        (error: unknown) => error instanceof EventLogError && error.code === 'unavailable',
      );
      await rig.server.start();
      await until(() => link.connected);
    }
    assert.deepEqual(got, numbers);
  });
});

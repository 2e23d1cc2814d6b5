import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import { freeze } from '../../bus/nats/nats.fixture.js';
import { type Clock, systemClock } from '../../clock/mod.js';
import { TcpProxy } from '../../servers/mod.js';
import { entry, nameOf, readAll } from '../contract-harness.js';
import { EventLogError } from '../mod.js';
import { managerOf, randomFrom, Rig, TestOutbox } from './rig.fixture.js';
import { until } from '../../clock/testing/until.js';

const SEED = 20267;

const isUnavailable = (what: RegExp) => (error: unknown) => {
  assert.ok(error instanceof EventLogError && error.code === 'unavailable', String(error));
  assert.match(error.message, what);
  return true;
};

describe('jetstream: appending through faults', () => {
  let rig: Rig;

  before(async () => {
    rig = await Rig.start();
  });
  afterEach(() => rig.reset());
  after(() => rig.stop());

  const names = async (log: Parameters<typeof readAll>[0]) => (await readAll(log)).map(nameOf);

  test(`a server that is killed and started in the middle: no gap, no repeat, in order (seed ${SEED})`, async () => {
    const { log } = await rig.open({ ackTimeoutMs: 500 });
    const random = randomFrom(SEED);
    const outbox = new TestOutbox(random);
    let stopping = false;
    const working = (async () => {
      while (!stopping) {
        outbox.decide(40);
        await outbox.settleAll(log);
      }
    })();
    for (let kills = 0; kills < 4; kills++) {
      const target = outbox.acknowledged + 200 + Math.floor(random() * 1500);
      await until(() => outbox.acknowledged >= target);
      await rig.server.kill9();
      await rig.server.start();
    }
    stopping = true;
    await working;
    await outbox.check(log);
  });

  test(`a worker that is cut off while another goes on with its outbox: its late bytes change nothing (seed ${SEED})`, async () => {
    const proxy = await TcpProxy.start(rig.server.port);
    try {
      const random = randomFrom(SEED);
      let outbox = new TestOutbox(random);
      for (let turn = 0; turn < 3; turn++) {
        const old = await rig.open({ ackTimeoutMs: 300 }, proxy.port);
        outbox.decide(400);
        for (let groups = Math.floor(random() * 5); groups > 0; groups--) await outbox.settle(old.log);
        const release = proxy.stall({ direction: turn === 1 ? 'down' : 'up', newcomers: false });
        assert.equal(await outbox.settle(old.log), false);
        outbox = outbox.handOver();
        const { log } = await rig.open();
        await outbox.settle(log);
        release();
        await outbox.settleAll(log);
        await sleep(20);
        await outbox.check(log);
      }
    } finally {
      await proxy.close();
    }
  });

  test(`two workers that append the same events at the same time, past the duplicate window (seed ${SEED})`, async () => {
    const options = { duplicateWindowMs: 100 };
    const logs = [(await rig.open(options)).log, (await rig.open(options)).log];
    const random = randomFrom(SEED);
    const stations = Array.from({ length: 30 }, (_, at) => `S${at}`);
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
    await Promise.all(
      logs.flatMap((log) =>
        stations.map(async (station) => {
          for (const number of numbers) {
            const type = number % 3 === 0 ? 'a' : 'b.c';
            await log.append([entry(station, number, { again: true, type })]);
            if (random() < 0.5) await sleep(random() * 250);
          }
        }),
      ),
    );
    const read = await readAll(logs[0] ?? assert.fail());
    for (const station of stations) {
      assert.deepEqual(
        read.filter((one) => one.station === station).map(({ number }) => number),
        numbers,
      );
    }
  });

  test('a server that stands still: unavailable in time, and nothing twice when it goes on', async () => {
    const { log } = await rig.open({ ackTimeoutMs: 300 });
    await log.append([entry('s', 1)]);
    await freeze(rig.server);
    try {
      const entries = [entry('s', 2), entry('s', 3), entry('t', 1)];
      const appends = [log.append(entries), log.append([entry('s', 4)])];
      await assert.rejects(
        appends[0] ?? assert.fail(),
        isUnavailable(/^3 of 3 .* no acknowledgement .* 300 ms/),
      );
      await assert.rejects(appends[1] ?? assert.fail(), isUnavailable(/^1 of 1 /));
      assert.equal(log.waiting, 0);
    } finally {
      rig.server.signal('SIGCONT');
    }
    const again = [entry('s', 2), entry('s', 3), entry('t', 1), entry('s', 4)];
    await log.append(again.map((one) => ({ ...one, again: true })));
    assert.deepEqual((await names(log)).sort(), ['s 1/1', 's 1/2', 's 1/3', 's 1/4', 't 1/1']);
  });

  test('nothing of a station is written after an entry that failed; other stations go on', async () => {
    const { log, link } = await rig.open();
    await (await managerOf(link)).streams.update('CSMS_EVENTS', { max_msg_size: 1000 });
    const large = entry('s', 2, { data: new Uint8Array(2000) });
    const first = log.append([entry('s', 1), large, entry('s', 3), entry('t', 1)]);
    const second = log.append([entry('s', 4), entry('t', 2)]);
    const refused = assert.rejects(first, (error: unknown) => {
      assert.ok(error instanceof EventLogError && error.code === 'bad_argument', String(error));
      assert.match(
        error.message,
        /^2 of 4 .* refuses the event: message size exceeds .*raise the stream's max_msg_size/,
      );
      return true;
    });
    await assert.rejects(second, isUnavailable(/^1 of 2 .*an earlier event of s /));
    await refused;
    await assert.rejects(
      log.append([{ ...large, again: true }]),
      (error: unknown) => error instanceof EventLogError && error.code === 'bad_argument',
    );
    assert.deepEqual((await names(log)).sort(), ['s 1/1', 't 1/1', 't 1/2']);
    await log.append([entry('s', 2), entry('s', 3), entry('s', 4)]);
    assert.deepEqual((await readAll(log, { station: 's' })).map(nameOf), [
      's 1/1',
      's 1/2',
      's 1/3',
      's 1/4',
    ]);
  });

  test('without a connection it fails at once, and says what to check', async () => {
    const { log, link } = await rig.open({ ackTimeoutMs: 60_000 });
    const onItsWay = assert.rejects(
      (async () => {
        for (let number = 1; ; number++) await log.append([entry('s', number)]);
      })(),
      isUnavailable(/not connected to NATS: check/),
    );
    await rig.server.kill9();
    try {
      await onItsWay;
      await until(() => !link.connected);
      for (const call of [log.append([entry('t', 1)]), log.read({ after: 0, limit: 1 }), log.size()]) {
        await assert.rejects(call, isUnavailable(/not connected to NATS: check/));
      }
    } finally {
      await rig.server.start();
    }
    await until(() => link.connected);
    await log.append([entry('t', 1)]);
  });

  test('takes no more than it can hold', async () => {
    const { log } = await rig.open();
    rig.server.signal('SIGSTOP');
    try {
      const data = new Uint8Array(0);
      const many = Array.from({ length: 90_000 }, (_, at) => entry(`s${at % 40_000}`, at + 1, { data }));
      const waiting = assert.rejects(log.append(many), isUnavailable(/is closed/));
      await assert.rejects(log.append(many), isUnavailable(/90000 events wait .* already: try again later/));
      assert.equal(log.waiting, 90_000);
      await log.close();
      await waiting;
      assert.equal(log.waiting, 0);
    } finally {
      rig.server.signal('SIGCONT');
    }
  });

  test('what a process sends long after its call began is looked for first', async () => {
    const system = systemClock();
    let stopped = 0;
    const clock: Clock = {
      now: () => system.now(),
      monotonic: () => system.monotonic() + stopped,
      setTimer: (delayMs, callback) => system.setTimer(delayMs, callback),
      soon: (callback) => system.soon(callback),
    };
    const late = (await rig.open({ clock, duplicateWindowMs: 100, ackTimeoutMs: 60_000 })).log;
    const { log, link } = await rig.open({ duplicateWindowMs: 100 });
    await log.append([entry('s', 2)]);
    // The server forgets the id of what was written, so that nothing but looking finds it: when it takes a later one again.
    const probe = () => jetstream(link.connection).publish('csms.event.probe.x', '', { msgID: 'probe/1/1' });
    assert.equal((await probe()).duplicate, false);
    await until(async () => !(await probe()).duplicate);
    const append = late.append([entry('s', 1, { type: 'other' }), entry('s', 2), entry('s', 3)]);
    stopped = 1000;
    await append;
    // The first was on its way already.
    const ofStation = (await readAll(log, { station: 's' })).map(nameOf);
    assert.deepEqual(ofStation, ['s 1/2', 's 1/1', 's 1/3']);
  });

  test('a stream that is gone is created anew, and that is told', async () => {
    const told: string[] = [];
    const { log, link } = await rig.open({ onError: ({ message }) => told.push(message) });
    await log.append([entry('s', 1)]);
    await (await managerOf(link)).streams.delete('CSMS_EVENTS');
    await assert.rejects(
      log.append([entry('s', 2)]),
      isUnavailable(/no server takes events for .* CSMS_EVENTS/),
    );
    await until(() => told.length > 0);
    assert.match(told[0] ?? '', /CSMS_EVENTS was gone, with all its events: it is created anew/);
    await log.append([entry('s', 2, { again: true })]);
    assert.deepEqual(await names(log), ['s 1/2']);
  });

  test('a stream that is gone is created anew although others subscribe to the events', async () => {
    const told: string[] = [];
    const { log, link } = await rig.open({ ackTimeoutMs: 300, onError: ({ message }) => told.push(message) });
    link.connection.subscribe('csms.event.>', { callback: () => undefined });
    await (await managerOf(link)).streams.delete('CSMS_EVENTS');
    await assert.rejects(log.append([entry('s', 1)]), isUnavailable(/no acknowledgement/));
    await until(() => told.length > 0, 2000);
    assert.match(told[0] ?? '', /is created anew/);
    await log.append([entry('s', 1, { again: true })]);
    assert.deepEqual(await names(log), ['s 1/1']);
  });

  test('a stream that is gone is created anew when all that comes is looked for first', async () => {
    const told: string[] = [];
    const { log, link } = await rig.open({ onError: ({ message }) => told.push(message) });
    link.connection.subscribe('csms.event.>', { callback: () => undefined });
    await (await managerOf(link)).streams.delete('CSMS_EVENTS');
    const again = entry('s', 1, { again: true });
    await assert.rejects(
      log.append([again]),
      isUnavailable(/CSMS_EVENTS is gone; it is being created again/),
    );
    await until(() => told.length > 0, 2000);
    await log.append([again]);
    assert.deepEqual(await names(log), ['s 1/1']);
  });
});

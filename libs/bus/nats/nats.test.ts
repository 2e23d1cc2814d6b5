import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { NatsServer } from '../../servers/mod.js';
import { busContract } from '../contract.js';
import { BusError, type BusErrorCode, connectNats, natsBus, type Bus, type NatsLink } from '../mod.js';
import {
  bytes,
  Cleanups,
  connectNatsBus,
  freeze,
  startServer,
  text,
  type NatsBusConnectOptions,
} from './nats.fixture.js';
import { until } from '../../clock/testing/until.js';

const isBusError =
  (code: BusErrorCode, says = /./) =>
  (error: unknown) =>
    error instanceof BusError && error.code === code && says.test(error.message);

async function open(t: TestContext, url: string, options: Partial<NatsBusConnectOptions> = {}): Promise<Bus> {
  const onError = (error: unknown) => assert.fail(String(error));
  const bus = await connectNatsBus({ servers: [url], name: 'test', onError, ...options });
  t.after(() => bus.close());
  return bus;
}

async function openLimited(
  t: TestContext,
  url: string,
  maxBacklogBytes: number,
): Promise<{ bus: Bus; link: NatsLink }> {
  const link = await connectNats({ servers: [url], name: 'test' });
  const bus = natsBus(link, { maxBacklogBytes });
  t.after(() => bus.close());
  return { bus, link };
}

const cleanups = new Cleanups();
let shared: NatsServer;
before(async () => {
  shared = (await startServer(cleanups)).server;
});
after(() => cleanups.run());

busContract('NATS', async () => ({
  connect: () => connectNatsBus({ servers: [shared.url], name: 'contract', onError: () => undefined }),
  stop: async () => undefined,
}));

describe('NATS bus', { concurrency: true }, () => {
  test('100,000 messages come once and in order, and what waits for the server is bounded', async (t) => {
    const maxBacklogBytes = 256 * 1024;
    const { bus: alice, link } = await openLimited(t, shared.url, maxBacklogBytes);
    const bob = await open(t, shared.url);
    let next = 0;
    let wrong = 0;
    bob.subscribe('many.*', (message) => {
      if (Number(text(message).slice(0, 6)) !== next++) wrong++;
    });
    await bob.flush();
    let largest = 0;
    for (let sent = 0; sent < 100_000;) {
      try {
        alice.publish(`many.${sent % 100}`, bytes(String(sent).padStart(6, '0').padEnd(200, 'x')));
        sent++;
      } catch (error) {
        assert.ok(isBusError('unavailable', /publish again later/)(error));
        await alice.flush();
      }
      largest = Math.max(largest, link.backlog);
    }
    await until(() => next === 100_000);
    assert.equal(wrong, 0);
    assert.ok(largest < maxBacklogBytes + 128 * 1024, `${largest} bytes waited`);
  });

  test('keeps the order of small and large messages', async (t) => {
    const bus = await open(t, shared.url);
    const sizes = [0, 10, bus.maxPayload, 1, 40_000, 65_530, 65_536, 0, 200_000, 5];
    const got: number[] = [];
    let wrong = 0;
    bus.subscribe('sizes', ({ data }) => {
      if (data.some((byte) => byte !== got.length)) wrong++;
      got.push(data.length);
    });
    sizes.forEach((size, at) => bus.publish('sizes', new Uint8Array(size).fill(at)));
    await until(() => got.length === sizes.length);
    assert.deepEqual(got, sizes);
    assert.equal(wrong, 0);
  });

  test('knows the largest payload of its server', async (t) => {
    const { server } = await startServer(t, 'max_payload: 2000');
    const bus = await open(t, server.url);
    assert.equal(bus.maxPayload, 2000);
    assert.throws(() => bus.publish('a', new Uint8Array(2001)), isBusError('too_large', /at most 2000/));
    bus.publish('a', new Uint8Array(2000));
    await bus.flush();
  });

  test('reports what a handler throws, with the subject', async (t) => {
    const errors: [unknown, string | undefined][] = [];
    const bus = await open(t, shared.url, { onError: (error, subject) => errors.push([error, subject]) });
    const error = new Error('a bug');
    bus.subscribe('throws.*', () => {
      throw error;
    });
    bus.publish('throws.now', bytes(''));
    await until(() => errors.length === 1);
    assert.deepEqual(errors, [[error, 'throws.now']]);
  });

  test('reports a subscription that the server refuses, with what to do', async (t) => {
    const { server } = await startServer(
      t,
      'authorization { users: [{ user: u, password: p, permissions: { subscribe: ["ok", "_INBOX.>"] } }] }',
    );
    const errors: string[] = [];
    const bus = await open(t, server.url.replace('//', '//u:p@'), {
      onError: (error, subject) => errors.push(`${subject}: ${String(error)}`),
    });
    bus.subscribe('secret', () => undefined);
    await bus.flush();
    await until(() => errors.length === 2);
    assert.match(errors.join('\n'), /^secret: .*does not let this user subscribe to "secret"/m);
  });

  for (const queue of [undefined, 'q']) {
    const options = queue === undefined ? {} : { queue };
    test(`a subscription ${queue === undefined ? '' : 'of a queue '}that is refused for a while comes back; each time is told once`, async (t) => {
      const config = (allowed: string): string =>
        `authorization { users: [{ user: u, password: p, permissions: { subscribe: [${allowed}] } }] }`;
      const { server, folder } = await startServer(t, config('"a", "_INBOX.>"'));
      const told: string[] = [];
      const bus = await open(t, server.url.replace('//', '//u:p@'), {
        onError: (_error, subject) => {
          if (subject !== undefined) told.push(subject);
        },
      });
      const got: string[] = [];
      const subscription = bus.subscribe('a', (message) => got.push(text(message)), options);
      const reload = async (allowed: string): Promise<void> => {
        await writeFile(path.join(folder, 'nats.conf'), config(allowed));
        server.signal('SIGHUP');
      };
      for (let round = 1; round <= 2; round++) {
        await reload('"b", "_INBOX.>"');
        await until(() => told.length === round);
        await reload('"a", "_INBOX.>"');
        const before = got.length;
        const asking = setInterval(() => bus.publish('a', bytes('x')), 20);
        try {
          await until(() => got.length > before);
          await bus.flush();
        } finally {
          clearInterval(asking);
        }
      }
      assert.deepEqual(told, ['a', 'a']);
      await subscription.drain();
    });
  }

  test('one that is refused may be ended meanwhile', async (t) => {
    const { server } = await startServer(
      t,
      'authorization { users: [{ user: u, password: p, permissions: { subscribe: "_INBOX.>" } }] }',
    );
    const told: unknown[] = [];
    const bus = await connectNatsBus({
      servers: [server.url.replace('//', '//u:p@')],
      name: 'test',
      onError: (_error, subject) => told.push(subject),
    });
    const subscriptions = ['a', 'b', 'c'].map((subject) => bus.subscribe(subject, () => undefined));
    await until(() => told.filter((subject) => subject !== undefined).length === 3);
    subscriptions[0]?.unsubscribe();
    await subscriptions[1]?.drain();
    await bus.close();
  });

  test('server killed and started again: refuses meanwhile, tells both, and goes on', async (t) => {
    const { server } = await startServer(t);
    const bus = await open(t, server.url);
    const statuses: boolean[] = [];
    const got: string[] = [];
    bus.onStatus((connected) => statuses.push(connected));
    bus.subscribe('a', (message) => got.push(text(message)));
    const draining = bus.subscribe('b', () => undefined);
    bus.subscribe('silent', () => undefined);
    await bus.flush();
    await freeze(server);
    const pending = [bus.flush(), bus.flush()].map((flush) =>
      assert.rejects(flush, isBusError('unavailable')),
    );
    const drained = draining.drain();
    const request = bus.request('silent', bytes(''), { timeoutMs: 700 });
    const timedOut = assert.rejects(request, isBusError('timeout'));
    await server.kill9();
    await Promise.all([...pending, drained]);
    assert.equal(bus.connected, false);
    assert.throws(() => bus.publish('a', bytes('lost')), isBusError('unavailable', /onStatus/));
    await assert.rejects(bus.request('a', bytes(''), { timeoutMs: 100 }), isBusError('unavailable'));
    await assert.rejects(bus.flush(), isBusError('unavailable'));
    const second = bus.subscribe('c', () => undefined);
    await second.drain();
    bus.subscribe('d', (message) => got.push(text(message)));
    await timedOut;
    await server.start();
    await until(() => bus.connected);
    bus.publish('a', bytes('again'));
    bus.publish('d', bytes('subscribed while away'));
    bus.publish('b', bytes('drained'));
    bus.publish('c', bytes('drained'));
    await until(() => got.length === 2);
    assert.deepEqual(got, ['again', 'subscribed while away']);
    const reply = assert.rejects(
      bus.request('nobody', bytes(''), { timeoutMs: 5000 }),
      isBusError('no_responders'),
    );
    await reply;
    assert.deepEqual(statuses, [false, true]);
    await bus.close();
    assert.deepEqual(statuses, [false, true, false]);
  });

  test('a server that stands still: memory is bounded, it is noticed in 5 s, and all goes on when it wakes', async (t) => {
    const { server } = await startServer(t);
    const maxBacklogBytes = 1024 * 1024;
    const { bus, link } = await openLimited(t, server.url, maxBacklogBytes);
    let got = 0;
    bus.subscribe('a', () => got++);
    await bus.flush();
    await freeze(server);
    const start = performance.now();
    const flushed = assert.rejects(bus.flush(), isBusError('unavailable'));
    const data = new Uint8Array(10_000);
    const publish = (): void => {
      for (;;) bus.publish('b', data);
    };
    assert.throws(publish, isBusError('unavailable', /takes them too slowly/));
    assert.ok(link.backlog < maxBacklogBytes + 128 * 1024);
    await flushed;
    assert.ok(performance.now() - start < 5000);
    assert.equal(bus.connected, false);
    assert.throws(publish, isBusError('unavailable', /not connected/));
    server.signal('SIGCONT');
    await until(() => bus.connected);
    bus.publish('a', bytes(''));
    await until(() => got === 1);
  });

  test('closes in time when the server stands still', async (t) => {
    const { server } = await startServer(t);
    const bus = await open(t, server.url);
    bus.subscribe('a', () => undefined);
    await bus.flush();
    await freeze(server);
    const start = performance.now();
    await bus.close();
    assert.ok(performance.now() - start < 8000);
  });

  test('a request whose reply comes late is a timeout, and the late reply disturbs nobody', async (t) => {
    const bus = await open(t, shared.url);
    const replies: string[] = [];
    bus.subscribe('late', ({ reply = '' }) => replies.push(reply));
    await assert.rejects(bus.request('late', bytes(''), { timeoutMs: 10 }), isBusError('timeout'));
    const next = bus.request('late', bytes(''), { timeoutMs: 5000 });
    await until(() => replies.length === 2);
    bus.publish(replies[0] ?? '', bytes('too late'));
    bus.publish(replies[1] ?? '', bytes('in time'));
    assert.equal(text(await next), 'in time');
  });

  test('very many requests at once need one subscription and no timer each', async (t) => {
    const bus = await open(t, shared.url);
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    bus.subscribe('echo', (message) => bus.publish(message.reply ?? '', message.data));
    await bus.flush();
    const before = timers();
    const requests = Array.from({ length: 5000 }, (_, at) =>
      bus.request('echo', bytes(`${at}`), { timeoutMs: 10_000 }),
    );
    assert.ok(timers() <= before + 5, `${timers() - before} more timers`);
    const replies = await Promise.all(requests);
    assert.deepEqual(
      replies.map(text),
      replies.map((_, at) => `${at}`),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../clock/mod.js';
import { busContract } from './contract.js';
import { BusError, MemoryBroker, memoryBus } from './mod.js';
import { Routes } from './routes.js';

const SEED = 20261;
const nothing = new Uint8Array(0);

busContract('memory', async () => {
  const broker = new MemoryBroker({ onError: () => undefined });
  return { connect: async () => broker.connect(), stop: async () => undefined };
});

describe('memory bus', () => {
  test('delivers what handlers publish, in the same settling', async () => {
    const clock = new ManualClock();
    const bus = memoryBus({ clock });
    const got: number[] = [];
    bus.subscribe('count', ({ data }) => {
      const count = data[0] ?? 0;
      got.push(count);
      if (count < 5) bus.publish('count', new Uint8Array([count + 1]));
    });
    bus.publish('count', new Uint8Array([1]));
    await clock.settle();
    assert.deepEqual(got, [1, 2, 3, 4, 5]);
  });

  test('lets timers and sockets run in a long burst', async () => {
    const bus = memoryBus();
    let handled = 0;
    bus.subscribe('endless', () => {
      if (++handled < 50_000) bus.publish('endless', nothing);
    });
    bus.publish('endless', nothing);
    const seen = await new Promise<number>((resolve) => setImmediate(() => resolve(handled)));
    assert.ok(seen > 0 && seen < 50_000, `${seen} messages were handled before the event loop went on`);
    await bus.close();
  });

  test('reports what a handler throws with the subject', async () => {
    const clock = new ManualClock();
    const errors: [unknown, string][] = [];
    const bus = memoryBus({ clock, onError: (error, subject) => errors.push([error, subject]) });
    const error = new Error('a bug');
    bus.subscribe('a.*', () => {
      throw error;
    });
    bus.publish('a.b', nothing);
    await clock.settle();
    assert.deepEqual(errors, [[error, 'a.b']]);
  });

  test('refuses to publish when too much waits, and takes more after it was delivered', async () => {
    const clock = new ManualClock();
    const bus = memoryBus({ clock, maxPending: 10 });
    let got = 0;
    bus.subscribe('a', () => got++);
    for (let at = 0; at < 10; at++) bus.publish('a', nothing);
    const isUnavailable = (error: unknown) => error instanceof BusError && error.code === 'unavailable';
    assert.throws(() => bus.publish('a', nothing), isUnavailable);
    await assert.rejects(bus.request('a', nothing, { timeoutMs: 1000 }), isUnavailable);
    await clock.settle();
    bus.publish('a', nothing);
    await clock.settle();
    assert.equal(got, 11);
  });

  test('a request times out by the clock, not before, and leaves no timer behind', async () => {
    const clock = new ManualClock();
    const bus = memoryBus({ clock });
    bus.subscribe('silent', () => undefined);
    const failures: unknown[] = [];
    bus.request('silent', nothing, { timeoutMs: 1000 }).catch((error: unknown) => failures.push(error));
    await clock.advance(999);
    assert.equal(failures.length, 0);
    await clock.advance(1);
    const [failure] = failures;
    assert.ok(failure instanceof BusError && failure.code === 'timeout');
    const refused = bus.request('nobody', nothing, { timeoutMs: 1000 }).catch((error: unknown) => error);
    await clock.settle();
    assert.ok((await refused) instanceof BusError);
    assert.equal(clock.timers, 0);
  });

  test('a queue group takes turns, across patterns too', async () => {
    const clock = new ManualClock();
    const bus = memoryBus({ clock });
    const got: string[] = [];
    bus.subscribe('a.b', () => got.push('exact'), { queue: 'q' });
    bus.subscribe('a.*', () => got.push('star'), { queue: 'q' });
    bus.subscribe('a.>', () => got.push('rest'), { queue: 'q' });
    for (let at = 0; at < 6; at++) bus.publish('a.b', nothing);
    await clock.settle();
    assert.deepEqual(got, ['exact', 'star', 'rest', 'exact', 'star', 'rest']);
  });

  test('a client that lost its connection cannot send, misses what is sent, and does not count as responder', async () => {
    const clock = new ManualClock();
    const broker = new MemoryBroker({ clock });
    const [alice, bob] = [broker.connect(), broker.connect()];
    const got: string[] = [];
    const statuses: boolean[] = [];
    bob.subscribe('a', ({ data }) => got.push(Buffer.from(data).toString()));
    bob.onStatus((connected) => statuses.push(connected));
    bob.setConnected(false);
    alice.publish('a', Buffer.from('missed'));
    assert.throws(() => bob.publish('a', nothing), { code: 'unavailable' });
    const request = alice.request('a', nothing, { timeoutMs: 1000 }).catch((error: unknown) => error);
    await clock.settle();
    assert.ok((await request) instanceof BusError);
    bob.setConnected(true);
    alice.publish('a', Buffer.from('received'));
    await clock.settle();
    assert.deepEqual(got, ['received']);
    assert.deepEqual(statuses, [false, true]);
  });

  test('drain waits for what has arrived', async () => {
    const bus = memoryBus();
    let handled = 0;
    const subscription = bus.subscribe('a', () => handled++);
    for (let at = 0; at < 3000; at++) bus.publish('a', nothing);
    await subscription.drain();
    assert.equal(handled, 3000);
  });

  test('keeps nothing of subscriptions that ended', () => {
    const routes = new Routes<string>();
    for (const pattern of ['a.b', 'a.*', 'a.*.c', 'a.>', '>', '*']) {
      routes.add(pattern, 'x');
      routes.remove(pattern, 'x');
    }
    const found: (readonly string[])[] = [];
    for (const subject of ['a', 'a.b', 'a.b.c']) routes.match(subject, found);
    assert.deepEqual(found, []);
  });

  test(`matches as the definition says (seed ${SEED})`, () => {
    const token = fc.constantFrom('a', 'b', 'c');
    const subject = fc.array(token, { minLength: 1, maxLength: 4 });
    const pattern = fc
      .tuple(fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 3 }), fc.constantFrom('a', '*', '>'))
      .map(([head, last]) => [...head, last]);
    fc.assert(
      fc.property(
        fc.array(pattern, { maxLength: 8 }),
        subject,
        fc.nat({ max: 7 }),
        (patterns, tokens, removed) => {
          const routes = new Routes<number>();
          patterns.forEach((each, index) => routes.add(each.join('.'), index));
          const gone = patterns[removed];
          if (gone !== undefined) routes.remove(gone.join('.'), removed);
          const found: (readonly number[])[] = [];
          routes.match(tokens.join('.'), found);
          const expected = patterns.flatMap((each, index) =>
            index !== removed && matchesByDefinition(each, tokens) ? [index] : [],
          );
          assert.deepEqual(
            found.flat().sort((a, b) => a - b),
            expected,
          );
        },
      ),
      { seed: SEED, numRuns: 2000 },
    );
  });
});

function matchesByDefinition(pattern: readonly string[], tokens: readonly string[]): boolean {
  if (pattern.at(-1) === '>') {
    const head = pattern.slice(0, -1);
    return tokens.length > head.length && matchesByDefinition(head, tokens.slice(0, head.length));
  }
  return (
    pattern.length === tokens.length && pattern.every((token, at) => token === '*' || token === tokens[at])
  );
}

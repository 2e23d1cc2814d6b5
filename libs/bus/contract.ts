import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Bus, BusMessage } from './bus.js';
import { BusError, type BusErrorCode } from './errors.js';
import { until } from '../clock/testing/until.js';

/** A place where clients meet: a NATS server, or the memory of the process. */
export interface BusMeeting {
  connect(): Promise<Bus>;
  stop(): Promise<void>;
}

const text = (message: BusMessage) => Buffer.from(message.data).toString();
const bytes = (content: string) => new Uint8Array(Buffer.from(content));
const isBusError = (code: BusErrorCode) => (error: unknown) =>
  error instanceof BusError && error.code === code;

/** What every bus must do. `open` is called for each test. */
export function busContract(name: string, open: () => Promise<BusMeeting>): void {
  describe(`${name}: bus contract`, () => {
    let meeting: BusMeeting;
    let alice: Bus;
    let bob: Bus;

    beforeEach(async () => {
      meeting = await open();
      alice = await meeting.connect();
      bob = await meeting.connect();
    });

    afterEach(async () => {
      await alice.close();
      await bob.close();
      await meeting.stop();
    });

    /** Collects what `bus` gets; after `barrier` everything that was published before it has come. */
    async function collect(
      bus: Bus,
      subject: string,
      options: { queue?: string } = {},
    ): Promise<BusMessage[]> {
      const got: BusMessage[] = [];
      bus.subscribe(subject, (message) => got.push(message), options);
      await bus.flush();
      return got;
    }

    async function barrier(from: Bus, to: Bus): Promise<void> {
      const arrived = await collect(to, 'barrier');
      from.publish('barrier', bytes(''));
      await until(() => arrived.length === 1);
    }

    test('delivers to a subscriber, once and with subject, data and reply', async () => {
      const got = await collect(bob, 'a.b');
      alice.publish('a.b', bytes('one'), 'back.here');
      alice.publish('a.b', bytes('two'));
      await barrier(alice, bob);
      assert.deepEqual(got.map(text), ['one', 'two']);
      assert.equal(got[0]?.subject, 'a.b');
      assert.equal(got[0]?.reply, 'back.here');
      assert.equal(got[1]?.reply, undefined);
      assert.equal(got[1]?.noResponders, undefined);
    });

    test('keeps the order of one publisher, also over several subjects of one subscription', async () => {
      const got = await collect(bob, 'order.*');
      const sent = Array.from({ length: 1000 }, (_, at) => `${at}`);
      for (const content of sent) alice.publish(`order.${Number(content) % 7}`, bytes(content));
      await barrier(alice, bob);
      assert.deepEqual(got.map(text), sent);
    });

    test('never runs a handler within publish', async () => {
      let calls = 0;
      alice.subscribe('a', () => calls++);
      await alice.flush();
      alice.publish('a', bytes(''));
      assert.equal(calls, 0);
      await until(() => calls === 1);
    });

    test('gives every subscription its copy, also two of one client', async () => {
      const got = [await collect(alice, 'a'), await collect(bob, 'a'), await collect(bob, 'a')];
      alice.publish('a', bytes('x'));
      await until(() => got.every((messages) => messages.length === 1));
    });

    const patterns: [pattern: string, subject: string, matches: boolean][] = [
      ['a.*', 'a.b', true],
      ['a.*', 'a', false],
      ['a.*', 'a.b.c', false],
      ['a.*', 'b.a', false],
      ['*', 'a', true],
      ['*', 'a.b', false],
      ['*.b', 'a.b', true],
      ['a.*.c', 'a.b.c', true],
      ['a.*.c', 'a.b.d', false],
      ['a.*.*', 'a.b.c', true],
      ['a.>', 'a.b', true],
      ['a.>', 'a.b.c.d', true],
      ['a.>', 'a', false],
      ['>', 'a.b', true],
      ['a.*.>', 'a.b.c', true],
      ['a.*.>', 'a.b', false],
      ['a.b', 'a.bc', false],
      ['A.b', 'a.b', false],
    ];
    for (const [pattern, subject, matches] of patterns) {
      test(`a subscription to "${pattern}" ${matches ? 'gets' : 'does not get'} "${subject}"`, async () => {
        const got = await collect(bob, pattern);
        alice.publish(subject, bytes('x'));
        await barrier(alice, bob);
        assert.equal(got.filter((message) => message.subject === subject).length, matches ? 1 : 0);
      });
    }

    test('gives each message to one member of a queue group, and to everyone outside', async () => {
      const members = [
        await collect(alice, 'work.*', { queue: 'q' }),
        await collect(bob, 'work.*', { queue: 'q' }),
      ];
      const other = await collect(bob, 'work.*', { queue: 'other' });
      const outside = await collect(bob, 'work.*');
      for (let at = 0; at < 200; at++) alice.publish(`work.${at}`, bytes(`${at}`));
      await until(() => outside.length === 200 && other.length === 200);
      await until(() => members.reduce((sum, messages) => sum + messages.length, 0) === 200);
      const all = members.flat().map((message) => message.subject);
      assert.equal(new Set(all).size, 200);
      for (const messages of members) assert.ok(messages.length > 0, 'a member got nothing');
    });

    test('tells the publisher of a message with a reply subject that nobody subscribes', async () => {
      const got = await collect(alice, 'inbox.*');
      alice.publish('nobody.here', bytes('x'), 'inbox.1');
      await until(() => got.length === 1);
      assert.equal(got[0]?.subject, 'inbox.1');
      assert.equal(got[0]?.noResponders, true);
      assert.equal(got[0]?.data.length, 0);
    });

    test('says nothing of missing responders without a reply subject or with a subscriber', async () => {
      const got = await collect(alice, 'inbox.*');
      await collect(bob, 'somebody');
      alice.publish('nobody.here', bytes('x'));
      alice.publish('somebody', bytes('x'), 'inbox.1');
      await barrier(alice, alice);
      assert.deepEqual(got, []);
    });

    test('carries a request and its reply', async () => {
      bob.subscribe('upper', (message) => {
        assert.ok(message.reply);
        bob.publish(message.reply, bytes(text(message).toUpperCase()));
      });
      await bob.flush();
      const replies = await Promise.all(
        ['a', 'b', 'c'].map((content) => alice.request('upper', bytes(content), { timeoutMs: 5000 })),
      );
      assert.deepEqual(replies.map(text), ['A', 'B', 'C']);
    });

    test('takes the first reply of several', async () => {
      bob.subscribe('ask', (message) => {
        bob.publish(message.reply ?? '', bytes('first'));
        bob.publish(message.reply ?? '', bytes('second'));
      });
      await bob.flush();
      assert.equal(text(await alice.request('ask', bytes(''), { timeoutMs: 5000 })), 'first');
      await barrier(bob, alice);
    });

    test('a request that nobody answers fails: no_responders', async () => {
      const request = alice.request('nobody.here', bytes(''), { timeoutMs: 5000 });
      await assert.rejects(request, isBusError('no_responders'));
      await assert.rejects(request, /nobody\.here/);
    });

    test('a request without a reply in time fails: timeout', async () => {
      await collect(bob, 'silent');
      const request = alice.request('silent', bytes(''), { timeoutMs: 20 });
      await assert.rejects(request, isBusError('timeout'));
      await assert.rejects(request, /silent/);
    });

    test('refuses more than maxPayload: too_large', async () => {
      const got = await collect(bob, 'big');
      const largest = new Uint8Array(alice.maxPayload).fill(7);
      const tooLarge = new Uint8Array(alice.maxPayload + 1);
      assert.throws(() => alice.publish('big', tooLarge), isBusError('too_large'));
      await assert.rejects(alice.request('big', tooLarge, { timeoutMs: 100 }), isBusError('too_large'));
      alice.publish('big', largest);
      await until(() => got.length === 1);
      assert.equal(got[0]?.data.length, alice.maxPayload);
    });

    for (const subject of [
      '',
      '.',
      'a.',
      '.a',
      'a..b',
      'a b',
      'a\tb',
      'a\nb',
      'a.*',
      'a.>',
      'ä',
      'a\u0000',
      'a'.repeat(2000),
    ]) {
      test(`refuses to publish to ${JSON.stringify(subject.slice(0, 20))}: bad_subject`, async () => {
        assert.throws(() => alice.publish(subject, bytes('')), isBusError('bad_subject'));
        await assert.rejects(
          alice.request(subject, bytes(''), { timeoutMs: 100 }),
          isBusError('bad_subject'),
        );
        assert.throws(() => alice.publish('fine', bytes(''), subject), isBusError('bad_subject'));
      });
    }

    for (const subject of ['', 'a.', 'a..*', '>.a', 'a*', 'a.b>', '* .a', 'a b.>']) {
      test(`refuses to subscribe to ${JSON.stringify(subject)}: bad_subject`, () => {
        assert.throws(() => alice.subscribe(subject, () => undefined), isBusError('bad_subject'));
      });
    }

    test('an error about a subject names it', () => {
      assert.throws(() => alice.publish('csms..17', bytes('')), /"csms\.\.17"/);
    });

    test('no handler call begins after unsubscribe', async () => {
      const got: string[] = [];
      const subscription = bob.subscribe('a', (message) => {
        got.push(text(message));
        subscription.unsubscribe();
      });
      await bob.flush();
      for (const content of ['1', '2', '3']) alice.publish('a', bytes(content));
      await barrier(alice, bob);
      assert.deepEqual(got, ['1']);
      subscription.unsubscribe();
    });

    test('drain handles what had arrived and takes nothing new', async () => {
      const got: string[] = [];
      const subscription = bob.subscribe('a', (message) => got.push(text(message)));
      await bob.flush();
      for (const content of ['1', '2', '3']) alice.publish('a', bytes(content));
      await alice.flush();
      await until(() => got.length === 3);
      await subscription.drain();
      alice.publish('a', bytes('4'));
      await barrier(alice, bob);
      assert.deepEqual(got, ['1', '2', '3']);
      await subscription.drain();
    });

    test('drain waits for what is on its way', async () => {
      const got: string[] = [];
      const subscription = bob.subscribe('a', (message) => got.push(text(message)));
      await bob.flush();
      const sent = Array.from({ length: 2000 }, (_, at) => `${at}`);
      for (const content of sent) alice.publish('a', bytes(content));
      await alice.flush();
      await Promise.all([subscription.drain(), subscription.drain()]);
      assert.deepEqual(got, sent);
    });

    test('drain waits for what the client published itself', async () => {
      const got: string[] = [];
      const subscription = alice.subscribe('a', (message) => got.push(text(message)));
      for (const content of ['1', '2', '3']) alice.publish('a', bytes(content));
      await subscription.drain();
      assert.deepEqual(got, ['1', '2', '3']);
    });

    test('an unsubscribe ends a drain', async () => {
      const got = await collect(bob, 'a');
      const subscription = bob.subscribe('a', () => assert.fail('was unsubscribed'));
      await bob.flush();
      alice.publish('a', bytes('x'));
      await alice.flush();
      const drained = subscription.drain();
      subscription.unsubscribe();
      await drained;
      await until(() => got.length === 1);
    });

    test('a subscription does not get what the client published before', async () => {
      alice.publish('a', bytes('before'));
      const got = await collect(alice, 'a');
      alice.publish('a', bytes('after'));
      await barrier(alice, alice);
      assert.deepEqual(got.map(text), ['after']);
    });

    test('a handler may publish, subscribe and end its own subscription', async () => {
      const got: string[] = [];
      const subscription = bob.subscribe('a', (message) => {
        subscription.unsubscribe();
        bob.subscribe('b', (next) => got.push(text(next)));
        bob.publish('b', message.data);
      });
      await bob.flush();
      alice.publish('a', bytes('passed on'));
      await until(() => got.length === 1);
      assert.deepEqual(got, ['passed on']);
    });

    test('a handler that throws does not keep others from their messages', async () => {
      let calls = 0;
      bob.subscribe('a', () => {
        calls++;
        throw new Error('thrown by a handler on purpose');
      });
      const got = await collect(bob, 'a');
      alice.publish('a', bytes('1'));
      alice.publish('a', bytes('2'));
      await until(() => got.length === 2 && calls === 2);
    });

    test('a closed bus refuses: unavailable', async () => {
      const got = await collect(bob, 'a');
      const statuses: boolean[] = [];
      alice.onStatus((connected) => statuses.push(connected));
      alice.publish('a', bytes('last words'));
      await alice.close();
      await until(() => got.length === 1);
      assert.equal(alice.connected, false);
      assert.deepEqual(statuses, [false]);
      assert.throws(() => alice.publish('a', bytes('')), isBusError('unavailable'));
      assert.throws(() => alice.subscribe('a', () => undefined), isBusError('unavailable'));
      await assert.rejects(alice.request('a', bytes(''), { timeoutMs: 100 }), isBusError('unavailable'));
      await assert.rejects(alice.flush(), isBusError('unavailable'));
      await alice.close();
      assert.equal(bob.connected, true);
    });

    test('close ends the subscriptions and the pending requests', async () => {
      await collect(bob, 'silent');
      const request = alice.request('silent', bytes(''), { timeoutMs: 60_000 });
      const failed = assert.rejects(request, isBusError('unavailable'));
      await alice.flush();
      await alice.close();
      await failed;
      await bob.close();
      const carol = await meeting.connect();
      await assert.rejects(
        carol.request('silent', bytes(''), { timeoutMs: 5000 }),
        isBusError('no_responders'),
      );
      await carol.close();
    });
  });
}

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrozenClock } from './frozen-clock.fixture.js';
import type { HostObserver } from './host-options.js';
import { openBench, openHost, RecordingPerformer, takeOver, type AccountMessage } from './ledger.fixture.js';

const add = (amount: number, tag?: string): AccountMessage =>
  tag === undefined ? { type: 'add', amount } : { type: 'add', amount, tag };

describe('an actor host', () => {
  test('takes messages only for shards that it was granted', async () => {
    const bench = openBench();
    const { host } = openHost(bench);
    assert.equal(host.deliver('a1', add(1)), 'not_owned');
    await takeOver(bench, host, 'w1');
    assert.equal(host.deliver('a1', add(1)), 'accepted');
    assert.equal(host.deliver('b1', add(1)), 'not_owned');
  });

  test('performs nothing of a decision before it is committed', async () => {
    const bench = openBench();
    const { host, performer, states } = openHost(bench);
    await takeOver(bench, host, 'w1');
    states.hold();
    host.deliver('a1', add(5));
    await bench.clock.settle();
    assert.deepEqual(performer.said, []);
    assert.equal(performer.ledger.size, 0);
    states.release();
    await bench.clock.settle();
    assert.deepEqual(performer.said, ['a1: added 5']);
    assert.equal(performer.ledger.get('a1')?.length, 1);
  });

  test('gives an actor one message at a time, in order', async () => {
    const bench = openBench();
    const { host, performer, states } = openHost(bench);
    await takeOver(bench, host, 'w1');
    states.hold();
    for (const amount of [1, 2, 3]) host.deliver('a1', add(amount));
    host.deliver('a1', { type: 'read' });
    await bench.clock.settle();
    assert.equal(host.stats().messages, 3);
    states.release();
    await bench.clock.settle();
    assert.deepEqual(performer.said, ['a1: added 1', 'a1: added 2', 'a1: added 3', 'a1: balance 6']);
  });

  test('needs no commit for a decision that changes nothing durable', async () => {
    const bench = openBench();
    const { host, performer, states } = openHost(bench);
    await takeOver(bench, host, 'w1');
    const before = states.commits.length;
    host.deliver('a1', { type: 'read' });
    await bench.clock.settle();
    assert.deepEqual(performer.said, ['a1: balance 0']);
    assert.equal(states.commits.length, before);
  });

  test('commits the decisions of one turn together, a batch for each shard', async () => {
    const bench = openBench();
    const { host, states } = openHost(bench);
    await takeOver(bench, host, 'w1', 0);
    await takeOver(bench, host, 'w1', 1);
    for (const key of ['a1', 'a2', 'b1']) host.deliver(key, { type: 'read' });
    await bench.clock.settle();
    const before = states.commits.length;
    for (const key of ['a1', 'a2', 'b1']) host.deliver(key, add(1));
    await bench.clock.settle();
    const [group, ...more] = states.commits.slice(before);
    assert.equal(more.length, 0);
    assert.deepEqual(
      group?.map(({ shard, writes }) => [shard, writes.map(({ key }) => key)]),
      [
        [0, ['a1', 'a2']],
        [1, ['b1']],
      ],
    );
  });

  test('drops a shard that a newer epoch owns, and what was not committed with it', async () => {
    const bench = openBench();
    const fenced: number[] = [];
    const old = openHost(bench, { observer: { fenced: (shard) => fenced.push(shard) } });
    await takeOver(bench, old.host, 'w1');
    old.host.deliver('a1', add(1));
    await bench.clock.settle();
    const young = openHost(bench);
    await takeOver(bench, young.host, 'w2');
    old.host.deliver('a1', add(100));
    old.host.deliver('a2', add(100));
    await bench.clock.settle();
    assert.deepEqual(fenced, [0]);
    assert.deepEqual(old.performer.said, ['a1: added 1']);
    assert.equal(old.host.deliver('a1', add(1)), 'not_owned');
    young.host.deliver('a1', { type: 'read' });
    await bench.clock.settle();
    assert.deepEqual(young.performer.said, ['a1: balance 1']);
  });

  for (const failing of ['before', 'after'] as const) {
    test(`repeats a commit that failed ${failing} it was written, and performs its effects once`, async () => {
      const bench = openBench();
      const retries: string[] = [];
      const { host, performer, states } = openHost(bench, {
        observer: { retrying: (what) => retries.push(what) },
      });
      await takeOver(bench, host, 'w1');
      states.failing = failing;
      host.deliver('a1', add(5));
      await bench.clock.advance(1_000);
      assert.deepEqual(performer.said, []);
      assert.ok(retries.length >= 2 && retries.every((what) => what === 'commit'));
      states.failing = undefined;
      await bench.clock.advance(2_000);
      host.deliver('a1', { type: 'read' });
      await bench.clock.settle();
      assert.deepEqual(performer.said, ['a1: added 5', 'a1: balance 5']);
      assert.equal(performer.ledger.get('a1')?.length, 1);
    });
  }

  test('performs durable effects that its predecessor committed and did not perform', async () => {
    const bench = openBench();
    const old = openHost(bench);
    old.performer.failing = true;
    await takeOver(bench, old.host, 'w1');
    old.host.deliver('a1', add(5));
    await bench.clock.settle();
    assert.deepEqual(old.performer.said, ['a1: added 5']);
    old.host.drop(0);

    const young = openHost(bench);
    await takeOver(bench, young.host, 'w2');
    await bench.clock.settle();
    assert.deepEqual(young.performer.ledger.get('a1'), [{ type: 'entry', number: 1, amount: 5, tag: '' }]);
  });

  test('keeps an actor with a full outbox waiting until the performer works again', async () => {
    const bench = openBench();
    const { host, performer } = openHost(bench, { limits: { outbox: 2 } });
    await takeOver(bench, host, 'w1');
    performer.failing = true;
    for (const amount of [1, 2, 3, 4]) host.deliver('a1', add(amount));
    await bench.clock.settle();
    assert.deepEqual(performer.said, ['a1: added 1', 'a1: added 2']);
    performer.failing = false;
    await bench.clock.advance(5_000);
    assert.equal(performer.said.length, 4);
    assert.deepEqual(
      performer.ledger.get('a1')?.map((entry) => entry.type === 'entry' && entry.number),
      [1, 2, 3, 4],
    );
  });

  test('an actor with a full outbox is woken once, and takes few messages that are sent again anyway', async () => {
    const bench = openBench();
    const { host, performer } = openHost(bench, { limits: { outbox: 1 } });
    await takeOver(bench, host, 'w1');
    host.deliver('a1', { type: 'alarm', at: bench.clock.now() + 1_000 });
    await bench.clock.settle();
    performer.failing = true;
    host.deliver('a1', add(1));
    await bench.clock.advance(60_000);
    assert.equal(host.stats().messages, 1, 'one wake-up waits, however long it is due');
    const deliveries = Array.from({ length: 8 }, () => host.deliver('a1', add(1)));
    assert.deepEqual(deliveries, [...Array<string>(7).fill('accepted'), 'full']);
    assert.equal(host.deliver('a1', { type: 'read' }), 'accepted', 'an urgent one has room');
    performer.failing = false;
    await bench.clock.advance(5_000);
    assert.equal(performer.said.filter((line) => line.startsWith('a1: awake')).length, 1);
    assert.equal(performer.ledger.get('a1')?.length, 8);
  });

  test('refuses messages past the limit of the mailbox', async () => {
    const bench = openBench();
    const { host, states } = openHost(bench, { limits: { mailbox: 3 } });
    await takeOver(bench, host, 'w1');
    host.deliver('a1', { type: 'read' });
    await bench.clock.settle();
    states.hold();
    const deliveries = [1, 2, 3, 4, 5].map((amount) => host.deliver('a1', add(amount)));
    assert.deepEqual(deliveries, ['accepted', 'accepted', 'accepted', 'accepted', 'full']);
    assert.equal(host.deliver('a1', { type: 'read' }), 'accepted', 'an urgent one still has room');
    for (let more = 0; more < 20; more++) host.deliver('a1', { type: 'read' });
    assert.equal(host.deliver('a1', { type: 'read' }), 'full', 'but not without end');
  });

  test('wakes an actor at its time, also when another host owns it by then', async () => {
    const bench = openBench();
    const old = openHost(bench);
    await takeOver(bench, old.host, 'w1');
    const at = bench.clock.now() + 60_000;
    old.host.deliver('a1', { type: 'alarm', at });
    old.host.deliver('a2', { type: 'alarm', at: bench.clock.now() + 500 });
    await bench.clock.advance(600);
    assert.match(old.performer.said.join(), /^a2: awake at \d+$/);
    old.host.drop(0);

    const young = openHost(bench);
    await takeOver(bench, young.host, 'w2');
    await bench.clock.advance(at - bench.clock.now() - 100);
    assert.deepEqual(young.performer.said, []);
    await bench.clock.advance(200);
    assert.match(young.performer.said.join(), /^a1: awake at \d+$/);
  });

  test('drops idle actors from memory, and the index then holds no wake-up of theirs', async () => {
    const bench = openBench();
    let activations = 0;
    const observer = { activated: () => void activations++ };
    const { host, performer } = openHost(bench, { limits: { passivateAfterMs: 1_000 }, observer });
    await takeOver(bench, host, 'w1');
    host.deliver('a1', add(1));
    host.deliver('a2', { type: 'alarm', at: bench.clock.now() + 3_600_000 });
    await bench.clock.advance(2_000);
    host.sweep();
    await bench.clock.settle();
    assert.equal(host.stats().actors, 1);
    const keys: string[] = [];
    for await (const { key } of bench.store.states.wakeups(0)) keys.push(key);
    assert.deepEqual(keys, ['a2']);
    assert.equal(activations, 2);
    host.deliver('a1', { type: 'read' });
    await bench.clock.settle();
    assert.equal(performer.said.at(-1), 'a1: balance 1');
    assert.equal(activations, 3);
  });

  test('wakes an actor in time although the wall clock was set back', async () => {
    const bench = openBench();
    const { host, performer } = openHost(bench);
    await takeOver(bench, host, 'w1');
    host.deliver('a1', { type: 'alarm', at: bench.clock.now() + 2_000 });
    await bench.clock.advance(1_000);
    bench.clock.setNow(bench.clock.now() - 3_600_000);
    host.deliver('a1', { type: 'read' });
    await bench.clock.advance(1_100);
    assert.match(performer.said.at(-1) ?? '', /^a1: awake/);
    host.deliver('a1', { type: 'alarm', at: bench.clock.now() + 3_600_000 + 5_000 });
    await bench.clock.advance(5_100);
    assert.equal(performer.said.filter((text) => text.includes('awake')).length, 2);
  });

  test('does not keep a shard that was dropped while it was loaded', async () => {
    const bench = openBench();
    const { host, states } = openHost(bench);
    const grant = await bench.store.leases.acquire(0, 'w1', 60_000);
    assert.ok(grant.granted);
    states.hold();
    const granting = host.grant({ shard: 0, epoch: grant.epoch, deadline: Infinity });
    await bench.clock.settle();
    host.drop(0);
    states.release();
    await assert.rejects(granting, /lost while it was loaded/);
    assert.equal(host.epochOf(0), undefined);
    assert.equal(host.deliver('a1', { type: 'read' }), 'not_owned');
  });

  test('survives a behaviour that throws: the message is dropped, the state stays', async () => {
    const bench = openBench();
    const crashes: string[] = [];
    const { host, performer } = openHost(bench, {
      observer: { crashed: (key, message) => crashes.push(`${key} ${message.type}`) },
    });
    await takeOver(bench, host, 'w1');
    for (const message of [add(1), { type: 'throw' } as const, add(2)]) host.deliver('a1', message);
    await bench.clock.settle();
    assert.deepEqual(crashes, ['a1 throw']);
    assert.deepEqual(performer.said, ['a1: added 1', 'a1: added 2']);
  });

  test('leaves a record that it cannot decode alone', async () => {
    const bench = openBench();
    const unreadable: string[] = [];
    const { host } = openHost(bench, {
      observer: { unreadable: (key, messages) => unreadable.push(`${key} ${messages.length}`) },
    });
    const epoch = await takeOver(bench, host, 'w1');
    const value = Buffer.from('{ damaged');
    await bench.store.states.commit([{ shard: 0, epoch, writes: [{ key: 'a1', value }] }]);
    host.deliver('a1', add(1));
    await bench.clock.settle();
    assert.deepEqual(unreadable, ['a1 1']);
    assert.deepEqual(Buffer.from((await bench.store.states.load(0, 'a1')) ?? []), value);
    assert.equal(host.stats().actors, 0);
  });

  test('gives a shard up only when its mailboxes are empty and everything is committed and performed', async () => {
    const bench = openBench();
    const { host, performer, states } = openHost(bench);
    await takeOver(bench, host, 'w1');
    states.hold();
    for (const amount of [1, 2, 3]) host.deliver('a1', add(amount));
    let revoked = false;
    const revoking = host.revoke(0).then(() => (revoked = true));
    await bench.clock.settle();
    assert.equal(revoked, false);
    assert.equal(host.deliver('a1', add(4)), 'not_owned');
    states.release();
    await bench.clock.settle();
    await revoking;
    assert.equal(performer.ledger.get('a1')?.length, 3);
  });

  test('hands over nothing that is performed: the next owner performs none of it again', async () => {
    const bench = openBench();
    const { host } = openHost(bench);
    await takeOver(bench, host, 'w1');
    for (const key of ['a1', 'a2']) host.deliver(key, add(1));
    await bench.clock.settle();
    const revoking = host.revoke(0);
    await bench.clock.settle();
    assert.equal(await revoking, true);
    const next = openHost(bench);
    await takeOver(bench, next.host, 'w2');
    for (const key of ['a1', 'a2']) next.host.deliver(key, { type: 'read' });
    await bench.clock.settle();
    assert.deepEqual(next.performer.said, ['a1: balance 1', 'a2: balance 1']);
    assert.equal(next.performer.settleCalls, 0);
  });
});

describe('a lease that lapses', () => {
  /** A host whose clock can be stopped, holding shard 0 for a second from now. */
  async function openLapsing(observer: HostObserver<AccountMessage> = {}) {
    const bench = openBench();
    const clock = new FrozenClock(bench.clock);
    const lapsed: number[] = [];
    const opened = openHost(
      { ...bench, hostClock: clock },
      { observer: { lapsed: (shard) => lapsed.push(shard), ...observer } },
    );
    const grant = await bench.store.leases.acquire(0, 'w1', 10_000);
    assert.ok(grant.granted);
    const lease = { shard: 0, epoch: grant.epoch, deadline: clock.monotonic() + 1_000 };
    await opened.host.grant(lease);
    opened.host.deliver('a1', { type: 'read' });
    await bench.clock.settle();
    return { ...opened, bench, clock, lapsed, lease };
  }

  test('ends the handling of messages before any timer has run', async () => {
    const { bench, clock, host, performer, lapsed } = await openLapsing();
    host.deliver('a1', add(1));
    await bench.clock.settle();
    clock.freeze();
    await bench.clock.advance(1_000);
    assert.equal(host.deliver('a1', add(2)), 'not_owned');
    assert.deepEqual(lapsed, [0]);
    assert.equal(host.epochOf(0), undefined);
    clock.thaw();
    await bench.clock.advance(1_000);
    assert.deepEqual(performer.said, ['a1: balance 0', 'a1: added 1']);
  });

  test('ends a decision that became durable meanwhile without its effects; the next owner performs the durable ones', async () => {
    const { bench, host, performer, states, lapsed } = await openLapsing();
    states.hold();
    host.deliver('a1', add(1));
    host.deliver('a1', add(2));
    await bench.clock.advance(1_000);
    states.release();
    await bench.clock.settle();
    assert.deepEqual(lapsed, [0]);
    assert.deepEqual(performer.said, ['a1: balance 0']);
    assert.equal(performer.settleCalls, 0);

    const young = openHost(bench);
    await takeOver(bench, young.host, 'w2');
    young.host.deliver('a1', { type: 'read' });
    await bench.clock.settle();
    assert.deepEqual(young.performer.said, ['a1: balance 1']);
    assert.equal(young.performer.ledger.get('a1')?.length, 1);
  });

  test('leaves durable effects that were not begun to the next owner', async () => {
    const { bench, clock, host, performer, lapsed } = await openLapsing();
    performer.failing = true;
    host.deliver('a1', add(1));
    await bench.clock.settle();
    assert.equal(performer.settleCalls, 1);
    performer.failing = false;
    clock.freeze();
    await bench.clock.advance(1_000);
    clock.thaw();
    await bench.clock.settle();
    assert.deepEqual(lapsed, [0]);
    assert.equal(performer.settleCalls, 1);
  });

  test('that is renewed goes on', async () => {
    const { bench, host, lapsed, lease } = await openLapsing();
    await bench.clock.advance(999);
    lease.deadline += 1_000;
    await bench.clock.advance(999);
    assert.equal(host.deliver('a1', add(1)), 'accepted');
    await bench.clock.advance(2);
    assert.equal(host.deliver('a1', add(1)), 'not_owned');
    assert.deepEqual(lapsed, [0]);
  });

  test('a full mailbox is no reason to answer for a shard that is not held', async () => {
    const { bench, host, states } = await openLapsing();
    states.hold();
    for (let n = 0; n <= 512; n++) host.deliver('a1', add(1));
    assert.equal(host.deliver('a1', add(1)), 'full');
    await bench.clock.advance(1_000);
    assert.equal(host.deliver('a1', add(1)), 'not_owned');
  });

  test('a commit of an older grant that comes back fenced does not end the newer grant', async () => {
    const fenced: number[] = [];
    const { bench, host, states, performer } = await openLapsing({ fenced: (shard) => fenced.push(shard) });
    states.hold();
    host.deliver('a1', add(1));
    await bench.clock.settle();
    states.pass();
    await takeOver(bench, host, 'w1');
    states.release();
    await bench.clock.settle();
    assert.deepEqual(fenced, []);
    assert.equal(host.deliver('a1', add(2)), 'accepted');
    await bench.clock.settle();
    assert.deepEqual(performer.said.slice(1), ['a1: added 2']);
  });
});

describe('durable effects', () => {
  test('say whether they may have been performed before', async () => {
    const bench = openBench();
    const again: string[] = [];
    const performer = new RecordingPerformer();
    const settle = performer.settle.bind(performer);
    performer.settle = (entries) => {
      for (const one of entries)
        again.push(`${one.effect.type === 'entry' && one.effect.number}${one.again ? ' again' : ''}`);
      return settle(entries);
    };
    const old = openHost(bench, { performer });
    await takeOver(bench, old.host, 'w1');
    old.host.deliver('a1', add(1));
    await bench.clock.settle();
    performer.failing = true;
    old.host.deliver('a1', add(2));
    await bench.clock.settle();
    old.host.deliver('a1', add(3));
    performer.failing = false;
    await bench.clock.advance(100);
    assert.deepEqual(again.splice(0), ['1', '2', '2 again', '3']);

    performer.failing = true;
    old.host.deliver('a1', add(4));
    await bench.clock.settle();
    old.host.drop(0);
    performer.failing = false;
    again.splice(0);
    const young = openHost(bench, { performer });
    await takeOver(bench, young.host, 'w2');
    await bench.clock.settle();
    // The record names what its writer did not know to be done when it was written.
    assert.deepEqual(again, ['4 again']);
  });

  test('those left when only some were performed come again', async () => {
    const bench = openBench();
    const calls: string[] = [];
    const performer = new RecordingPerformer();
    performer.settle = (entries) => {
      const named = entries.map(
        ({ effect, again }) => (effect.type === 'entry' ? effect.number : 0) * (again ? -1 : 1),
      );
      calls.push(named.join());
      return Promise.resolve(entries.map((_, at) => calls.length > 1 && at === 0));
    };
    const { host } = openHost(bench, { performer });
    await takeOver(bench, host, 'w1');
    host.deliver('a1', add(1));
    await bench.clock.settle();
    host.deliver('a1', add(2));
    await bench.clock.advance(1_000);
    assert.deepEqual(calls, ['1', '-1,2', '-2']);
  });
});

describe('a shard that is given up', () => {
  test('is given up after the time that it has, with what is left dropped', async () => {
    const bench = openBench();
    const { host, performer } = openHost(bench);
    await takeOver(bench, host, 'w1');
    performer.failing = true;
    host.deliver('a1', add(1));
    await bench.clock.settle();
    const revoking = host.revoke(0, 500);
    await bench.clock.advance(499);
    assert.equal(host.epochOf(0) !== undefined, true);
    await bench.clock.advance(1);
    assert.equal(await revoking, false);
    assert.equal(host.epochOf(0), undefined);
  });

  test('while it is loaded, is not kept', async () => {
    const bench = openBench();
    const { host, states } = openHost(bench);
    const grant = await bench.store.leases.acquire(0, 'w1', 60_000);
    assert.ok(grant.granted);
    states.hold();
    const granting = host.grant({ shard: 0, epoch: grant.epoch, deadline: Infinity });
    await bench.clock.settle();
    assert.equal(await host.revoke(0), true);
    states.release();
    await assert.rejects(granting, /lost while it was loaded/);
  });
});

describe('unique numbers', () => {
  const numbersIn = (said: readonly string[]) => said.map((text) => Number(/number (\d+)/.exec(text)?.[1]));

  test('are never given twice: not by two shards, not after a restart, not when a block runs out', async () => {
    const bench = openBench();
    const all: number[] = [];
    for (const owner of ['w1', 'w2', 'w3']) {
      const { host, performer } = openHost(bench, { limits: { mailbox: 1_000 } });
      for (const shard of [0, 1]) await takeOver(bench, host, owner, shard);
      for (let round = 0; round < 150; round++) {
        for (const key of ['a1', 'a2', 'b1']) host.deliver(key, { type: 'number' });
      }
      await bench.clock.settle();
      all.push(...numbersIn(performer.said));
      for (const shard of [0, 1]) host.drop(shard);
    }
    assert.equal(all.length, 3 * 150 * 3);
    assert.equal(new Set(all).size, all.length);
    assert.ok(all.every((number) => Number.isInteger(number) && number > 0 && number < 2 ** 31));
  });

  test('start again after the last one that fits 31 bits', async () => {
    const bench = openBench();
    const { host, performer } = openHost(bench);
    const grant = await bench.store.leases.acquire(0, 'w0', 1);
    assert.ok(grant.granted);
    const last = Math.floor((2 ** 31 - 1) / 4);
    const writes = [{ key: '#unique', value: Buffer.from(String(last)) }];
    await bench.store.states.commit([{ shard: 0, epoch: grant.epoch, writes }]);
    await takeOver(bench, host, 'w1');
    host.deliver('a1', { type: 'number' });
    host.deliver('a1', { type: 'number' });
    await bench.clock.settle();
    assert.deepEqual(numbersIn(performer.said), [last * 4, 4]);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { shardsWonBy } from './rendezvous.js';
import { of, OwnersBench, TTL } from './shards.fixture.js';

const all = (shards: number) => Array.from({ length: shards }, (_, shard) => shard);
const sorted = (shards: Iterable<number>) => [...shards].sort((a, b) => a - b);

describe('a shard owner alone', () => {
  test('owns every shard as soon as it has started, and renews them', async () => {
    const bench = new OwnersBench(8);
    const { owner, log } = bench.open('w1');
    await owner.start();
    assert.deepEqual(sorted(owner.held), all(8));
    await bench.clock.advance(TTL * 5);
    assert.equal(log.length, 8, 'granted once');
    assert.ok(all(8).every((shard) => owner.holds(shard)));
    assert.equal((await bench.store.leases.acquire(0, 'w2', TTL)).granted, false);
    assert.ok(owner.oldestLeaseMs <= TTL / 2);
  });

  test('takes a shard that another process holds when its lease has lapsed, at that moment', async () => {
    const bench = new OwnersBench(2);
    await bench.store.leases.acquire(0, 'w0', TTL);
    const { owner } = bench.open('w1');
    await owner.start();
    assert.deepEqual(owner.held, [1]);
    await bench.clock.advance(TTL - 1);
    assert.deepEqual(owner.held, [1]);
    await bench.clock.advance(5);
    assert.deepEqual(sorted(owner.held), [0, 1]);
  });

  test('and at once when it is told that it was released', async () => {
    const bench = new OwnersBench(1);
    const grant = await bench.store.leases.acquire(0, 'w0', TTL);
    const { owner } = bench.open('w1');
    await owner.start();
    await bench.store.leases.release(0, 'w0', grant.epoch);
    owner.freed(0);
    await bench.clock.settle();
    assert.deepEqual(owner.held, [0]);
  });

  test('is not held up by a lease whose renewal hangs', async () => {
    const bench = new OwnersBench(2);
    const { leases } = bench.store;
    const { owner, log } = bench.open('w1', {
      leases: {
        ...leases,
        renew: (shard, ...rest) =>
          shard === 0 ? new Promise(() => undefined) : leases.renew(shard, ...rest),
      },
    });
    await owner.start();
    await bench.clock.advance(TTL * 3);
    assert.deepEqual(new Set(of(log, 'lost')), new Set(['lost 0 lapsed']));
    assert.ok(owner.holds(1));
  });

  test('gives up what it cannot load, and tries again', async () => {
    const bench = new OwnersBench(1);
    let broken = true;
    const { owner, log } = bench.open('w1', {
      granted: () => (broken ? Promise.reject(new Error('cannot read')) : Promise.resolve()),
    });
    await owner.start();
    assert.deepEqual(log.slice(0, 1), ['lost 0 not_loaded']);
    assert.deepEqual(owner.held, []);
    await bench.clock.advance(500);
    broken = false;
    await bench.clock.advance(1_000);
    assert.deepEqual(owner.held, [0]);
    assert.ok(of(log, 'failed').every((entry) => entry === 'failed load 1'));
  });

  test('learns at the next renewal that its lease was taken', async () => {
    const bench = new OwnersBench(1);
    const { owner, log } = bench.open('w1');
    await owner.start();
    assert.ok((await bench.store.leases.acquire(0, 'w1', TTL)).granted);
    await bench.clock.advance(TTL / 2);
    assert.equal(log[1], 'lost 0 taken');
  });

  test('gives a shard up when told that its commits are fenced', async () => {
    const bench = new OwnersBench(1);
    const { owner, log } = bench.open('w1');
    await owner.start();
    await bench.clock.advance(TTL);
    owner.lose(0, 'fenced');
    assert.equal(owner.holds(0), false);
    assert.equal(log.at(-1), 'lost 0 fenced');
  });
});

describe('a store that fails', () => {
  test('shards are held until the deadline, given up before the lease could lapse, and taken again', async () => {
    const bench = new OwnersBench(4);
    const { owner, log, faults } = bench.open('w1');
    await owner.start();
    faults.failing = 'before';
    await bench.clock.advance(TTL * 0.79);
    assert.equal(owner.held.length, 4);
    await bench.clock.advance(TTL * 0.06);
    assert.equal((await bench.store.leases.acquire(0, 'w2', 10)).granted, false);
    assert.equal(of(log, 'lost').length, 4);
    assert.deepEqual(owner.held, []);
    await bench.clock.advance(TTL * 5);
    faults.failing = undefined;
    await bench.clock.advance(1_500);
    assert.deepEqual(sorted(owner.held), all(4));
  });

  test('its failures are reported together, by call', async () => {
    const bench = new OwnersBench(64);
    const { owner, log, faults } = bench.open('w1');
    await owner.start();
    log.length = 0;
    faults.failing = 'before';
    await bench.clock.advance(TTL / 3 + 400);
    assert.deepEqual(new Set(of(log, 'failed renew')), new Set(['failed renew 64']));
    assert.ok(log.length < 20, `${log.length} reports`);
  });

  test('one that refuses everything is asked again and again, with back-off', async () => {
    const bench = new OwnersBench(8);
    const { owner, log, faults } = bench.open('w1');
    faults.failing = 'before';
    await owner.start();
    await bench.clock.advance(60_000);
    assert.ok(faults.calls < 8 * 70, `${faults.calls} calls in a minute`);
    assert.ok(of(log, 'failed look').length > 50);
    faults.failing = undefined;
    await bench.clock.advance(2_000);
    assert.equal(owner.held.length, 8);
  });

  test('a grant whose answer was lost is taken over soon, by the same owner', async () => {
    const bench = new OwnersBench(1);
    const { owner, faults } = bench.open('w1');
    await bench.store.workers.beat('w1', TTL);
    const { leases } = bench.store;
    faults.leases.acquire = (...call) => {
      faults.leases.acquire = leases.acquire.bind(leases);
      return leases.acquire(...call).then(() => Promise.reject(new Error('the answer was lost')));
    };
    await owner.start();
    assert.deepEqual(owner.held, []);
    await bench.clock.advance(100);
    assert.deepEqual(owner.held, [0]);
  });

  test('or released, when another worker should have it by now', async () => {
    const bench = new OwnersBench(8);
    const { owner, faults } = bench.open('w1');
    await owner.start();
    const other = bench.open('w2');
    await other.owner.start();
    await bench.clock.advance(1_000);
    // w2 goes, w1 asks for its shards, and every answer is lost; meanwhile w2 is back.
    await other.owner.stop();
    faults.failing = 'after';
    await bench.clock.advance(600);
    const third = bench.open('w2');
    await third.owner.start();
    faults.failing = undefined;
    await bench.clock.advance(1_200);
    assert.deepEqual(sorted(third.owner.held), sorted(shardsWonBy('w2', ['w1', 'w2'], 8)));
    assert.deepEqual(sorted(owner.held), sorted(shardsWonBy('w1', ['w1', 'w2'], 8)));
  });

  test('a grant that is told later than its deadline is not used; the shard is asked for anew', async () => {
    const bench = new OwnersBench(1);
    const { owner, log, faults } = bench.open('w1');
    let open: () => void = () => undefined;
    await bench.store.workers.beat('w1', TTL);
    const { leases } = bench.store;
    let asked = 0;
    faults.leases.acquire = async (...call) => {
      const grant = await leases.acquire(...call);
      if (++asked === 1) await new Promise<void>((resolve) => (open = resolve));
      return grant;
    };
    const starting = owner.start();
    await bench.clock.advance(TTL * 0.9);
    assert.deepEqual(log, []);
    open();
    await bench.clock.advance(10);
    await starting;
    assert.equal(asked, 2);
    assert.deepEqual(of(log, 'granted').length, 1);
    assert.ok(owner.holds(0));
  });

  test('members whose beats have lapsed meanwhile are not taken for dead before they could beat again', async () => {
    const bench = new OwnersBench(32);
    const owners = ['w1', 'w2', 'w3'].map((name) => bench.open(name));
    for (const { owner } of owners) await owner.start();
    await bench.clock.advance(3_000);
    const before = owners.map(({ owner }) => sorted(owner.held));
    for (const { faults } of owners) faults.failing = 'before';
    await bench.clock.advance(TTL * 4);
    for (const { faults, log } of owners) {
      faults.failing = undefined;
      log.length = 0;
      await bench.clock.advance(400);
    }
    await bench.clock.advance(TTL);
    assert.deepEqual(
      owners.map(({ owner }) => sorted(owner.held)),
      before,
    );
    for (const { log, owner } of owners) {
      assert.deepEqual(of(log, 'revoked'), [], 'no shard moved');
      assert.equal(of(log, 'granted').length, owner.held.length);
    }
  });
});

describe('a frozen process', () => {
  test('holds nothing any more when it goes on, before any of its timers has run', async () => {
    const bench = new OwnersBench(2);
    const { owner, log, clock } = bench.open('w1');
    await owner.start();
    clock.freeze();
    await bench.clock.advance(TTL * 0.5);
    assert.ok(owner.holds(0));
    await bench.clock.advance(TTL);
    assert.equal(owner.holds(0), false);
    assert.deepEqual(of(log, 'lost'), []);
    clock.thaw();
    await bench.clock.advance(1);
    assert.equal(of(log, 'lost').length, 2);
    await bench.clock.advance(500);
    assert.ok(owner.holds(0), 'and takes what is still free');
  });

  test("leaves a shard alone that was another's meanwhile, until that one hands it over", async () => {
    const bench = new OwnersBench(32);
    const first = bench.open('w1');
    const second = bench.open('w2');
    await first.owner.start();
    await second.owner.start();
    await bench.clock.advance(2_000);
    const mine = sorted(first.owner.held);
    first.clock.freeze();
    await bench.clock.advance(TTL + 600);
    assert.deepEqual(sorted(second.owner.held), all(32));
    first.clock.thaw();
    await bench.clock.advance(10);
    assert.equal(first.owner.held.length, 0);
    await bench.clock.advance(2_000);
    assert.deepEqual(sorted(first.owner.held), mine);
    assert.deepEqual(of(second.log, 'lost'), []);
  });
});

describe('several workers', () => {
  async function cluster(names: readonly string[], shards = 64) {
    const bench = new OwnersBench(shards);
    const owners = names.map((name) => bench.open(name));
    for (const { owner } of owners) await owner.start();
    await bench.clock.advance(2_000);
    return { bench, owners };
  }

  function assertShared(owners: readonly { owner: { held: readonly number[] } }[], names: readonly string[]) {
    for (const [at, name] of names.entries())
      assert.deepEqual(sorted(owners[at]?.owner.held ?? []), sorted(shardsWonBy(name, names, 64)), name);
  }

  test('share the shards as rendezvous hashing says', async () => {
    const names = ['w1', 'w2', 'w3'];
    const { owners } = await cluster(names);
    assertShared(owners, names);
    for (const { log } of owners) assert.deepEqual(of(log, 'lost'), []);
  });

  test('one that joins gets its shards, and no other moves', async () => {
    const { bench, owners } = await cluster(['w1', 'w2']);
    for (const { log } of owners) log.length = 0;
    const third = bench.open('w3');
    await third.owner.start();
    await bench.clock.advance(600);
    assertShared([...owners, third], ['w1', 'w2', 'w3']);
    const moved = owners.flatMap(({ log }) => of(log, 'revoked')).length;
    assert.equal(moved, third.owner.held.length);
    for (const { log } of owners) assert.deepEqual(of(log, 'granted'), []);
  });

  test('the shards of one that leaves are taken without delay', async () => {
    const { bench, owners } = await cluster(['w1', 'w2', 'w3']);
    const [leaver, ...others] = owners;
    const stopping = leaver?.owner.stop();
    await bench.clock.settle();
    await stopping;
    assertShared(others, ['w2', 'w3']);
    assert.deepEqual(leaver?.owner.held, []);
  });

  test('also when nobody tells that they are free: soon', async () => {
    const { bench, owners } = await cluster(['w1', 'w2', 'w3']);
    bench.tells = false;
    const [leaver, ...others] = owners;
    await leaver?.owner.stop();
    await bench.clock.advance(1_100);
    assertShared(others, ['w2', 'w3']);
  });

  test('those of one that dies, when its leases lapse', async () => {
    const { bench, owners } = await cluster(['w1', 'w2', 'w3']);
    const [dead, ...others] = owners;
    dead?.clock.freeze();
    await bench.clock.advance(TTL + 20);
    assertShared(others, ['w2', 'w3']);
  });

  test('only so many shards move at the same time', async () => {
    const bench = new OwnersBench(64);
    let moving = 0;
    let most = 0;
    const { owner } = bench.open('w1', {
      movesAtOnce: 4,
      revoked: () => {
        most = Math.max(most, ++moving);
        return new Promise((resolve) => {
          bench.clock.setTimer(10, () => {
            moving--;
            resolve();
          });
        });
      },
    });
    await owner.start();
    const second = bench.open('w2');
    await second.owner.start();
    await bench.clock.advance(2_000);
    assert.deepEqual(sorted(second.owner.held), sorted(shardsWonBy('w2', ['w1', 'w2'], 64)));
    const stopping = owner.stop();
    await bench.clock.advance(2_000);
    await stopping;
    assert.equal(most, 4);
    assert.equal(second.owner.held.length, 64);
  });

  test('a lease that lapses while its shard is handed over is not released any more', async () => {
    const bench = new OwnersBench(1);
    let revoking = 0;
    const { owner, log, faults } = bench.open('w1', {
      revoked: () => {
        revoking++;
        return new Promise((resolve) => bench.clock.setTimer(TTL, resolve));
      },
    });
    await owner.start();
    faults.failing = 'before';
    const stopping = owner.stop();
    await bench.clock.advance(TTL * 0.9);
    assert.equal(revoking, 1);
    assert.equal(log.at(-1), 'lost 0 lapsed');
    await bench.clock.advance(TTL);
    await stopping;
    assert.deepEqual(of(log, 'released'), []);
    assert.equal(bench.clock.timers, 0);
  });

  test('a release that fails is tried again', async () => {
    const bench = new OwnersBench(4);
    const { owner, log, faults } = bench.open('w1');
    await owner.start();
    const stopping = owner.stop();
    faults.failing = 'before';
    await bench.clock.advance(100);
    faults.failing = undefined;
    await bench.clock.advance(1_000);
    await stopping;
    assert.equal(of(log, 'released').length, 4);
    assert.ok((await bench.store.leases.acquire(0, 'w2', TTL)).granted);
    assert.equal(bench.clock.timers, 0);
  });

  test('stopping while shards are asked for leaves none behind', async () => {
    const bench = new OwnersBench(16);
    const { owner, log } = bench.open('w1');
    const starting = owner.start();
    await owner.stop();
    await starting;
    assert.deepEqual(owner.held, []);
    assert.equal(of(log, 'granted').length, of(log, 'revoked').length);
    for (const shard of all(16)) assert.ok((await bench.store.leases.acquire(shard, 'w2', TTL)).granted);
  });
});

describe('a worker that cannot serve', () => {
  test('lets the others have its shards, and takes them back', async () => {
    const bench = new OwnersBench(32);
    const first = bench.open('w1');
    const second = bench.open('w2');
    await first.owner.start();
    await second.owner.start();
    await bench.clock.advance(4_000);
    await first.owner.standBy(true);
    await bench.clock.advance(1_500);
    assert.equal(second.owner.held.length, 32);
    await first.owner.standBy(false);
    await bench.clock.advance(2_000);
    assert.deepEqual(sorted(first.owner.held), sorted(shardsWonBy('w1', ['w1', 'w2'], 32)));
  });

  test('keeps them when there are no others, until one comes', async () => {
    const bench = new OwnersBench(8);
    const { owner, log } = bench.open('w1');
    await owner.start();
    await owner.standBy(true);
    await bench.clock.advance(TTL * 3);
    assert.equal(owner.held.length, 8);
    assert.deepEqual(of(log, 'revoked'), []);
    const second = bench.open('w2');
    await second.owner.start();
    await bench.clock.advance(2_000);
    assert.equal(owner.held.length, 8);
    await bench.clock.advance(2_000);
    assert.equal(second.owner.held.length, 8);
  });

  test('as all others cannot: nothing moves, neither then nor when they are back one after the other', async () => {
    const bench = new OwnersBench(64);
    const owners = ['w1', 'w2', 'w3'].map((name) => bench.open(name));
    for (const { owner } of owners) await owner.start();
    await bench.clock.advance(5_000);
    const before = owners.map(({ owner }) => sorted(owner.held));
    for (const { log } of owners) log.length = 0;
    for (const { owner } of owners) {
      void owner.standBy(true);
      await bench.clock.advance(100);
    }
    await bench.clock.advance(TTL * 2);
    for (const { owner } of owners) {
      await owner.standBy(false);
      await bench.clock.advance(1_200);
    }
    await bench.clock.advance(TTL);
    assert.deepEqual(
      owners.map(({ owner }) => sorted(owner.held)),
      before,
    );
    for (const { log } of owners) assert.deepEqual(log, []);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gate, seeded, storm, type Gate } from './storm.fixture.js';

const knocks = ({ control }: Gate, stationIds: readonly string[]) =>
  stationIds.map((stationId) => (control.knock(stationId) === undefined ? 'in' : 'later'));
const named = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name}-${at}`);
const SMALL = { connectionRate: 10, connectionBurst: 10, connectionReserve: 30 };

describe('who is let in first', () => {
  test('the reserve is for stations with a running transaction; past it they wait too', async () => {
    const door = await gate(SMALL, named('running', 9));
    assert.deepEqual(knocks(door, named('other', 8)), [...Array<string>(7).fill('in'), 'later']);
    assert.deepEqual(knocks(door, named('running', 4)), ['in', 'in', 'in', 'later']);
    assert.deepEqual(Object.fromEntries(door.counts), {
      'admitted other': 7,
      'turned away other': 1,
      'admitted running': 3,
      'turned away running': 1,
    });
  });

  test('as long as they press, what flows in goes to them alone', async () => {
    const running = named('running', 200);
    const door = await gate(SMALL, running);
    knocks(door, named('first', 10));
    const others: string[] = [];
    for (let round = 0; round < 10; round++) {
      await door.clock.advance(1000);
      others.push(...knocks(door, [...running.splice(0, 20), `other-${round}`]).slice(-1));
    }
    assert.deepEqual(others, Array<string>(10).fill('later'));
    assert.equal(door.counts.get('admitted running'), 100);
    // The 100 that were turned away have their turns first.
    await door.clock.advance(900);
    assert.deepEqual(knocks(door, ['other']), ['later']);
    await door.clock.advance(12_000);
    assert.deepEqual(knocks(door, ['other']), ['in']);
  });

  test('tokens are kept for those that were turned away, until their turn and a second has passed', async () => {
    const door = await gate(SMALL, named('running', 30));
    knocks(door, named('first', 10));
    assert.ok(
      knocks(door, named('running', 21))
        .slice(3)
        .every((answer) => answer === 'later'),
    );
    await door.clock.advance(900);
    assert.deepEqual(knocks(door, ['other']), ['later']);
    await door.clock.advance(3000);
    assert.deepEqual(knocks(door, named('other', 8)), [...Array<string>(7).fill('in'), 'later']);
  });

  test('those that have a turn and do not come keep nobody out: what would flow over is for anybody', async () => {
    const door = await gate(SMALL, named('running', 500));
    knocks(door, named('first', 10));
    knocks(door, named('running', 500));
    for (let second = 0; second < 20; second++) {
      await door.clock.advance(1000);
      assert.deepEqual(knocks(door, [`early-${second}`, `late-${second}`]), ['in', 'later']);
    }
    // Who comes late for its turn still finds what was left for it.
    assert.deepEqual(knocks(door, named('running', 500).slice(-9)), Array<string>(9).fill('in'));
  });

  test('without a reserve all are alike', async () => {
    const door = await gate({ ...SMALL, connectionReserve: 0 }, named('running', 50));
    assert.deepEqual(knocks(door, named('other', 11)), [...Array<string>(10).fill('in'), 'later']);
    knocks(door, named('running', 50));
    await door.clock.advance(500);
    assert.deepEqual(knocks(door, named('other', 6)), [...Array<string>(5).fill('in'), 'later']);
    assert.equal(door.counts.get('turned away running'), undefined);
  });

  test('a station comes before others once a minute; then it is one of them', async () => {
    const door = await gate({ ...SMALL, connectionRate: 1 }, ['running']);
    const press = () => knocks(door, named('other', 10));
    press();
    assert.deepEqual(knocks(door, ['running', 'running']), ['in', 'later']);
    await door.clock.advance(30_000);
    press();
    assert.deepEqual(knocks(door, ['running']), ['later']);
    await door.clock.advance(120_000);
    press();
    assert.deepEqual(knocks(door, ['running']), ['in']);
  });

  test('those that come again and again starve nobody', async () => {
    const flapping = named('running', 40);
    const door = await gate({ connectionRate: 2, connectionBurst: 4, connectionReserve: 50 }, flapping);
    const random = seeded(5);
    for (let second = 0; second < 600; second++) {
      await door.clock.advance(1000);
      const place = Math.floor(random() * flapping.length);
      knocks(door, [...flapping.slice(0, place), `other-${second}`, ...flapping.slice(place)]);
    }
    // Of 1,200 tokens in ten minutes 400 go to those that come first, each once a minute; for the others 41 press.
    const admitted = door.counts.get('admitted other') ?? 0;
    assert.ok(admitted >= 10, `${admitted} others came in`);
  });

  test('as long as nobody knows where transactions run, all are alike and nothing is kept', async () => {
    const door = await gate(SMALL);
    assert.deepEqual(knocks(door, named('any', 11)), [...Array<string>(10).fill('in'), 'later']);
  });

  test('what is known is forgotten after an hour without the store', async () => {
    const door = await gate(SMALL, named('running', 5));
    await door.clock.advance(3_600_000);
    assert.deepEqual(knocks(door, named('other', 10)), Array<string>(10).fill('in'));
  });

  test('without a limit everybody comes in', async () => {
    const door = await gate({ connectionRate: 0, connectionBurst: 1 });
    assert.deepEqual(knocks(door, named('any', 5000)), Array<string>(5000).fill('in'));
    assert.equal(door.counts.get('admitted other'), 5000);
  });

  test('of a burst of one nothing is kept', async () => {
    const door = await gate({ connectionRate: 1, connectionBurst: 1, connectionReserve: 90 }, ['running']);
    assert.deepEqual(knocks(door, ['other', 'another']), ['in', 'later']);
  });
});

describe('what is known', () => {
  test('is read again when many come, at most every five seconds', async () => {
    const door = await gate(SMALL, ['old']);
    await door.say(['new']);
    await door.clock.advance(10_000);
    knocks(door, named('few', 3));
    await door.clock.settle();
    assert.equal(door.running.age(door.clock.monotonic()), 10_000);
    knocks(door, named('many', 5));
    await door.clock.settle();
    assert.equal(door.running.age(door.clock.monotonic()), 0);
    assert.deepEqual(knocks(door, ['old', 'new']), ['later', 'in']);
    await door.clock.advance(4900);
    knocks(door, named('more', 10));
    await door.clock.settle();
    assert.equal(door.running.age(door.clock.monotonic()), 4900);
  });
});

describe('what is known in quiet times', () => {
  test('is read every ten minutes or so, until it ends', async () => {
    const { clock, running, say } = await gate(SMALL, ['old']);
    running.start();
    await say(['old', 'new']);
    await clock.advance(800_000);
    assert.equal(running.size, 2);
    assert.ok((running.age(clock.monotonic()) ?? Infinity) < 800_000);
    running.stop();
    assert.equal(clock.timers, 0);
  });
});

describe('Retry-After', () => {
  test('spreads those that are turned away over the time that they need, and grows with their number', async () => {
    const door = await gate({ connectionRate: 100, connectionBurst: 100 });
    knocks(door, named('first', 100));
    const waits = named('later', 900).map((stationId) => door.control.knock(stationId) ?? 0);
    assert.equal(door.control.backlog, 900);
    const bySecond = new Map<number, number>();
    for (const wait of waits) bySecond.set(wait, (bySecond.get(wait) ?? 0) + 1);
    assert.ok(bySecond.size >= 10 && bySecond.size <= 12, [...bySecond.keys()].join());
    assert.ok(Math.max(...bySecond.values()) <= 110, [...bySecond.values()].join());
    const late = (from: number) => waits.slice(from, from + 100).reduce((sum, wait) => sum + wait, 0) / 100;
    assert.ok(late(800) > late(400) && late(400) > late(0));
  });

  test('a fleet of 15,000 with 3,000 running transactions is back in ten seconds, those first', async () => {
    const ids = named('CS', 15_000);
    const running = new Set(ids.filter((_, at) => at % 5 === 0));
    const random = seeded(3);
    const door = await gate({}, [...running]);
    const arrived = await storm(door, new Map(ids.map((id) => [id, random() * 200])));
    assert.equal(new Set(arrived.map(({ stationId }) => stationId)).size, ids.length);
    const last = arrived.at(-1)?.at ?? Number.NaN;
    assert.ok(last < 10_000, `the last one came in after ${last} ms`);
    // The bucket: never more than the burst and what has flown in since.
    for (const [at, arrival] of arrived.entries()) assert.ok(at < 2000 + 2 * (arrival.at + 1));
    const lastRunning = arrived.findLast(({ stationId }) => running.has(stationId))?.at ?? Number.NaN;
    const ahead = arrived.filter(({ stationId, at }) => at <= lastRunning && !running.has(stationId)).length;
    assert.ok(lastRunning < 3000, `the last running one came in after ${lastRunning} ms`);
    // Those of the first burst, and what the running ones left.
    assert.ok(ahead < 4000, `${ahead} others before it`);
    assert.ok(Math.max(...arrived.map((arrival) => arrival.knocks)) <= 4);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SLOWEST_MS, TTL, World } from './ownership.fixture.js';

/** Others for a longer run by hand. */
const FIRST_SEED = Number(process.env.OWNERSHIP_SEED ?? 20_261_121);
const SEEDS = Number(process.env.OWNERSHIP_SEEDS ?? 120);
const CHAOS_STEPS = 16;
/** Beyond the lease. */
const BOUND_MS = 250;
const GRACEFUL_MS = 300;

/** Something goes wrong, or right again. */
function disturb(world: World): void {
  const { nodes } = world;
  const node = nodes[world.below(nodes.length)];
  const thawIn = (ms: number) => world.clock.setTimer(ms, () => node?.clock.thaw());
  switch (world.below(10)) {
    case 0:
    case 1:
    case 2:
      if (node === undefined || node.clock.frozen) return;
      node.clock.freeze();
      thawIn(10 + world.random() * TTL * 2.5);
      return;
    case 3:
      if (nodes.length < 4) world.join();
      return;
    case 4:
      if (node !== undefined && nodes.length > 2) world.leave(node);
      return;
    case 5:
      world.storeOutage = world.random() < 0.5 ? 'before' : 'after';
      world.clock.setTimer(world.random() * TTL * 1.5, () => (world.storeOutage = 'none'));
      return;
    case 6:
      world.logOutage = world.random() < 0.5 ? 'before' : 'after';
      world.clock.setTimer(world.random() * TTL * 4, () => (world.logOutage = 'none'));
      return;
    case 7:
      world.slowest = Math.max(3, SLOWEST_MS * world.random());
      return;
    default:
      world.slowest = 3;
  }
}

async function calm(world: World): Promise<void> {
  world.slowest = 3;
  await world.advance(TTL * 4);
  for (const { clock } of world.nodes) if (clock.frozen) clock.thaw();
  await world.advance(TTL * 3);
  assert.ok(world.isSettled, 'every shard has its owner');
  await world.checkAnswered();
}

/** Longest that a message waited while `change` was made and in the time after it. */
async function worstWait(world: World, change: () => void, ms: number): Promise<number> {
  for (const client of world.clients) client.worst = 0;
  change();
  await world.advance(ms);
  assert.ok(world.isSettled);
  const now = world.clock.monotonic();
  return Math.max(
    ...world.clients.map(({ since, worst, isWaiting }) => (isWaiting ? Math.max(now - since, worst) : worst)),
  );
}

async function run(seed: number): Promise<{ graceful: number; joined: number; killed: number }> {
  const world = new World(seed);
  for (let n = 0; n < 3; n++) world.join();
  world.addClients(8);
  await world.advance(TTL);
  for (let step = 0; step < CHAOS_STEPS; step++) {
    disturb(world);
    await world.advance(10 + world.random() * 120);
  }
  await calm(world);
  const joined = await worstWait(world, () => world.join(), TTL);
  const [first, second] = world.nodes;
  assert.ok(first !== undefined && second !== undefined);
  const graceful = await worstWait(world, () => world.leave(first), TTL);
  const killed = await worstWait(
    world,
    () => {
      second.clock.freeze();
      world.nodes.splice(world.nodes.indexOf(second), 1);
      world.subscribers.forEach((nodes) => nodes.delete(second));
    },
    TTL * 2,
  );
  await world.checkAnswered();
  assert.ok(joined <= GRACEFUL_MS, `a join let a message wait for ${joined} ms`);
  assert.ok(graceful <= GRACEFUL_MS, `a leave let a message wait for ${graceful} ms`);
  assert.ok(killed <= TTL + BOUND_MS, `a death let a message wait for ${killed} ms`);
  return { graceful, joined, killed };
}

interface Result {
  readonly worst: { graceful: number; joined: number; killed: number };
  readonly error?: Error;
}

async function runAll(): Promise<Result> {
  const worst = { graceful: 0, joined: 0, killed: 0 };
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    try {
      const waits = await run(seed);
      for (const key of ['graceful', 'joined', 'killed'] as const)
        worst[key] = Math.max(worst[key], waits[key]);
    } catch (error) {
      return { worst, error: new Error(`seed ${seed}`, { cause: error }) };
    }
  }
  return { worst };
}

// Before the first test is declared: from then on node:test follows every promise, which costs more than the simulation.
const { worst, error } = await runAll();

test(`owners that freeze, join, leave and lose their store act one at a time, and lose nothing (${SEEDS} seeds from ${FIRST_SEED})`, (t) => {
  if (error !== undefined) throw error;
  t.diagnostic(`longest waits in ms, with a lease of ${TTL} ms: ${JSON.stringify(worst)}`);
});

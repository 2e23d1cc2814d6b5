import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openBench, openHost, RecordingPerformer, takeOver } from './ledger.fixture.js';

const KEYS = ['a1', 'a2', 'a3'] as const;
const OWNERS = ['w0', 'w1', 'w2'] as const;
const seed = 20_260_201;

const owner = fc.nat(OWNERS.length - 1);
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('add' as const), owner, key: fc.constantFrom(...KEYS) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('take' as const), owner }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hold' as const), owner }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), owner }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('store' as const),
      owner,
      failing: fc.constantFrom('before' as const, 'after' as const, undefined),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('log' as const), failing: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.nat(500) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('sweep' as const), owner }) },
);

test('owners that pause, lose the shard and come back change nothing that the newest owner did not decide', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 120 }), async (steps) => {
      const bench = openBench();
      const world = new RecordingPerformer();
      const hosts = OWNERS.map(() =>
        openHost(bench, { performer: world, limits: { passivateAfterMs: 100, outbox: 4 } }),
      );
      let sent = 0;
      for (const action of steps) {
        const on = 'owner' in action ? hosts[action.owner] : undefined;
        if (action.kind === 'time') await bench.clock.advance(action.ms);
        else if (action.kind === 'log') world.failing = action.failing;
        else if (action.kind === 'add') on?.host.deliver(action.key, { type: 'add', amount: ++sent });
        else if (action.kind === 'hold') on?.states.hold();
        else if (action.kind === 'release') on?.states.release();
        else if (action.kind === 'sweep') on?.host.sweep();
        else if (action.kind === 'store' && on !== undefined) on.states.failing = action.failing;
        else if (action.kind === 'take' && on !== undefined && on.states.failing === undefined) {
          on.states.release();
          await takeOver(bench, on.host, OWNERS[action.owner] ?? '');
        }
      }

      world.failing = false;
      for (const { states } of hosts) {
        states.failing = undefined;
        states.release();
      }
      await bench.clock.advance(10_000);
      const last = openHost(bench, { performer: world });
      await takeOver(bench, last.host, 'last');
      await bench.clock.advance(10_000);
      for (const key of KEYS) last.host.deliver(key, { type: 'read' });
      await bench.clock.advance(10_000);

      for (const key of KEYS) {
        const entries = (world.ledger.get(key) ?? []).flatMap((entry) =>
          entry.type === 'entry' ? [entry] : [],
        );
        const amounts = entries.map(({ amount }) => amount);
        assert.deepEqual(
          entries.map(({ number }) => number),
          entries.map((_, at) => at + 1),
          'numbers are gap-free',
        );
        assert.equal(new Set(amounts).size, amounts.length, 'no message took effect twice');
        const answered = world.said.flatMap((text) => {
          const match = new RegExp(`^${key}: added (\\d+)$`).exec(text);
          return match === null ? [] : [Number(match[1])];
        });
        assert.ok(
          answered.every((amount) => amounts.includes(amount)),
          'whatever was answered is in the log',
        );
        assert.equal(new Set(answered).size, answered.length, 'nothing was answered twice');
        const balance = amounts.reduce((sum, amount) => sum + amount, 0);
        assert.equal(world.said.filter((text) => text === `${key}: balance ${balance}`).length, 1);
      }
    }),
    { seed, numRuns: 300 },
  );
});

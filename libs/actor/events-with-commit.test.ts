import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TimerWheel } from '../clock/mod.js';
import type { EventEntry } from '../eventlog/mod.js';
import { ActorHost } from './mod.js';
import {
  account,
  type AccountEffect,
  GatedStates,
  openBench,
  RecordingPerformer,
  shardOfKey,
  SHARDS,
  takeOver,
} from './ledger.fixture.js';

class EventPerformer extends RecordingPerformer {
  readonly recordedOf: string[] = [];

  eventOf(key: string, effect: AccountEffect): EventEntry | undefined {
    if (effect.type !== 'entry') return undefined;
    return { station: key, incarnation: 1, number: effect.number, type: 'entry', data: new Uint8Array() };
  }

  recorded(key: string, effects: readonly AccountEffect[]): void {
    for (const effect of effects)
      if (effect.type === 'entry') this.recordedOf.push(`${key} ${effect.number}`);
  }
}

/** States with which a log is kept that takes the events of committed batches. */
class StatesWithLog extends GatedStates {
  takesEvents = true;
  readonly log: string[] = [];

  override async commit(batches: Parameters<GatedStates['commit']>[0]) {
    const outcomes = await super.commit(batches);
    batches.forEach(({ events = [] }, at) => {
      if (outcomes[at] === 'committed')
        for (const { station, number } of events) this.log.push(`${station} ${number}`);
    });
    return outcomes;
  }
}

async function open() {
  const bench = openBench();
  const performer = new EventPerformer();
  const states = new StatesWithLog(bench.store.states);
  const host = new ActorHost({
    behaviour: account,
    performer,
    states,
    clock: bench.clock,
    wheel: new TimerWheel(bench.clock, { resolutionMs: 10 }),
    shardOf: shardOfKey,
    shards: SHARDS,
  });
  await takeOver(bench, host, 'w1');
  return { bench, performer, states, host };
}

describe('where the store takes events', () => {
  test('they go with the commit: nothing is left to perform, nor is the actor to be woken', async () => {
    const { bench, performer, states, host } = await open();
    host.deliver('a1', { type: 'add', amount: 1 });
    await bench.clock.settle();
    assert.deepEqual(states.log, ['a1 1']);
    assert.deepEqual(performer.recordedOf, ['a1 1']);
    assert.equal(performer.settleCalls, 0);
    assert.equal(host.stats().outbox, 0);
    const wakeups = [];
    for await (const wakeup of bench.store.states.wakeups(0)) wakeups.push(wakeup);
    assert.deepEqual(wakeups, []);
  });

  test('a commit that fails is written again with its events', async () => {
    const { bench, performer, states, host } = await open();
    states.failing = 'before';
    host.deliver('a1', { type: 'add', amount: 1 });
    await bench.clock.settle();
    assert.deepEqual(performer.recordedOf, []);
    states.failing = undefined;
    await bench.clock.advance(5_000);
    assert.deepEqual(states.log, ['a1 1']);
    assert.deepEqual(performer.recordedOf, ['a1 1']);
  });

  test('events that wait in the outbox come first', async () => {
    const { bench, performer, states, host } = await open();
    states.takesEvents = false;
    performer.failing = true;
    host.deliver('a1', { type: 'add', amount: 1 });
    await bench.clock.settle();
    states.takesEvents = true;
    host.deliver('a1', { type: 'add', amount: 1 });
    await bench.clock.settle();
    assert.deepEqual(states.log, []);
    performer.failing = false;
    await bench.clock.advance(5_000);
    assert.deepEqual(
      performer.ledger.get('a1')?.map((effect) => effect.type === 'entry' && effect.number),
      [1, 2],
    );
    host.deliver('a1', { type: 'add', amount: 1 });
    await bench.clock.settle();
    assert.deepEqual(states.log, ['a1 3']);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CommandOutcome } from '../../../../libs/api/mod.js';
import { booted, connected, sent, statuses } from '../commands.fixture.js';
import { LIMITS } from '../limits.js';
import { TestStation } from '../station.fixture.js';

/** What waits for one station is bounded, and no kind of command keeps another one out (DESIGN invariant 8). */

const isBusy = (outcome: CommandOutcome | undefined): boolean =>
  outcome?.status === 'refused' && outcome.reason === 'busy';

/** A command whose payload has `characters`. */
const sized = (characters: number): object => {
  const around = JSON.stringify({ vendorId: 'v', data: '' }).length;
  return { vendorId: 'v', data: 'x'.repeat(characters - around) };
};

describe('room', () => {
  test('is bounded in characters whatever the size of the last command; a large one fits when nothing waits', () => {
    for (const way of ['durable', 'immediate']) {
      const station = connected();
      station.command('ClearCache', {});
      const most = way === 'durable' ? LIMITS.durableCharacters : LIMITS.queuedCharacters;
      const send = (characters: number) =>
        way === 'durable'
          ? station.enqueue('DataTransfer', sized(characters))
          : station.command('DataTransfer', sized(characters));
      assert.equal(send(most / 2), undefined, way);
      assert.equal(send(most / 2 - 1_000), undefined, way);
      assert.ok(isBusy(send(1_001)), way);
      assert.equal(send(1_000), undefined, way);
    }
    const station = new TestStation();
    assert.equal(station.enqueue('DataTransfer', sized(1_000_000)), undefined);
    assert.ok(isBusy(station.enqueue('ClearCache', {})));
  });

  test('is there for what makes a pending station ready, however large what waits for its acceptance', () => {
    const station = booted('2.0.1', 'Pending');
    for (const characters of [500_000, 1_000_000]) station.enqueue('DataTransfer', sized(characters));
    const variable = { component: { name: 'C' }, variable: { name: 'V' }, attributeValue: 'x' };
    const payload = { setVariableData: [variable] };
    assert.equal(station.command('SetVariables', payload, { id: 'ready' }), undefined);
    assert.deepEqual(sent(station), ['ready']);
  });

  test('of a command with the same supersede key goes to the newer one', () => {
    const station = new TestStation();
    for (let n = 0; n < LIMITS.durableCommands; n++) {
      station.enqueue('ClearCache', {}, { id: `k${n}`, supersedeKey: `key ${n}` });
    }
    station.enqueue('ClearCache', {}, { id: 'newer', supersedeKey: 'key 7' });
    assert.deepEqual(statuses(station), ['k7 superseded']);
    assert.equal(station.state.queue.length, LIMITS.durableCommands);
    assert.equal(station.state.queue.at(-1)?.commandId, 'newer');
    assert.ok(isBusy(station.enqueue('ClearCache', {}, { id: 'more', supersedeKey: 'another' })));
  });
});

describe('commands that are refused at the door', () => {
  const KEYED = { id: 'key', keyed: true };

  test('push nothing out that was taken: what comes again is not sent again, and hears its outcome', () => {
    const station = connected();
    station.command('ClearCache', {}, KEYED);
    station.result('key', { status: 'Accepted' });
    for (let n = 0; n < 2 * LIMITS.endedCommands; n++) {
      assert.equal(station.command('Nonsense', {}, { id: `no${n}` })?.status, 'refused');
    }
    assert.equal(station.command('ClearCache', {}, KEYED)?.status, 'result');
    assert.deepEqual(sent(station), ['key']);
  });

  test('take a bounded part of the record', () => {
    const station = connected();
    const payload = { ['x'.repeat(100_000)]: 1 };
    for (let n = 0; n < 2 * LIMITS.endedCommands; n++)
      station.command('ClearCache', payload, { id: `no${n}` });
    assert.ok(station.state.endedCommands.length < 24_000, `${station.state.endedCommands.length}`);
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryBroker } from '../../libs/bus/mod.js';
import { stationToken, subjects } from '../../libs/link/mod.js';
import { silentLogger } from '../../libs/ops/mod.js';
import { cutOffShutOut } from './shut-out.js';

const NOTHING = new Uint8Array(0);

function listening() {
  const bus = new MemoryBroker().connect();
  const cutOff: string[] = [];
  const edge = {
    disconnect: (stationIds: Iterable<string>) => {
      const ids = [...stationIds];
      cutOff.push(...ids);
      return ids.length;
    },
  };
  const stop = cutOffShutOut(edge, bus, silentLogger());
  /** Resolves when it was heard: what is told later is delivered later. */
  const say = async (...tokens: string[]) => {
    const heard = new Promise<void>((resolve) => bus.subscribe('test.heard', () => resolve()));
    for (const token of tokens) bus.publish(subjects.shutout(token), NOTHING);
    bus.publish('test.heard', NOTHING);
    await heard;
  };
  return { cutOff, stop, say };
}

test('stations are cut off as soon as it is told, whatever their ids hold', async () => {
  const { cutOff, say } = listening();
  await say(...['CS-1', 'RDAM 123/ü', 'CS-1'].map(stationToken));
  assert.deepEqual(cutOff, ['CS-1', 'RDAM 123/ü', 'CS-1']);
});

test('what is no station token is passed over; once stopped, nothing is cut off', async () => {
  const { cutOff, stop, say } = listening();
  await say('=zz');
  assert.deepEqual(cutOff, []);
  await stop();
  await say(stationToken('CS-2'));
  assert.deepEqual(cutOff, []);
});

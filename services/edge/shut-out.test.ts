import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryBus } from '../../libs/bus/mod.js';
import { ManualClock } from '../../libs/clock/mod.js';
import { stationToken, subjects } from '../../libs/link/mod.js';
import { silentLogger } from '../../libs/ops/mod.js';
import { cutOffShutOut } from './shut-out.js';

const NOTHING = new Uint8Array(0);

function listening() {
  const clock = new ManualClock();
  const bus = memoryBus({ clock });
  const cutOff: string[][] = [];
  const edge = {
    disconnect: (stationIds: Iterable<string>) => {
      const ids = [...stationIds];
      cutOff.push(ids);
      return ids.length;
    },
  };
  const stop = cutOffShutOut(edge, bus, clock, silentLogger());
  const say = async (...stationIds: string[]) => {
    for (const id of stationIds) bus.publish(subjects.shutout(stationToken(id)), NOTHING);
    await bus.flush();
    await clock.advance(0);
  };
  return { clock, bus, cutOff, stop, say };
}

test('stations that are told together are cut off in one go, whatever their ids hold', async () => {
  const { clock, cutOff, say } = listening();
  await say('CS-1', 'RDAM 123/ü', 'CS-1');
  assert.deepEqual(cutOff, []);
  await clock.advance(50);
  assert.deepEqual(cutOff, [['CS-1', 'RDAM 123/ü']]);
  await say('CS-2');
  await clock.advance(50);
  assert.deepEqual(cutOff.at(-1), ['CS-2']);
});

test('very many are not gathered without end', async () => {
  const { cutOff, say } = listening();
  await say(...Array.from({ length: 10_000 }, (_, at) => `CS-${at}`));
  assert.deepEqual(
    cutOff.map((ids) => ids.length),
    [10_000],
  );
});

test('what is no station token is passed over; once stopped, nothing is cut off', async () => {
  const { clock, bus, cutOff, stop, say } = listening();
  bus.publish('csms.shutout.=zz', NOTHING);
  await say();
  await clock.advance(50);
  assert.deepEqual(cutOff, []);
  await say('CS-1');
  await stop();
  await say('CS-2');
  await clock.advance(50);
  assert.deepEqual(cutOff, []);
});

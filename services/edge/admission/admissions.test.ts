import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics, silentLogger } from '../../../libs/ops/mod.js';
import type { RunningStations } from '../../../libs/store/mod.js';
import { rig } from '../connection/rig.fixture.js';
import { Admissions } from './admissions.js';

const never = <T>(): Promise<T> => new Promise(() => undefined);
const reject = () => Promise.reject(new Error('away'));

async function admissions(running: RunningStations) {
  const { clock, registry, config, connect } = rig();
  const made = new Admissions({
    running,
    registry,
    clock,
    config: { ...config, connectionRate: 10, connectionBurst: 10, connectionReserve: 50 },
    logger: silentLogger(),
    metrics: createMetrics(),
  });
  let started = false;
  const start = made.start().then(() => (started = true));
  await clock.settle();
  return { admissions: made, clock, connect, start, started: () => started };
}

test('a store that does not answer holds up a start and a drain for two seconds, and keeps nobody out', async () => {
  const { admissions: door, clock, connect, start, started } = await admissions({ put: never, all: never });
  assert.equal(started(), false);
  await clock.advance(2000);
  await start;
  const answers = Array.from({ length: 11 }, (_, at) => door.knock(`CP${at}`) === undefined);
  assert.deepEqual(answers, [...Array<boolean>(10).fill(true), false]);
  connect('CP1').socket.says([2, '1', 'StartTransaction', START]);
  let left = false;
  const leave = door.leave().then(() => (left = true));
  await clock.settle();
  assert.equal(left, false);
  await clock.advance(2000);
  await leave;
  door.stop();
  assert.equal(left, true);
});

test('a store that fails at once holds up nothing', async () => {
  const { admissions: door, started } = await admissions({ put: reject, all: reject });
  assert.equal(started(), true);
  assert.equal(door.knock('CP1'), undefined);
  await door.leave();
  door.stop();
});

const START = { connectorId: 1, idTag: 'A', meterStart: 0, timestamp: '2026-11-21T10:00:00Z' };

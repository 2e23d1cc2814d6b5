import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { silentLogger } from '../../../libs/ops/mod.js';
import { memoryStore, RUNNING_TTL_MS, type RunningStations } from '../../../libs/store/mod.js';
import { rig } from '../connection/rig.fixture.js';
import { RunningReport } from './running-report.js';
import { stationHash } from './station-hash.js';

/** More than a round takes. */
const ROUND_MS = 15_000;

const START = {
  connectorId: 1,
  idTag: 'A',
  meterStart: 0,
  timestamp: '2026-11-21T10:00:00Z',
};

function reporting() {
  const made = rig();
  const { clock, registry, config } = made;
  const store = memoryStore({ clock, shards: 1 });
  let puts = 0;
  let failures = 0;
  let broken = false;
  const running: RunningStations = {
    put: async (name, hashes) => {
      puts++;
      if (broken) throw new Error('away');
      await store.running.put(name, hashes);
    },
    all: () => store.running.all(),
  };
  const open = () => {
    const options = { running, registry, clock, logger: silentLogger(), config, random: () => 0.5 };
    return new RunningReport({ ...options, failed: () => void failures++ });
  };
  const report = open();
  report.start();
  return {
    ...made,
    report,
    open,
    begins: (stationId: string) => {
      const station = made.connect(stationId);
      station.socket.says([2, 'start', 'StartTransaction', START]);
      return station;
    },
    said: async () => (await store.running.all()).map(({ hashes }) => sorted(hashes)),
    puts: () => puts,
    failures: () => failures,
    fail: (now: boolean) => (broken = now),
  };
}

const sorted = (hashes: Iterable<number>) => [...hashes].sort((a, b) => a - b);
const hashes = (...stationIds: string[]) => [sorted(stationIds.map(stationHash))];

describe('what an edge says of running transactions', () => {
  test('is written when it has changed, and not when it has not', async () => {
    const { clock, connect, begins, said, puts } = reporting();
    connect('idle');
    await clock.advance(ROUND_MS);
    assert.equal(puts(), 0);
    const { socket } = begins('CP1');
    begins('CP2');
    await clock.advance(ROUND_MS);
    assert.deepEqual(await said(), hashes('CP1', 'CP2'));
    await clock.advance(5 * ROUND_MS);
    assert.equal(puts(), 1);
    socket.says([
      2,
      'stop',
      'StopTransaction',
      { transactionId: 1, meterStop: 5, timestamp: START.timestamp },
    ]);
    await clock.advance(ROUND_MS);
    assert.deepEqual(await said(), hashes('CP2'));
  });

  test('is taken away when no transaction runs any more', async () => {
    const { clock, begins, said } = reporting();
    const { socket } = begins('CP1');
    await clock.advance(ROUND_MS);
    socket.says([
      2,
      'stop',
      'StopTransaction',
      { transactionId: 1, meterStop: 5, timestamp: START.timestamp },
    ]);
    await clock.advance(ROUND_MS);
    assert.deepEqual(await said(), []);
  });

  test('does not lapse while it stays as it is', async () => {
    const { clock, begins, said } = reporting();
    begins('CP1');
    await clock.advance(3 * RUNNING_TTL_MS);
    assert.deepEqual(await said(), hashes('CP1'));
  });

  test('keeps a station that has left for an hour', async () => {
    const { clock, begins, said } = reporting();
    begins('CP1').socket.terminate();
    const left = begins('CP2');
    await clock.advance(ROUND_MS);
    left.socket.terminate();
    await clock.advance(RUNNING_TTL_MS / 2);
    assert.deepEqual(await said(), hashes('CP2'));
    await clock.advance(RUNNING_TTL_MS);
    assert.deepEqual(await said(), []);
  });

  test('of one that came back and ended its transaction it is gone', async () => {
    const { clock, begins, said } = reporting();
    begins('CP1').socket.terminate();
    await clock.advance(ROUND_MS);
    const { socket } = begins('CP1');
    await clock.advance(ROUND_MS);
    assert.deepEqual(await said(), hashes('CP1'));
    socket.says([
      2,
      'stop',
      'StopTransaction',
      { transactionId: 1, meterStop: 5, timestamp: START.timestamp },
    ]);
    await clock.advance(ROUND_MS);
    assert.deepEqual(await said(), []);
  });

  test('is said once more when the edge is drained, and not of those that go then', async () => {
    const { clock, begins, said, report, puts } = reporting();
    const station = begins('CP1');
    const last = report.last(1000);
    station.socket.terminate();
    await clock.settle();
    await last;
    assert.deepEqual(await said(), hashes('CP1'));
    await clock.advance(5 * ROUND_MS);
    assert.equal(puts(), 1);
  });

  test('stands beside what the same edge said before it was started again', async () => {
    const { clock, begins, said, report, open } = reporting();
    const station = begins('CP1');
    await clock.advance(ROUND_MS);
    report.stop();
    station.socket.terminate();
    const next = open();
    next.start();
    begins('CP2');
    await clock.advance(ROUND_MS);
    assert.deepEqual(sorted((await said()).flat()), hashes('CP1', 'CP2').flat());
  });

  test('is tried again while the store is away; nothing waits for it', async () => {
    const { clock, begins, said, fail, failures, report } = reporting();
    fail(true);
    begins('CP1');
    await clock.advance(3 * ROUND_MS);
    assert.ok(failures() >= 2);
    fail(false);
    await clock.advance(ROUND_MS);
    assert.deepEqual(await said(), hashes('CP1'));
    fail(true);
    begins('CP2');
    const last = report.last(1000);
    await clock.advance(1000);
    await last;
    assert.deepEqual(await said(), hashes('CP1'));
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock, sleep } from '../clock/mod.js';
import { createMetrics } from '../ops/mod.js';
import { RoundTrips, type Ask } from './round-trips.js';

const NAME = 'stationmaster_server_round_trip_seconds';

function measuring(ask: Ask) {
  const clock = new ManualClock();
  const metrics = createMetrics();
  const roundTrips = new RoundTrips(metrics, clock, [{ name: 'redis', ask: () => ask() }]);
  const shown = async (series: string) => {
    const line = (await metrics.text()).split('\n').find((one) => one.startsWith(`${NAME}_${series}`));
    return Number(line?.split(' ').at(-1));
  };
  return { clock, roundTrips, shown };
}

test('a server is asked at once, and then every ten seconds', async () => {
  let asked = 0;
  const { clock, roundTrips, shown } = measuring(async () => {
    asked++;
    await sleep(clock, 4);
  });
  assert.equal(await shown('count{server="redis"}'), 0);
  roundTrips.start();
  await clock.advance(4);
  assert.equal(asked, 1);
  await clock.advance(9_999);
  assert.equal(asked, 1);
  await clock.advance(5);
  assert.equal(asked, 2);
  assert.equal(await shown('count{server="redis"}'), 2);
  assert.equal(await shown('sum{server="redis"}'), 0.008);
  assert.equal(await shown('bucket{le="0.005",server="redis"}'), 2);
  assert.equal(await shown('bucket{le="0.0025",server="redis"}'), 0);
  roundTrips.stop();
  await clock.advance(60_000);
  assert.equal(asked, 2);
});

test('one that fails, or does not answer, is above all buckets, and one that stands still is not asked again', async () => {
  let asked = 0;
  const stuck = new Promise(() => undefined);
  const { clock, roundTrips, shown } = measuring(() => {
    asked++;
    return asked === 1 ? Promise.reject(new Error('no')) : stuck;
  });
  roundTrips.start();
  await clock.advance(0);
  assert.equal(await shown('sum{server="redis"}'), 5);
  await clock.advance(10_000);
  await clock.advance(30_000);
  assert.equal(asked, 2);
  assert.ok((await shown('count{server="redis"}')) >= 3);
  assert.equal(await shown('bucket{le="2.5",server="redis"}'), 0);
  roundTrips.stop();
});

test('a server that cannot be asked at this moment is asked later', async () => {
  let connected = false;
  const { clock, roundTrips, shown } = measuring(() => (connected ? Promise.resolve() : undefined));
  roundTrips.start();
  await clock.advance(0);
  assert.equal(await shown('count{server="redis"}'), 0);
  connected = true;
  await clock.advance(10_000);
  assert.equal(await shown('count{server="redis"}'), 1);
  roundTrips.stop();
});

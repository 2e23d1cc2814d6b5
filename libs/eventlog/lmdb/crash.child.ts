// Commits states and appends events of a few stations without end, and tells what was acknowledged. Used by the crash tests.
import { writeSync } from 'node:fs';
import { systemClock } from '../../clock/mod.js';
import { openLmdb, openLmdbStore } from '../../store/mod.js';
import { openLmdbEventLog } from '../mod.js';

const [folder = '', checkpointBytes = '', maxEntries = ''] = process.argv.slice(2);
const SHARD = 1;
const STATIONS = 8;

const environment = await openLmdb({ path: folder, commitIntervalMs: 0 });
const clock = systemClock();
const store = await openLmdbStore({
  environment,
  clock,
  shards: 4,
  checkpointBytes: Number(checkpointBytes),
});
const log = await openLmdbEventLog({ environment, clock, maxEntries: Number(maxEntries) });
const grant = await store.leases.acquire(SHARD, 'child', 60_000);
if (!grant.granted) throw new Error('the lease of a dead process stands in the way');
const { epoch } = grant;

async function append(station: string, number: number): Promise<void> {
  if (number === 0) return;
  const data = Buffer.from(`{"number":${number},"fill":"${'x'.repeat(number % 700)}"}`);
  await log.append([{ station, incarnation: 1, number, type: 'counted', data }]);
  writeSync(1, `event ${station} ${number}\n`);
}

async function live(station: string): Promise<never> {
  const state = await store.states.load(SHARD, station);
  let number = state === undefined ? 0 : Number(Buffer.from(state).toString());
  // The state may be ahead of its event: that is what an outbox is for.
  await append(station, number);
  for (;;) {
    number++;
    const value = Buffer.from(String(number).padStart(1 + (number % 600)));
    await store.states.commit([{ shard: SHARD, epoch, writes: [{ key: station, value, wakeAt: number }] }]);
    writeSync(1, `state ${station} ${number}\n`);
    await append(station, number);
  }
}

await Promise.all(Array.from({ length: STATIONS }, (_, at) => live(`s${at}`)));

// The load process: plays all stations of a plan. It is apart from the servers and from the benchmark, and the same
// for every server.
import { ownCpu } from '../harness/cpu.js';
import { atPace, inTurn } from './drivers.js';
import { Latencies } from './latencies.js';
import type { FromLoad, LoadResult, Plan, Run, ToLoad } from './protocol.js';
import { LoadStation } from './station.js';

/** No answer to anybody for so long: the server has lost something. */
const PATIENCE_MS = 15_000;
const CONNECTING_AT_ONCE = 20;

const stations: LoadStation[] = [];

function tell(message: FromLoad, then?: () => void): void {
  process.send?.(message, undefined, undefined, then);
}

function fail(error: Error): void {
  tell({ kind: 'failed', reason: error.message }, () => process.exit(1));
}

/** Calls `late` unless the progress that `read` tells changes every now and then. */
function watch(read: () => number, late: () => void): NodeJS.Timeout {
  let last = read();
  return setInterval(() => {
    if (read() === last) late();
    last = read();
  }, PATIENCE_MS);
}

async function connect(plan: Plan): Promise<void> {
  let ready = 0;
  const watchdog = watch(
    () => ready,
    () => fail(new Error(`only ${ready} of ${plan.stations} stations could connect and boot`)),
  );
  const { first = 0 } = plan;
  for (let at = 0; at < plan.stations; at++) stations.push(new LoadStation(plan, first + at, fail));
  for (let at = 0; at < stations.length; at += CONNECTING_AT_ONCE) {
    const group = stations.slice(at, at + CONNECTING_AT_ONCE);
    await Promise.all(group.map((station) => station.open()));
    ready += group.length;
  }
  clearInterval(watchdog);
}

async function run({ roundTrips, pace }: Run): Promise<LoadResult> {
  const book = new Latencies(roundTrips);
  const late = new Latencies(roundTrips);
  const watchdog = watch(
    () => book.answered,
    () => fail(new Error(`after ${book.answered} answers none came for ${PATIENCE_MS / 1000} s`)),
  );
  const cpuBefore = ownCpu();
  const startedAt = performance.now();
  if (pace === undefined) await inTurn(stations, roundTrips, book);
  else await atPace(stations, roundTrips, pace, book, late);
  clearInterval(watchdog);
  const elapsedMs = performance.now() - startedAt;
  const { p99Ms: lateP99Ms } = late.quantiles();
  return { answered: book.answered, elapsedMs, cpu: ownCpu() - cpuBefore, lateP99Ms, ...book.quantiles() };
}

async function obey(message: ToLoad): Promise<void> {
  if ('plan' in message) {
    await connect(message.plan);
    tell({ kind: 'ready' });
  } else {
    tell({ kind: 'done', result: await run(message.run) });
  }
}

process.on('message', (message: ToLoad) => {
  obey(message).catch((error: unknown) => fail(error instanceof Error ? error : new Error(String(error))));
});
process.on('disconnect', () => process.exit());

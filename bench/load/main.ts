// The load process: plays all stations of a plan. It is apart from the servers and from the benchmark, and the same
// for every server.
import { ownCpu } from '../harness/cpu.js';
import { quantile } from '../harness/statistics.js';
import type { FromLoad, LoadResult, Plan, ToLoad } from './protocol.js';
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
  for (let number = 0; number < plan.stations; number++) stations.push(new LoadStation(plan, number, fail));
  for (let at = 0; at < stations.length; at += CONNECTING_AT_ONCE) {
    const group = stations.slice(at, at + CONNECTING_AT_ONCE);
    await Promise.all(group.map((station) => station.open()));
    ready += group.length;
  }
  clearInterval(watchdog);
}

/** Each station sends, is answered, sends again, until all of them together have done `roundTrips`. */
function run(roundTrips: number): Promise<LoadResult> {
  const latencies = new Float64Array(roundTrips);
  let sent = 0;
  let answered = 0;
  return new Promise((resolve) => {
    const watchdog = watch(
      () => answered,
      () => fail(new Error(`${sent - answered} CALLs were not answered within ${PATIENCE_MS / 1000} s`)),
    );
    const cpuBefore = ownCpu();
    const startedAt = performance.now();
    const onAnswer = (station: LoadStation): void => {
      const now = performance.now();
      latencies[answered++] = now - station.sentAt;
      if (sent < roundTrips) {
        sent++;
        station.sentAt = now;
        station.send();
      } else if (answered === roundTrips) {
        clearInterval(watchdog);
        const cpu = ownCpu() - cpuBefore;
        latencies.sort();
        const [p50Ms, p99Ms] = [quantile(latencies, 0.5), quantile(latencies, 0.99)];
        resolve({ answered, elapsedMs: now - startedAt, cpu, p50Ms, p99Ms });
      }
    };
    for (const station of stations.slice(0, roundTrips)) {
      sent++;
      station.onAnswer = onAnswer;
      station.sentAt = performance.now();
      station.send();
    }
  });
}

async function obey(message: ToLoad): Promise<void> {
  if ('plan' in message) {
    await connect(message.plan);
    tell({ kind: 'ready' });
  } else {
    tell({ kind: 'done', result: await run(message.roundTrips) });
  }
}

process.on('message', (message: ToLoad) => {
  obey(message).catch((error: unknown) => fail(error instanceof Error ? error : new Error(String(error))));
});
process.on('disconnect', () => process.exit());

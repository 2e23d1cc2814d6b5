import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { systemClock } from '../../libs/clock/mod.js';
import { openRedis } from '../../libs/cluster/mod.js';
import { SHARDS } from '../../libs/link/mod.js';
import { silentLogger } from '../../libs/ops/mod.js';
import { LOOPBACK, usageOf } from '../../libs/servers/mod.js';
import { until } from '../client/until.js';
import type { DrivenStation } from '../driven/station.js';
import type { Cluster, Member } from '../faults/cluster.js';
import { tallyOf } from '../faults/command-check.js';
import type { Load } from '../faults/load.js';
import { verdictOn } from '../faults/verdict.js';
import { metricOf, scrape } from '../smoke/metrics.js';
import { excessOver, perSecond, quantile, shareBefore } from './ranks.js';
import { ms, SEED, startRig } from './rig.js';
import { StallWatch } from './stall.js';

const STATIONS = 5000;
const CHARGING = 1500;
/** Of each edge: handshakes a second, and at once. Less than a slow machine can do, so that there is a storm everywhere. */
const LIMIT = { rate: 250, burst: 250 };
/** 1 to 2 s each time (RetryBackOffRepeatTimes 0), so that mostly Retry-After says when they come again. */
const BACK_OFF_MS = [2000, 2000] as const;
/** What k8s/base asks for, for an edge and for a worker. */
const MEMORY = 512 * 1024 * 1024;
/** Handshakes of stations that do not charge, which are put off where the edges are under pressure. */
const PRESSURE = 1000;
/** Six times what the limit takes. */
const BACK_MS = 60_000;
/** From the admission by an edge until its station sees it, beside what this process was kept from its work. */
const SEEN_MS = 100;

const OPEN_FILES = STATIONS + 500;
const skip =
  openFiles() < OPEN_FILES &&
  `a process may open ${openFiles()} files here: raise it to ${OPEN_FILES} (ulimit -n)`;

test(
  `a storm: both edges are killed at once, and ${STATIONS} stations come back, of which ${CHARGING} charge (seed ${SEED})`,
  { skip },
  async (t) => {
    // The limit is the storm's: the stations are there sooner.
    let rate = 0;
    const { cluster, load, ...run } = await startRig(t, {
      cluster: {
        ...{ edges: 2, workers: 2, leaseMs: 5000, commandTimeoutMs: 10_000 },
        edgeFlags: () => ['--connection-rate', String(rate), '--connection-burst', String(LIMIT.burst)],
      },
      load: {
        ...{ stations: STATIONS, idle: STATIONS - CHARGING, periodMs: 10_000, beginMs: 6000 },
        ...{ visits: { meters: [1000, 1000], promptly: true }, bootShare: 0.5 },
        ...{ staysConnected: true, backOffMs: BACK_OFF_MS },
      },
      commandsPerSecond: 20,
    });
    const begun = performance.now();
    await allKnownToCharge(cluster, load);
    t.diagnostic(
      `the edges wrote where transactions run ${ms(performance.now() - begun)} after all were there`,
    );
    const { stations } = load;
    const boots = bootsOf(stations).length;

    const stall = new StallWatch();
    t.after(() => stall.stop());
    rate = LIMIT.rate;
    const killed = performance.now();
    await Promise.all(cluster.edges.map(({ process }) => process.kill9()));
    await Promise.all(cluster.edges.map(({ process }) => process.start()));
    const started = performance.now();
    await until(
      'all stations to be back',
      () => {
        load.throwIfFailed();
        return stations.every(
          ({ isConnected, busy, reconnections }) => isConnected && !busy && reconnections.length > 0,
        );
      },
      BACK_MS,
    ).catch(() => undefined);
    const stallMs = stall.take();
    const back = stations.filter(({ isConnected }) => isConnected);
    const away = back.map(({ reconnections }) => (reconnections.at(-1)?.backAt ?? Infinity) - killed);
    t.diagnostic(
      `edges serve again after ${ms(started - killed)}; of the stations, half are back after ${ms(quantile(away, 0.5))}, all after ${ms(quantile(away, 1))}; stalls of the test ${ms(stallMs)}`,
    );

    await t.test('all are back', () => {
      assert.equal(back.length, STATIONS);
    });

    await t.test('each edge lets in no more than its rate and its burst', async (step) => {
      for (const [at, edge] of cluster.edges.entries()) {
        const times = stations.filter(({ url }) => url === cluster.urls[at]).map(backAt);
        const first = Math.min(...times);
        const excess = excessOver(LIMIT, times, first - stallMs - SEEN_MS);
        const refused = await edgeMetric(edge, 'admissions_refused');
        step.diagnostic(
          `${edge.name}: ${times.length} stations, in each second: ${perSecond(times, first).join(' ')}; ${refused} handshakes put off`,
        );
        assert.ok(
          excess <= 0,
          `${excess.toFixed(0)} more than ${LIMIT.burst} at once and ${LIMIT.rate} a second`,
        );
        assert.ok((await edgeMetric(edge, 'admissions')) >= times.length);
      }
    });

    await t.test('those that charge come first', async (step) => {
      const charging = stations.filter((station) => load.charges(station)).map(backAt);
      const others = stations.filter((station) => !load.charges(station)).map(backAt);
      const share = shareBefore(charging, others);
      const last = quantile(charging, 0.95);
      const first = Math.min(...charging, ...others);
      const [known, putOff, othersPutOff] = await Promise.all([
        edgeSum(cluster, 'admissions', 'running'),
        edgeSum(cluster, 'admissions_refused', 'running'),
        edgeSum(cluster, 'admissions_refused', 'other'),
      ]);
      step.diagnostic(
        `half of those that charge are in after ${ms(quantile(charging, 0.5) - first)}, 95% after ${ms(last - first)}; of the others ${ms(quantile(others, 0.5) - first)} and ${ms(quantile(others, 0.95) - first)}; first in ${(share * 100).toFixed(1)}% of all pairs`,
      );
      step.diagnostic(
        `${known} known to charge; put off: ${putOff} handshakes of theirs, ${othersPutOff} of the others; in each second ${perSecond(charging, first).join(' ')} and ${perSecond(others, first).join(' ')}`,
      );
      assert.ok(known >= CHARGING);
      // A machine that is slower than the limit has no queue in which anybody could be first.
      if (othersPutOff < PRESSURE)
        return step.diagnostic('too slow a machine for a storm: nobody had to wait');
      assert.ok(putOff / CHARGING < othersPutOff / others.length);
      assert.ok(share > 0.5);
    });

    await t.test('no boot is lost, and all are accepted', (step) => {
      const all = bootsOf(stations);
      step.diagnostic(`${all.length - boots} of ${STATIONS} stations came back with a BootNotification`);
      assert.ok(all.length - boots > STATIONS / 3);
      assert.deepEqual([...new Set(all.map(({ answers }) => String(answers[0]?.['status'])))], ['Accepted']);
    });

    await t.test('nothing is lost, and nothing comes twice', async (step) => {
      const verdict = await verdictOn({ load, ...run }, cluster.commandDeadlineMs);
      const { issued, told } = tallyOf(run.business.issued);
      step.diagnostic(
        `${verdict.resent} messages of transactions sent again, ${verdict.log.length} events; ${issued} commands: ${JSON.stringify(told)}`,
      );
      assert.deepEqual(verdict.problems.slice(0, 20), [], cluster.tails());
      assert.ok(stations.every(({ isConnected }) => isConnected));
    });

    await t.test('memory is bounded', (step) => {
      const peaks = cluster.members.map((member) => ({ name: member.name, bytes: memoryOf(member) }));
      step.diagnostic(
        peaks.map(({ name, bytes }) => `${name}: ${(bytes / 1024 / 1024).toFixed(0)} MiB`).join(', '),
      );
      assert.deepEqual(
        peaks.filter(({ bytes }) => bytes > MEMORY),
        [],
      );
    });
  },
);

/** Resolves when the edges have written that all stations that charge do: what comes next, an edge started anew reads. */
async function allKnownToCharge(cluster: Cluster, load: Load): Promise<void> {
  const use = { name: 'rehearsal', shards: SHARDS, clock: systemClock(), logger: silentLogger() };
  const store = await openRedis({ redisUrl: cluster.servers.redisUrl(undefined) }, use);
  const isWritten = async (): Promise<boolean> => {
    load.throwIfFailed();
    const entries = await store.running.all();
    return entries.reduce((sum, { hashes }) => sum + hashes.length, 0) >= CHARGING;
  };
  try {
    await until('the edges to write where transactions run', isWritten, BACK_MS);
  } finally {
    await store.close();
  }
}

async function edgeMetric({ opsPort }: Member, name: string, which?: string): Promise<number> {
  const text = await scrape(`http://${LOOPBACK}:${opsPort}`);
  return metricOf(text, `stationmaster_edge_${name}_total`, which === undefined ? {} : { class: which });
}

async function edgeSum({ edges }: Cluster, name: string, which: string): Promise<number> {
  const counts = await Promise.all(edges.map((edge) => edgeMetric(edge, name, which)));
  return counts.reduce((sum, count) => sum + count, 0);
}

/** Node takes what the hard limit allows. */
function openFiles(): number {
  const [, , hard] =
    /^Max open files +(\d+|unlimited) +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return Number(hard ?? Infinity);
}

const bootsOf = (stations: readonly DrivenStation[]) =>
  stations.flatMap(({ messages }) => messages.filter(({ part }) => part === 'boot'));
const backAt = ({ reconnections }: DrivenStation): number => reconnections.at(-1)?.backAt ?? Infinity;
const memoryOf = ({ process }: Member): number => usageOf(process.pid ?? 0).peakRssBytes;

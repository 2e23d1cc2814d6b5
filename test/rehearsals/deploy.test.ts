import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { findProgram, freePorts } from '../../libs/servers/mod.js';
import { randomFor } from '../driven/random.js';
import type { IssuedCommand } from '../faults/business.js';
import type { EdgePorts, Member } from '../faults/cluster.js';
import { tallyOf } from '../faults/command-check.js';
import type { Load } from '../faults/load.js';
import { verdictOn } from '../faults/verdict.js';
import { Balancer } from './balancer.js';
import { wasCharging } from './charging.js';
import { DurableCommands } from './durable-commands.js';
import { awayBeyondBackOff, paceErrorOf } from './pace.js';
import { perSecond } from './ranks.js';
import { ms, SEED, startRig } from './rig.js';
import { Rollout, type Loss, type Replacement } from './rollout.js';

const CHARGING = 300;
const IDLE = 60;
const STATIONS = CHARGING + IDLE;
const DRAIN_MS = 4000;
/** Of each edge, a second: above the pace of a drain, as it should be. What a stall holds up may come at once. */
const CONNECTION_RATE = 100;
/** First half a second to a second. */
const BACK_OFF_MS = [1000, 8000] as const;

/** A step of the drain, the answers that it waits for, the signal's way. */
const LATE_MS = 1500;
/** A handshake, through the balancer, with the refusal of the edge that has just closed its door. */
const HANDSHAKE_MS = 2500;
/** Batches of a drain, and a command's answer for which one that is idle is waited for. */
const OUT_OF_ORDER_MS = 500;

const hasBalancer = findProgram('haproxy') !== undefined;

test(`a rolling deploy of both edges${hasBalancer ? ' behind HAProxy' : ''} and both workers, seen by ${STATIONS} stations of which ${CHARGING} charge (seed ${SEED})`, async (t) => {
  const places = await freePlaces(3);
  const [first, second, third] = places as [EdgePorts, EdgePorts, EdgePorts];
  let balancer: Balancer | undefined;
  const { cluster, load, ...run } = await startRig(t, {
    cluster: {
      ...{ edges: 0, workers: 2, leaseMs: 5000, drainMs: DRAIN_MS, commandTimeoutMs: 10_000 },
      edgeFlags: () => ['--connection-rate', String(CONNECTION_RATE), '--connection-burst', String(STATIONS)],
    },
    load: {
      ...{ stations: STATIONS, idle: IDLE, periodMs: 1000, visits: { meters: [10, 60], promptly: true } },
      ...{ staysConnected: true, backOffMs: BACK_OFF_MS },
    },
    commandsPerSecond: 40,
    async endpoints(cluster, folder, closing) {
      await cluster.addEdge(first);
      await cluster.addEdge(second);
      if (!hasBalancer) return cluster.urls;
      const started = await Balancer.start(folder, places);
      closing(() => started.close());
      await started.sendsTo([first.ops, second.ops]);
      balancer = started;
      return [started.url];
    },
  });
  const durable = await DurableCommands.start({
    servers: cluster.servers,
    random: randomFor(SEED, 'durable'),
    stationIds: load.stations.map(({ stationId }) => stationId),
    perSecond: 20,
  });
  t.after(() => durable.close());
  const rollout = new Rollout(cluster, load, balancer);
  t.after(() => rollout.close());

  await t.test(
    'edges: stations leave and come back at the pace of the drain, those that charge last',
    async (step) => {
      const [one, other] = cluster.edges as [Member, Member];
      const rolls = [await rollout.replaceEdge(one, third), await rollout.replaceEdgeInPlace(other, second)];
      for (const roll of rolls) checkEdge(step, roll, load);
    },
  );

  await t.test('workers: no station notices', async (step) => {
    for (const old of [...cluster.workers]) {
      const { name, exit, losses, begun, ended } = await rollout.replaceWorker(old);
      assert.equal(exit, 0);
      assert.deepEqual(losses, []);
      const { calls, p99, worst } = load.times.during(begun, ended);
      step.diagnostic(
        `${name}: gone after ${ms(ended - begun)}; ${calls} CALLs meanwhile, p99 ${ms(p99)}, worst ${ms(worst)}`,
      );
    }
  });

  await t.test('nothing is lost, and nothing comes twice', async (step) => {
    await durable.finish(load.stations);
    const verdict = await verdictOn({ load, ...run }, cluster.commandDeadlineMs);
    const { issued, told } = tallyOf(run.business.issued);
    const sent = load.stations.reduce((sum, { messages }) => sum + messages.length, 0);
    step.diagnostic(
      `${sent} messages of stations, ${verdict.resent} of a transaction sent again, ${verdict.log.length} events; ${issued} commands: ${JSON.stringify(told)}; ${durable.enqueued} that wait for their stations`,
    );
    assert.deepEqual(verdict.problems.slice(0, 20), [], cluster.tails());
    assert.deepEqual(durable.problems(verdict.log).slice(0, 20), []);
    assert.deepEqual(strangeEnds(run.business.issued, load).slice(0, 20), []);
    load.throwIfFailed();
  });
});

async function freePlaces(count: number): Promise<EdgePorts[]> {
  const ports = await freePorts(2 * count);
  return Array.from({ length: count }, (_, at) => ({
    ocpp: ports[2 * at] ?? 0,
    ops: ports[2 * at + 1] ?? 0,
  }));
}

function checkEdge(step: TestContext, roll: Replacement, load: Load): void {
  const { name, exit, losses, connections, begun, ended, stallMs } = roll;
  const drain = { begun, spreadMs: DRAIN_MS, losses };
  const { early, late } = paceErrorOf(drain);
  const away = Math.max(...losses.map(awayBeyondBackOff));
  const charging = losses.filter((loss) => wasCharging(loss));
  const idle = losses.filter(({ station }) => !load.charges(station));
  const lastIdle = Math.max(...idle.map(({ closedAt }) => closedAt));
  const firstCharging = Math.min(...charging.map(({ closedAt }) => closedAt));
  step.diagnostic(
    `${name}: ${losses.length} stations told to go over ${DRAIN_MS / 1000} s, gone after ${ms(ended - begun)}; back in each second: ${perSecond(
      losses.map(({ backAt = Infinity }) => backAt),
      begun,
    ).join(' ')}`,
  );
  step.diagnostic(
    `${name}: at most ${ms(late * DRAIN_MS)} behind the even pace; away at most ${ms(away)} beyond the own back-off; ${idle.length} idle ones before ${charging.length} that charge (${ms(firstCharging - lastIdle)} between them); stalls of the test ${ms(stallMs)}`,
  );
  assert.equal(exit, 0);
  // Once each, and nobody but those of this edge.
  assert.equal(losses.length, connections);
  assert.deepEqual([...new Set(losses.map(({ code }) => code))], [1001]);
  assert.ok(early <= 0, `closed ${early} of the drain's time before it was due`);
  assert.ok(late * DRAIN_MS <= LATE_MS + stallMs, `closed ${ms(late * DRAIN_MS)} later than due`);
  assert.deepEqual(refused(losses), []);
  assert.ok(away <= HANDSHAKE_MS + stallMs, `away ${ms(away)} beyond the own back-off`);
  assert.ok(idle.length > 0 && charging.length > CHARGING / 4);
  assert.ok(
    firstCharging - lastIdle > -OUT_OF_ORDER_MS - stallMs,
    'one that charges was told to go before an idle one',
  );
}

/** Stations that had to try more than once. */
const refused = (losses: readonly Loss[]): string[] =>
  losses
    .filter(({ backOffs }) => backOffs.length !== 1)
    .map(({ station, backOffs }) => `${station.stationId}: ${backOffs.length} attempts`);

/** Commands that did not end by the answer of the station, though it was connected for all of their time. */
function strangeEnds(issued: readonly IssuedCommand[], load: Load): string[] {
  const stations = new Map(load.stations.map((station) => [station.stationId, station]));
  return issued.flatMap(({ commandId, stationId, at, told: [told] }) => {
    if (told === undefined || told.status === 'result') return [];
    const reconnections = stations.get(stationId)?.reconnections ?? [];
    const wasAway = reconnections.some(
      ({ closedAt, backAt = Infinity }) => closedAt - LATE_MS < (told.at ?? 0) && backAt + LATE_MS > at,
    );
    return told.status === 'offline' && wasAway
      ? []
      : [`${commandId} to ${stationId}: ${told.status} ${told.reason ?? ''}`];
  });
}

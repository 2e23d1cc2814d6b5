import { setTimeout as sleep } from 'node:timers/promises';
import { AT_MOST, type Benchmark, type Comparison, type Sample, type Settings } from './benchmark.js';
import { failureOf } from './harness/failure.js';
import { BOOT, type Template } from './messages.js';
import { GatewayCluster } from './servers/cluster.js';
import { startEcho, startOcppRpc, type Memory, type Server } from './servers/server.js';
import { cpuByKind, metricOf, untilQuiet } from './servers/usage.js';
import { numbersFrom, Swarm } from './swarm/swarm.js';

interface Size {
  readonly rounds: number;
  /** Connected before anything is measured, so that compilers and pools are warm; not counted. */
  readonly base: number;
  /** At each of which is measured; the first is that of the references. */
  readonly counts: readonly number[];
  readonly referenceAt: number;
  readonly idleSeconds: number;
  /** Whether is waited until the stations that have left are passivated. */
  readonly passivated: boolean;
}

const BOOT16 = BOOT['1.6'];
/** Many machines let a process open some 20,000 files. */
const CONNECTIONS_OF_AN_EDGE = 18_000;
const CONNECTING_AT_ONCE = 400;
/** A station passivates 30 s after it has left, at a sweep. */
const PASSIVATION_MS = 90_000;
const SETTLING_MS = 3000;

const BYTES = 'B/station';
const LIMIT_BYTES = 4096;
const COUNTS = [1000, 15_000, 60_000, 100_000];
const PASSIVATED = 'left and passivated';

function sizeOf({ quick, rounds = 1, stations }: Settings): Size {
  if (quick) return { rounds, base: 20, counts: [60], referenceAt: 60, idleSeconds: 0.2, passivated: false };
  const most = stations ?? 100_000;
  const counts = [...COUNTS.filter((count) => count < most), most];
  const referenceAt = Math.min(most, 15_000);
  return { rounds, base: Math.min(500, most / 2), counts, referenceAt, idleSeconds: 5, passivated: true };
}

const caseOf = (count: number): string => `${count.toLocaleString('en')} stations`;

/** What each of `stations` added to the memory. */
function figuresOf(now: Memory, before: Memory, stations: number): Record<string, number> {
  return {
    [BYTES]: (now.rss - before.rss) / stations,
    'heap B/station': (now.heap - before.heap) / stations,
    'MB in all': now.rss / 1e6,
  };
}

async function reference(
  subject: string,
  start: () => Promise<Server>,
  boot: Template | undefined,
  round: number,
  { base, referenceAt, idleSeconds }: Size,
): Promise<Sample> {
  const server = await start();
  const plan = { ports: [server.port], numbers: numbersFrom(0, referenceAt), subprotocol: 'ocpp1.6' };
  const swarm = await Swarm.start(boot === undefined ? plan : { ...plan, boot });
  try {
    await swarm.connect(base, CONNECTING_AT_ONCE);
    const before = await server.memory();
    await swarm.connect(referenceAt - base, CONNECTING_AT_ONCE);
    const figures = figuresOf(await server.memory(), before, referenceAt - base);
    const cpuBefore = await server.cpu();
    await sleep(idleSeconds * 1000);
    const cpu = ((await server.cpu()) - cpuBefore) / referenceAt / idleSeconds;
    return { case: caseOf(referenceAt), subject, round, cpu, figures };
  } catch (error) {
    throw failureOf(server, error);
  } finally {
    await swarm.stop();
    await server.stop();
  }
}

/** A cluster whose stations become more and more. */
class Growing {
  private constructor(
    private readonly cluster: GatewayCluster,
    private readonly swarm: Swarm,
    private readonly size: Size,
    private readonly round: number,
    private readonly samples: Sample[],
  ) {}

  static async measure(size: Size, round: number, note: (text: string) => void): Promise<Sample[]> {
    const most = Math.max(...size.counts);
    const edges = Math.ceil(most / CONNECTIONS_OF_AN_EDGE);
    const cluster = await GatewayCluster.start({ edges, workers: 1, appendfsync: 'everysec' });
    let swarm: Swarm | undefined;
    try {
      const ports = cluster.ocppPorts;
      swarm = await Swarm.start({
        ports,
        // One edge after the other: what a process takes by itself is to weigh little.
        stationsOfAPort: CONNECTIONS_OF_AN_EDGE,
        numbers: numbersFrom(0, most),
        subprotocol: 'ocpp1.6',
        boot: BOOT16,
      });
      const growing = new Growing(cluster, swarm, size, round, []);
      await growing.#all(note);
      return growing.samples;
    } catch (error) {
      throw failureOf(cluster, error);
    } finally {
      await swarm?.stop();
      await cluster.close();
    }
  }

  async #all(note: (text: string) => void): Promise<void> {
    const { base, counts, passivated } = this.size;
    await this.swarm.connect(base, CONNECTING_AT_ONCE);
    await untilQuiet(this.cluster);
    // The first collections give back what starting took; the second look is what stations are added to.
    await this.#memories();
    await sleep(SETTLING_MS);
    const before = await this.#memories();
    let connected = base;
    for (const count of counts) {
      note(caseOf(count));
      await this.swarm.connect(count - connected, CONNECTING_AT_ONCE);
      connected = count;
      await untilQuiet(this.cluster);
      await this.#sample(caseOf(count), before, count - base, count);
    }
    if (!passivated) return;
    note(PASSIVATED);
    await this.swarm.leave();
    await this.#untilPassivated();
    await this.#sample(PASSIVATED, before, connected - base, connected);
  }

  async #sample(name: string, before: Memories, stations: number, all: number): Promise<void> {
    const { cluster, round, samples, size } = this;
    const now = await this.#memories();
    const cpuBefore = cpuByKind(cluster);
    await sleep(size.idleSeconds * 1000);
    const cpuAfter = cpuByKind(cluster);
    for (const kind of ['edge', 'worker'] as const) {
      const cpu = (cpuAfter[kind] - cpuBefore[kind]) / all / size.idleSeconds;
      const figures = figuresOf(now[kind], before[kind], stations);
      samples.push({ case: name, subject: kind, round, cpu, figures });
    }
    const redis = { [BYTES]: (now.redis - before.redis) / stations, 'MB in all': now.redis / 1e6 };
    samples.push({ case: name, subject: 'redis', round, cpu: Number.NaN, figures: redis });
    samples.push({
      case: name,
      subject: AT_MOST,
      round,
      cpu: Number.NaN,
      figures: { [BYTES]: LIMIT_BYTES },
    });
  }

  async #memories(): Promise<Memories> {
    const { cluster } = this;
    const [edge, worker] = [await cluster.memoryOf('edge'), await cluster.memoryOf('worker')];
    const redis = cluster.processes.find(({ kind }) => kind === 'redis')?.rssBytes() ?? 0;
    return { edge, worker, redis };
  }

  async #untilPassivated(): Promise<void> {
    const deadline = performance.now() + PASSIVATION_MS;
    while ((await metricOf(this.cluster, 'actors')) > 0) {
      if (performance.now() > deadline) throw new Error('stations that have left stay in memory');
      await sleep(500);
    }
    await untilQuiet(this.cluster);
  }
}

interface Memories {
  readonly edge: Memory;
  readonly worker: Memory;
  readonly redis: number;
}

function comparisonsOf({ counts, referenceAt, passivated }: Size): Comparison[] {
  const names = [...counts.map(caseOf), ...(passivated ? [PASSIVATED] : [])];
  const own = names.flatMap((name) => [
    { case: name, subject: 'edge', reference: AT_MOST, figure: BYTES, target: 1 },
    { case: name, subject: 'worker', reference: AT_MOST, figure: BYTES, target: 1 },
    { case: name, subject: 'redis', reference: AT_MOST, figure: BYTES },
  ]);
  const references = ['edge', 'worker', 'ocpp-rpc', 'echo'].map((subject) => ({
    case: caseOf(referenceAt),
    subject,
    reference: 'echo',
    figure: BYTES,
  }));
  return [...own, ...references];
}

export const idle: Benchmark = {
  name: 'idle',
  about:
    'resident memory of a connected, booted and silent station in edge and worker, after a collection; µs CPU: of one such station in one second',
  async run(settings, note) {
    const size = sizeOf(settings);
    const samples: Sample[] = [];
    for (let round = 0; round < size.rounds; round++) {
      note('echo');
      samples.push(await reference('echo', startEcho, undefined, round, size));
      note('ocpp-rpc');
      samples.push(await reference('ocpp-rpc', startOcppRpc, BOOT16, round, size));
      samples.push(...(await Growing.measure(size, round, note)));
    }
    return {
      settings: { ...size, counts: size.counts.join(' ') },
      samples,
      comparisons: comparisonsOf(size),
    };
  },
};

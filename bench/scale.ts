import { SHARDS, shardOf, stationToken } from '../libs/link/mod.js';
import { asAsked, type Benchmark, type Comparison, type Sample, type Settings } from './benchmark.js';
import { quantile } from './harness/statistics.js';
import { BOOT, messageOf, type Message } from './messages.js';
import { GatewayCluster } from './servers/cluster.js';
import { cpuByKind, perOperation, untilQuiet } from './servers/usage.js';
import { Swarm } from './swarm/swarm.js';

/** A gateway of a certain size. */
interface Shape {
  readonly name: string;
  readonly stations: number;
  readonly workers: number;
  /** Left out: the stations of all shards. */
  readonly shards?: number;
}

/** Two sizes that are set against each other, with the same number of CALLs under way. */
interface Growth {
  readonly small: Shape;
  readonly large: Shape;
  /**
   * CALLs outstanding at any time, in both: how many messages are handled at one wake-up, written by one system call and
   * committed in one group depends on it, and that is not what is measured here.
   */
  readonly outstanding: number;
}

interface Size {
  readonly rounds: number;
  readonly warmUp: number;
  readonly roundTrips: number;
  /** Of the largest gateway. */
  readonly stations: number;
}

const TARGET = 1.2;
const CONNECTING_AT_ONCE = 200;
const BOOT16 = BOOT['1.6'];
const MESSAGES: readonly Message[] = [messageOf('1.6', 'Heartbeat'), messageOf('1.6', 'MeterValues')];
/** Of these are the stations of the shard set. */
const SHARD_SET = 32;

function sizeOf({ quick, rounds, stations, roundTrips }: Settings): Size {
  const size = quick
    ? { rounds: 1, warmUp: 100, roundTrips: 200, stations: 100 }
    : { rounds: 5, warmUp: 10_000, roundTrips: 10_000, stations: 15_000 };
  return asAsked(size, { rounds, stations, roundTrips });
}

function growthsOf({ stations }: Size): Growth[] {
  const few = Math.ceil(stations / 15);
  const inSet = Math.min(10_000, stations);
  const shards = SHARD_SET;
  const named = (count: number, of: string): string => `${count.toLocaleString('en')} ${of}`;
  return [
    {
      small: { name: named(few, 'stations'), stations: few, workers: 1 },
      large: { name: named(stations, 'stations'), stations, workers: 1 },
      outstanding: Math.min(200, few),
    },
    {
      small: { name: '1 worker', stations: few, workers: 1 },
      large: { name: '4 workers', stations: few, workers: 4 },
      outstanding: Math.min(200, few),
    },
    {
      small: { name: `10 stations, ${shards} shards`, stations: 10, workers: 1, shards },
      large: { name: `${named(inSet, 'stations')}, ${shards} shards`, stations: inSet, workers: 1, shards },
      outstanding: 10,
    },
  ];
}

/** The first numbers whose stations belong to the first `shards` shards. */
function numbersOf({ stations, shards = SHARDS }: Shape): number[] {
  const numbers: number[] = [];
  for (let number = 0; numbers.length < stations; number++) {
    if (shardOf(stationToken(`bench-${number}`), SHARDS) < shards) numbers.push(number);
  }
  return numbers;
}

/** A gateway with all of its stations connected. */
class Grown {
  private constructor(
    readonly shape: Shape,
    private readonly cluster: GatewayCluster,
    private readonly swarm: Swarm,
  ) {}

  static async start(shape: Shape, profile?: string): Promise<Grown> {
    const name = `scale-${shape.name.replaceAll(/\W+/g, '-')}`;
    const cluster = await GatewayCluster.start({
      edges: 1,
      workers: shape.workers,
      ...(profile === undefined ? {} : { profile: { folder: profile, name } }),
    });
    let swarm: Swarm | undefined;
    try {
      const ports = cluster.ocppPorts;
      const plan = { ports, numbers: numbersOf(shape), subprotocol: 'ocpp1.6', boot: BOOT16 };
      swarm = await Swarm.start(plan);
      await swarm.connect(shape.stations, CONNECTING_AT_ONCE);
      return new Grown(shape, cluster, swarm);
    } catch (error) {
      await swarm?.stop();
      await cluster.close();
      throw error;
    }
  }

  untilQuiet(): Promise<void> {
    return untilQuiet(this.cluster);
  }

  async run({ calls }: Message, roundTrips: number, outstanding: number): Promise<void> {
    await this.swarm.run({ calls, roundTrips, outstanding });
  }

  async sample(message: Message, round: number, { roundTrips }: Size, growth: Growth): Promise<Sample> {
    const { outstanding } = growth;
    const before = cpuByKind(this.cluster);
    const { latenciesMs, elapsedMs } = await this.swarm.run({
      calls: message.calls,
      roundTrips,
      outstanding,
    });
    const { edge, worker, nats, redis } = perOperation(this.cluster, before, roundTrips);
    const sorted = Float64Array.from(latenciesMs).sort();
    const figures = {
      'edge µs': edge,
      'worker µs': worker,
      'nats µs': nats,
      'redis µs': redis,
      'answered/s': (roundTrips / elapsedMs) * 1000,
      'p50 ms': quantile(sorted, 0.5),
      'p99 ms': quantile(sorted, 0.99),
    };
    return { case: caseOf(message, growth), subject: this.shape.name, round, cpu: edge + worker, figures };
  }

  async close(): Promise<void> {
    await this.swarm.stop();
    await this.cluster.close();
  }
}

const caseOf = ({ version, action }: Message, { outstanding }: Growth): string =>
  `${version} ${action}, ${outstanding} outstanding`;

/** Both stand beside each other, so that each round measures one right after the other. */
async function measure(
  growth: Growth,
  size: Size,
  settings: Settings,
  note: (text: string) => void,
): Promise<Sample[]> {
  const both: Grown[] = [];
  const samples: Sample[] = [];
  try {
    for (const shape of [growth.small, growth.large]) {
      note(`${shape.name} connect`);
      both.push(await Grown.start(shape, settings.profile));
    }
    for (const grown of both) {
      for (const message of MESSAGES) await grown.run(message, size.warmUp, growth.outstanding);
    }
    for (const grown of both) await grown.untilQuiet();
    for (let round = 0; round < size.rounds; round++) {
      note(`round ${round + 1} of ${size.rounds}: ${growth.small.name}, ${growth.large.name}`);
      const inTurn = round % 2 === 0 ? both : both.toReversed();
      for (const message of MESSAGES) {
        for (const grown of inTurn) samples.push(await grown.sample(message, round, size, growth));
      }
    }
    return samples;
  } finally {
    await Promise.all(both.map((grown) => grown.close()));
  }
}

export const scale: Benchmark = {
  name: 'scale',
  about:
    'CPU of edge and worker for a CALL and its answer as stations, workers, and stations of a set of shards grow; the same number of CALLs is under way in both (closed loop)',
  async run(settings, note) {
    const size = sizeOf(settings);
    // Each growth has two gateways started.
    const growths = growthsOf(size).slice(0, settings.quick ? 1 : undefined);
    const samples: Sample[] = [];
    for (const growth of growths) samples.push(...(await measure(growth, size, settings, note)));
    const comparisons = growths.flatMap((growth) =>
      MESSAGES.map((message): Comparison => ({
        case: caseOf(message, growth),
        subject: growth.large.name,
        reference: growth.small.name,
        target: TARGET,
      })),
    );
    return {
      settings: { ...size, profiled: settings.profile !== undefined },
      samples,
      comparisons,
    };
  },
};

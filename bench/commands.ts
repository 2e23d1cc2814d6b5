import { asAsked, type Benchmark, type Comparison, type Sample, type Settings } from './benchmark.js';
import type { Done, EchoOrder, Order, Serving, Via } from './commands/protocol.js';
import { Child } from './harness/child.js';
import { failureOf } from './harness/failure.js';
import { quantile } from './harness/statistics.js';
import { BOOT } from './messages.js';
import { GatewayCluster } from './servers/cluster.js';
import { cpuByKind, perOperation, untilQuiet } from './servers/usage.js';
import { numbersFrom, Swarm } from './swarm/swarm.js';

interface Size {
  readonly rounds: number;
  readonly stations: number;
  readonly outstanding: number;
  readonly warmUp: number;
  readonly roundTrips: number;
}

interface Subject {
  readonly name: string;
  readonly case: string;
  readonly via: Via;
  /** True: the process that answers in place of the gateway. */
  readonly echo: boolean;
}

const GRPC = 'gRPC';
const NATS = 'NATS';
const GRPC_ECHO = 'gRPC echo';
const NATS_ECHO = 'NATS echo';
const ECHO_SUBJECT = 'bench.echo';
const PATIENCE_MS = 60_000;

function sizeOf({ quick, rounds, stations, roundTrips }: Settings): Size {
  const size = quick
    ? { rounds: 1, stations: 10, outstanding: 4, warmUp: 20, roundTrips: 60 }
    : { rounds: 5, stations: 200, outstanding: 50, warmUp: 5000, roundTrips: 5000 };
  return asAsked(size, { rounds, stations, roundTrips });
}

/** The gateway, stations that carry out every command, a caller, and an echo in place of the gateway. */
class Rig {
  readonly subjects: readonly Subject[];

  private constructor(
    private readonly cluster: GatewayCluster,
    private readonly swarm: Swarm,
    private readonly caller: Child,
    private readonly echo: Child,
    grpcPort: number,
  ) {
    const url = cluster.natsUrl;
    const { grpcAddress: address = '' } = cluster;
    const echoAddress = `127.0.0.1:${grpcPort}`;
    this.subjects = [
      { name: GRPC_ECHO, case: GRPC, via: { kind: 'gRPC', address: echoAddress }, echo: true },
      { name: 'gateway', case: GRPC, via: { kind: 'gRPC', address }, echo: false },
      { name: NATS_ECHO, case: NATS, via: { kind: 'NATS', url, subject: ECHO_SUBJECT }, echo: true },
      { name: 'gateway', case: NATS, via: { kind: 'NATS', url }, echo: false },
    ];
  }

  static async start({ stations }: Size, profile?: string): Promise<Rig> {
    const cluster = await GatewayCluster.start({
      edges: 1,
      workers: 1,
      api: true,
      ...(profile === undefined ? {} : { profile: { folder: profile, name: 'commands' } }),
    });
    const closing: (() => Promise<void>)[] = [() => cluster.close()];
    try {
      const ports = cluster.ocppPorts;
      const numbers = numbersFrom(0, stations);
      const swarm = await Swarm.start({ ports, numbers, subprotocol: 'ocpp1.6', boot: BOOT['1.6'] });
      closing.push(() => swarm.stop());
      await swarm.connect(stations, 50);
      const script = (name: string) => new URL(`commands/${name}.js`, import.meta.url);
      const caller = new Child({ script: script('caller') });
      closing.push(() => caller.stop());
      const echo = new Child({ script: script('echo') });
      closing.push(() => echo.stop());
      const order: EchoOrder = { natsUrl: cluster.natsUrl, subject: ECHO_SUBJECT };
      const { port } = await echo.ask(order, (answer) => answer as Serving, PATIENCE_MS);
      return new Rig(cluster, swarm, caller, echo, port);
    } catch (error) {
      for (const close of closing.reverse()) await close();
      throw error;
    }
  }

  async run({ via }: Subject, { stations, outstanding }: Size, count: number): Promise<Done> {
    const order: Order = { via, stations, outstanding, count };
    return await this.caller.ask(order, (answer) => answer as Done);
  }

  async sample(subject: Subject, round: number, size: Size): Promise<Sample> {
    const { roundTrips } = size;
    await untilQuiet(this.cluster);
    const before = cpuByKind(this.cluster);
    const echoBefore = await this.#cpuOfEcho();
    const { latenciesMs, elapsedMs, cpu: callerCpu } = await this.run(subject, size, roundTrips);
    const { edge, worker, api, nats, redis } = perOperation(this.cluster, before, roundTrips);
    const echo = ((await this.#cpuOfEcho()) - echoBefore) / roundTrips;
    const sorted = Float64Array.from(latenciesMs).sort();
    const figures = {
      'commands/s': (roundTrips / elapsedMs) * 1000,
      'p50 ms': quantile(sorted, 0.5),
      'p90 ms': quantile(sorted, 0.9),
      'p99 ms': quantile(sorted, 0.99),
      'api µs': api,
      'worker µs': worker,
      'edge µs': edge,
      'nats µs': nats,
      'redis µs': redis,
      'caller µs': callerCpu / roundTrips,
    };
    const cpu = subject.echo ? echo : api + worker + edge;
    return { case: subject.case, subject: subject.name, round, cpu, figures };
  }

  failure(error: unknown): Error {
    return failureOf(this.cluster, error);
  }

  async close(): Promise<void> {
    await Promise.all([this.caller.stop(), this.echo.stop(), this.swarm.stop()]);
    await this.cluster.close();
  }

  #cpuOfEcho(): Promise<number> {
    const read = (answer: object) => ('cpu' in answer ? Number(answer.cpu) : undefined);
    return this.echo.ask({ ask: 'cpu' }, read, PATIENCE_MS);
  }
}

const COMPARISONS: readonly Comparison[] = [
  { case: GRPC, subject: 'gateway', reference: GRPC_ECHO },
  { case: GRPC, subject: GRPC_ECHO, reference: GRPC_ECHO },
  { case: NATS, subject: 'gateway', reference: NATS_ECHO },
  { case: NATS, subject: NATS_ECHO, reference: NATS_ECHO },
];

export const commands: Benchmark = {
  name: 'commands',
  about:
    'a command of a business service to a connected station and back (ClearCache, 1.6), distributed: CPU of API, worker and edge, against a service that answers at once',
  async run(settings, note) {
    const size = sizeOf(settings);
    const samples: Sample[] = [];
    note('stations connect');
    const rig = await Rig.start(size, settings.profile);
    try {
      for (const subject of rig.subjects) await rig.run(subject, size, size.warmUp);
      for (let round = 0; round < size.rounds; round++) {
        const inTurn = round % 2 === 0 ? rig.subjects : rig.subjects.toReversed();
        for (const subject of inTurn) {
          note(`round ${round + 1} of ${size.rounds}: ${subject.case}, ${subject.name}`);
          samples.push(await rig.sample(subject, round, size));
        }
      }
    } catch (error) {
      throw rig.failure(error);
    } finally {
      await rig.close();
    }
    return {
      settings: { ...size, profiled: settings.profile !== undefined },
      samples,
      comparisons: COMPARISONS,
    };
  },
};

import {
  asAsked,
  AT_MOST,
  type Benchmark,
  type Comparison,
  type Sample,
  type Settings,
} from './benchmark.js';
import { failureOf } from './harness/failure.js';
import { quantile } from './harness/statistics.js';
import { BOOT, type Template } from './messages.js';
import { GatewayCluster } from './servers/cluster.js';
import { startEcho, startOcppRpc, type Server } from './servers/server.js';
import { cpuByKind, metricOf, perOperation, untilQuiet } from './servers/usage.js';
import type { Beaten, Connected } from './swarm/protocol.js';
import { numbersFrom, Swarm } from './swarm/swarm.js';

interface Size {
  readonly rounds: number;
  /** That come at once. */
  readonly stations: number;
  /** That were connected before, and go on. */
  readonly others: number;
  /** Heartbeats a second of all the others. */
  readonly perSecond: number;
}

const PASSWORD = 'storm-of-stations-1';
const LOAD_PROCESSES = 2;
const BOOT16 = BOOT['1.6'];

const WALL = 'wall s';
const WAITED = 'others max ms';
/** µs of edge and worker for one station; all are back after so many seconds; a station waits 30 s for an answer. */
const LIMITS = { cpu: 300, figures: { [WALL]: 15, [WAITED]: 30_000 } };

const FIRST = 'first time';
const AGAIN = 'again';
const OVER_TLS = 'again, TLS';
const ECHO = 'echo, connect only';
const RPC = 'ocpp-rpc, no auth.';
const CASE = 'connect + boot';

function sizeOf({ quick, rounds, stations }: Settings): Size {
  const size = quick
    ? { rounds: 1, stations: 60, others: 10, perSecond: 100 }
    : { rounds: 2, stations: 15_000, others: 200, perSecond: 100 };
  return asAsked(size, { rounds, stations });
}

const rounded = (value: number): number => Math.round(value * 100) / 100;

function figuresOf(connected: Connected, stations: number): Record<string, number> {
  const after = Float64Array.from(connected.acceptedAfterMs).sort();
  return {
    [WALL]: connected.elapsedMs / 1000,
    'half after s': quantile(after, 0.5) / 1000,
    refused: connected.refused,
    broken: connected.broken,
    'load µs': connected.cpu / stations,
  };
}

function figuresOfOthers({ latenciesMs, timeouts, lost }: Beaten): Record<string, number> {
  const sorted = Float64Array.from(latenciesMs).sort();
  return {
    'others p99 ms': rounded(quantile(sorted, 0.99)),
    [WAITED]: rounded(quantile(sorted, 1)),
    'others failed': timeouts + lost,
  };
}

/** The servers that do less, each in a process. */
async function reference(
  subject: string,
  start: () => Promise<Server>,
  boot: Template | undefined,
  round: number,
  { stations }: Size,
): Promise<Sample> {
  const server = await start();
  const plan = { ports: [server.port], numbers: numbersFrom(0, stations), subprotocol: 'ocpp1.6' };
  const swarm = await Swarm.start(boot === undefined ? plan : { ...plan, boot }, LOAD_PROCESSES);
  try {
    const before = await server.cpu();
    const connected = await swarm.connect(stations);
    const cpu = ((await server.cpu()) - before) / stations;
    return { case: CASE, subject, round, cpu, figures: figuresOf(connected, stations) };
  } catch (error) {
    throw failureOf(server, error);
  } finally {
    await swarm.stop();
    await server.stop();
  }
}

/** Storms on a cluster, one after the other. Closes what it started. */
class Storms {
  #swarms: Swarm[] = [];

  private constructor(
    private readonly cluster: GatewayCluster,
    private readonly size: Size,
    private readonly round: number,
  ) {}

  static async on(size: Size, round: number, profile?: string): Promise<Storms> {
    const everybody = numbersFrom(0, size.stations + size.others);
    const cluster = await GatewayCluster.start({
      edges: 1,
      workers: 1,
      tls: true,
      stations: everybody.map((number) => ({ id: `bench-${number}`, password: PASSWORD })),
      ...(profile === undefined ? {} : { profile: { folder: profile, name: `storm-${round}` } }),
    });
    return new Storms(cluster, size, round);
  }

  async storm(subject: string, secure: boolean): Promise<Sample> {
    const { cluster, size, round } = this;
    const { stations } = size;
    const others = await this.#swarm(stations, size.others, false, 1);
    await others.connect(size.others, 20);
    const swarm = await this.#swarm(0, stations, secure, LOAD_PROCESSES);
    await untilQuiet(cluster);
    const accepted = await this.#accepted();
    await others.beat(size.perSecond);
    const before = cpuByKind(cluster);
    const connected = await swarm.connect(stations);
    const cpu = perOperation(cluster, before, stations);
    const beaten = await others.calm();
    const twice = (await this.#accepted()) - accepted - stations;
    await Promise.all([swarm.stop(), others.stop()]);
    this.#swarms = [];
    await untilQuiet(cluster);
    const { edge, worker, nats, redis } = cpu;
    const figures = {
      ...figuresOf(connected, stations),
      twice,
      'edge µs': edge,
      'worker µs': worker,
      'nats µs': nats,
      'redis µs': redis,
      ...figuresOfOthers(beaten),
    };
    return { case: CASE, subject, round, cpu: edge + worker, figures };
  }

  /** The same with the end of what the processes wrote. */
  failure(error: unknown): Error {
    return failureOf(this.cluster, error);
  }

  async close(): Promise<void> {
    await Promise.all(this.#swarms.map((swarm) => swarm.stop()));
    await this.cluster.close();
  }

  async #swarm(first: number, count: number, secure: boolean, processes: number): Promise<Swarm> {
    const { ocppPorts, tlsPorts } = this.cluster;
    const ports = secure ? tlsPorts : ocppPorts;
    const plan = { ports, tls: secure, numbers: numbersFrom(first, count), subprotocol: 'ocpp1.6' };
    const swarm = await Swarm.start({ ...plan, password: PASSWORD, boot: BOOT16 }, processes);
    this.#swarms.push(swarm);
    return swarm;
  }

  #accepted(): Promise<number> {
    return metricOf(this.cluster, 'edge_handshakes_total', '{outcome="accepted"}');
  }
}

async function measure(size: Size, round: number, profile?: string): Promise<Sample[]> {
  const storms = await Storms.on(size, round, profile);
  try {
    const samples: Sample[] = [];
    samples.push(await storms.storm(FIRST, false));
    samples.push(await storms.storm(AGAIN, false));
    samples.push(await storms.storm(OVER_TLS, true));
    return samples;
  } catch (error) {
    throw storms.failure(error);
  } finally {
    await storms.close();
  }
}

const COMPARISONS: readonly Comparison[] = [
  { case: CASE, subject: FIRST, reference: AT_MOST, target: 1 },
  { case: CASE, subject: AGAIN, reference: AT_MOST, target: 1 },
  { case: CASE, subject: OVER_TLS, reference: AT_MOST },
  ...[FIRST, AGAIN, OVER_TLS].flatMap((subject) => [
    { case: CASE, subject, reference: AT_MOST, figure: WALL, ...(subject === OVER_TLS ? {} : { target: 1 }) },
    { case: CASE, subject, reference: AT_MOST, figure: WAITED, target: 1 },
  ]),
  ...[AGAIN, RPC, ECHO].map((subject) => ({ case: CASE, subject, reference: ECHO })),
];

export const storm: Benchmark = {
  name: 'storm',
  about:
    'stations that connect, authenticate and boot at once, distributed (1 edge, 1 worker): CPU of edge and worker for each, time until all are accepted, and what the others notice',
  async run(settings, note) {
    const size = sizeOf(settings);
    const samples: Sample[] = [];
    for (let round = 0; round < size.rounds; round++) {
      const progress = (what: string) => note(`round ${round + 1} of ${size.rounds}: ${what}`);
      progress(ECHO);
      samples.push(await reference(ECHO, startEcho, undefined, round, size));
      progress(RPC);
      samples.push(await reference(RPC, startOcppRpc, BOOT16, round, size));
      progress('the gateway');
      samples.push(...(await measure(size, round, settings.profile)));
      samples.push({ case: CASE, subject: AT_MOST, round, ...LIMITS });
    }
    return {
      settings: { ...size, profiled: settings.profile !== undefined },
      samples,
      comparisons: COMPARISONS,
    };
  },
};

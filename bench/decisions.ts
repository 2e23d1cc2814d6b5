import { asAsked, type Benchmark, type Comparison, type Sample, type Settings } from './benchmark.js';
import { connect, type AnswerTo, type Decider, type Gateway } from '../libs/api/client/mod.js';
import { failureOf } from './harness/failure.js';
import { startLoad, type Load } from './load/load.js';
import { AUTHORIZE, BOOT } from './messages.js';
import { HOST, startStandalone } from './servers/server.js';

/** Two business services decide for a half of the stations each. One is as it should be; this is what the other does. */
type Neighbour = 'answers' | 'hangs' | 'answers wrong' | 'has crashed';

interface Size {
  readonly rounds: number;
  /** Of each half. */
  readonly stations: number;
  /** Authorize CALLs a second of each half. */
  readonly perSecond: number;
  readonly warmUp: number;
  readonly roundTrips: number;
}

const REFERENCE: Neighbour = 'answers';
const NEIGHBOURS: readonly Neighbour[] = [REFERENCE, 'hangs', 'answers wrong', 'has crashed'];
const CASE = 'Authorize of the others';
const P99 = 'p99 ms';
const ACCEPTED: AnswerTo<'Authorize'> = { idTagInfo: { status: 'Accepted' } };

function sizeOf({ quick, rounds, stations, roundTrips }: Settings): Size {
  const size = quick
    ? { rounds: 1, stations: 10, perSecond: 200, warmUp: 20, roundTrips: 100 }
    : { rounds: 5, stations: 100, perSecond: 400, warmUp: 2_000, roundTrips: 6_000 };
  return asAsked(size, { rounds, stations, roundTrips });
}

const numbersOf = (first: number, { stations }: Size): string[] =>
  Array.from({ length: stations }, (_, at) => `bench-${first + at}`);

/** Decides for the neighbour's stations as it does. */
async function misbehave(gateway: Gateway, neighbour: Neighbour, size: Size): Promise<Decider | undefined> {
  if (neighbour === 'has crashed') return undefined;
  const answer = (): AnswerTo<'Authorize'> | Promise<AnswerTo<'Authorize'>> => {
    if (neighbour === 'hangs') return new Promise(() => undefined);
    return neighbour === 'answers' ? ACCEPTED : ({ idTagInfo: 'yes' } as never);
  };
  const options = { stationIds: numbersOf(size.stations, size), onProblem: () => undefined };
  return await gateway.decide({ Authorize: answer }, options);
}

function loadOn(port: number, first: number, { stations }: Size): Promise<Load> {
  const { before, calls } = AUTHORIZE;
  const plan = { host: HOST, port, subprotocol: 'ocpp1.6', stations, first, answer: 'result' } as const;
  return startLoad({ ...plan, before: [BOOT['1.6'], ...before], calls });
}

async function measure(neighbour: Neighbour, round: number, size: Size): Promise<Sample> {
  const server = await startStandalone();
  const gateway = connect({ address: `${HOST}:${server.grpcPort}` });
  const loads: Load[] = [];
  try {
    await gateway.decide({ Authorize: () => ACCEPTED }, { stationIds: numbersOf(0, size) });
    await misbehave(gateway, neighbour, size);
    loads.push(await loadOn(server.port, 0, size), await loadOn(server.port, size.stations, size));
    const [ours, theirs] = loads as [Load, Load];
    const { perSecond } = size;
    await ours.run(size.warmUp, { perSecond });
    // A driver whose station waits for an answer presents no further token.
    const disturbance = theirs.run(1_000_000, { perSecond, leavesOut: true });
    // It is cut off in the middle.
    disturbance.catch(() => undefined);
    const before = await server.cpu();
    const result = await ours.run(size.roundTrips, { perSecond });
    const cpu = (await server.cpu()) - before;
    const figures = { 'p50 ms': result.p50Ms, [P99]: result.p99Ms };
    return { case: CASE, subject: neighbour, round, cpu: cpu / result.answered, figures };
  } catch (error) {
    throw failureOf(server, error);
  } finally {
    await Promise.all(loads.map((load) => load.stop()));
    gateway.close();
    await server.stop();
  }
}

const COMPARISONS: readonly Comparison[] = NEIGHBOURS.map((subject) => ({
  case: CASE,
  subject,
  reference: REFERENCE,
  figure: P99,
  ...(subject === REFERENCE ? {} : { target: 1.2 }),
}));

export const decisions: Benchmark = {
  name: 'decisions',
  about:
    'p99 of Authorize, decided over gRPC, of stations whose business service answers, while that of the other stations does not (open loop)',
  async run(settings, note) {
    const size = sizeOf(settings);
    const samples: Sample[] = [];
    for (let round = 0; round < size.rounds; round++) {
      for (const neighbour of NEIGHBOURS) {
        note(`round ${round + 1} of ${size.rounds}: the other service ${neighbour}`);
        samples.push(await measure(neighbour, round, size));
      }
    }
    return { settings: { ...size }, samples, comparisons: COMPARISONS };
  },
};

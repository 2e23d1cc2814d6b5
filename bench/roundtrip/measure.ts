import { subprotocolOf } from '../../libs/ocpp/mod.js';
import { AT_MOST, type Sample } from '../benchmark.js';
import { failureOf } from '../harness/failure.js';
import { startLoad, type Load } from '../load/load.js';
import type { LoadResult, Pace } from '../load/protocol.js';
import { BOOT } from '../messages.js';
import { HOST, type Profile } from '../servers/server.js';
import { WITH_SERVERS, type Case } from './cases.js';
import { DISTRIBUTED, STANDALONE, type Running, type Spent, type Subject } from './subjects.js';

export interface Size {
  readonly rounds: number;
  readonly stations: number;
  /** Round trips before the measured ones: compilers and caches settle. */
  readonly warmUp: number;
  readonly roundTrips: number;
  /** How long each rate of the open loop is kept up; 0: there is no open loop. */
  readonly latencySeconds: number;
}

/** Percent of the rate that the closed loop has just reached. */
export const RATES = [25, 50, 75] as const;
/** Of the case, at a share of the greatest rate. */
export const atRate = ({ name }: Case, percent: number): string => `${name} at ${percent} %`;

export const P99 = 'p99 ms';
const P99_AT_MOST = 10;

interface Done {
  readonly result: LoadResult;
  readonly spent: Spent;
}

/** Measures one subject, new processes, with one message: the closed loop first, then the rates of the open loop. */
export async function measure(
  subject: Subject,
  each: Case,
  round: number,
  size: Size,
  profileFolder?: string,
): Promise<Sample[]> {
  const running = await subject.start(profileOf(profileFolder, subject, each, round));
  try {
    const load = await connect(running, subject, each, size);
    try {
      await load.run(size.warmUp);
      const full = await run(running, load, size.roundTrips);
      const samples = closedLoop(full, subject.name, each, round);
      if (!hasLatencies(subject, each, size)) return samples;
      const rate = perSecond(full.result);
      for (const percent of RATES) {
        const pace = { perSecond: Math.max(1, Math.round((rate * percent) / 100)) };
        const roundTrips = Math.max(100, Math.round(pace.perSecond * size.latencySeconds));
        const done = await run(running, load, roundTrips, pace);
        samples.push(openLoop(done, pace, { case: atRate(each, percent), subject: subject.name, round }));
      }
      return samples;
    } finally {
      await load.stop();
    }
  } catch (error) {
    throw failureOf(running, error);
  } finally {
    await running.stop();
  }
}

/** What the latencies of a case may be at most, as samples. */
export function limits(each: Case, round: number, size: Size): Sample[] {
  if (!each.hasLatencies || size.latencySeconds === 0) return [];
  return RATES.map((percent) => ({
    case: atRate(each, percent),
    subject: AT_MOST,
    round,
    cpu: Number.NaN,
    figures: { [P99]: P99_AT_MOST },
  }));
}

function hasLatencies(subject: Subject, each: Case, { latencySeconds }: Size): boolean {
  return each.hasLatencies && latencySeconds > 0 && [STANDALONE, DISTRIBUTED].includes(subject.name);
}

function connect({ port }: Running, { answer }: Subject, { message }: Case, size: Size): Promise<Load> {
  return startLoad({
    host: HOST,
    port,
    subprotocol: subprotocolOf(message.version),
    stations: size.stations,
    before: answer === 'echo' ? [] : [BOOT[message.version], ...message.before],
    calls: message.calls,
    answer,
  });
}

async function run(running: Running, load: Load, roundTrips: number, pace?: Pace): Promise<Done> {
  const before = await running.spent();
  const result = await load.run(roundTrips, pace);
  return { result, spent: perRoundTrip(before, await running.spent(), result.answered) };
}

function perRoundTrip(before: Spent, after: Spent, roundTrips: number): Spent {
  const each = (from = 0, to = 0): number => (to - from) / roundTrips;
  const own = each(before.own, after.own);
  if (before.kinds === undefined || after.kinds === undefined) return { own };
  const kind = (name: keyof typeof before.kinds) => each(before.kinds?.[name], after.kinds?.[name]);
  const kinds = {
    edge: kind('edge'),
    worker: kind('worker'),
    api: kind('api'),
    nats: kind('nats'),
    redis: kind('redis'),
  };
  return { own, kinds };
}

function closedLoop({ result, spent }: Done, subject: string, each: Case, round: number): Sample[] {
  const sample = {
    case: each.name,
    subject,
    round,
    cpu: spent.own,
    figures: {
      'answered/s': perSecond(result),
      'p50 ms': result.p50Ms,
      [P99]: result.p99Ms,
      'busy %': (spent.own * result.answered) / 10 / result.elapsedMs,
      'load µs': result.cpu / result.answered,
      ...figuresOf(spent),
    },
  };
  const { kinds } = spent;
  if (kinds === undefined) return [sample];
  return [
    sample,
    { ...sample, subject: WITH_SERVERS, cpu: spent.own + kinds.nats + kinds.redis, figures: {} },
  ];
}

function openLoop(
  { result, spent }: Done,
  pace: Pace,
  which: Pick<Sample, 'case' | 'subject' | 'round'>,
): Sample {
  return {
    ...which,
    cpu: spent.own,
    figures: {
      'due/s': pace.perSecond,
      'answered/s': perSecond(result),
      'p50 ms': result.p50Ms,
      'p90 ms': result.p90Ms,
      [P99]: result.p99Ms,
      'p99.9 ms': result.p999Ms,
      'max ms': result.maxMs,
      'sent late p99 ms': result.lateP99Ms,
    },
  };
}

function figuresOf({ kinds }: Spent): Record<string, number> {
  if (kinds === undefined) return {};
  const { edge, worker, nats, redis } = kinds;
  return { 'edge µs': edge, 'worker µs': worker, 'nats µs': nats, 'redis µs': redis };
}

const perSecond = ({ answered, elapsedMs }: LoadResult): number => (answered / elapsedMs) * 1000;

function profileOf(
  folder: string | undefined,
  subject: Subject,
  each: Case,
  round: number,
): Profile | undefined {
  const name = `${subject.name}-${each.name.replaceAll(' ', '-')}-${round}`;
  return folder === undefined ? undefined : { folder, name };
}

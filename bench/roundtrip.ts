import { subprotocolOf } from '../libs/ocpp/mod.js';
import type { Benchmark, Comparison, Sample, Settings } from './benchmark.js';
import { startLoad } from './load/load.js';
import { BOOT, messageOf, type Message } from './messages.js';
import { HOST, startEcho, startOcppRpc, startStandalone, type Server } from './servers/server.js';

interface Case {
  readonly name: string;
  readonly message: Message;
  /** Of the CPU time of the echo. */
  readonly target: number;
}

interface Subject {
  readonly name: string;
  readonly answer: 'echo' | 'result';
  start(profile: { folder: string; name: string } | undefined): Promise<Server>;
}

interface Size {
  readonly rounds: number;
  readonly stations: number;
  /** Round trips before the measured ones: compilers and caches settle. */
  readonly warmUp: number;
  readonly roundTrips: number;
}

const REFERENCE = 'echo';
const OURS = 'standalone';

const SUBJECTS: readonly Subject[] = [
  { name: REFERENCE, answer: 'echo', start: startEcho },
  { name: 'ocpp-rpc', answer: 'result', start: startOcppRpc },
  { name: OURS, answer: 'result', start: startStandalone },
];

/** What changes state is answered after it is durable: 2.5. */
const CASES: readonly Case[] = [
  caseOf(messageOf('1.6', 'Heartbeat'), 1.5),
  caseOf(messageOf('1.6', 'StatusNotification'), 2.5),
  caseOf(messageOf('1.6', 'MeterValues'), 2.5),
  caseOf(messageOf('2.0.1', 'TransactionEvent'), 2.5),
];

function caseOf(message: Message, target: number): Case {
  return { name: `${message.version} ${message.action}`, message, target };
}

function sizeOf({ quick, rounds, stations, roundTrips }: Settings): Size {
  const size = quick
    ? { rounds: 1, stations: 20, warmUp: 100, roundTrips: 400 }
    : { rounds: 5, stations: 200, warmUp: 30_000, roundTrips: 100_000 };
  return {
    ...size,
    ...(rounds === undefined ? {} : { rounds }),
    ...(stations === undefined ? {} : { stations }),
    ...(roundTrips === undefined ? {} : { roundTrips }),
  };
}

async function measure(
  subject: Subject,
  { name, message }: Case,
  round: number,
  size: Size,
  profile?: string,
) {
  const profileName = `${subject.name}-${name.replaceAll(' ', '-')}-${round}`;
  const server = await subject.start(
    profile === undefined ? undefined : { folder: profile, name: profileName },
  );
  try {
    const load = await startLoad({
      host: HOST,
      port: server.port,
      subprotocol: subprotocolOf(message.version),
      stations: size.stations,
      before: subject.answer === 'echo' ? [] : [BOOT[message.version], ...message.before],
      calls: message.calls,
      answer: subject.answer,
    });
    try {
      await load.run(size.warmUp);
      const before = await server.cpu();
      const result = await load.run(size.roundTrips);
      return { result, cpu: (await server.cpu()) - before };
    } finally {
      await load.stop();
    }
  } catch (error) {
    throw server.failure(`failed (${error instanceof Error ? error.message : String(error)})`);
  } finally {
    await server.stop();
  }
}

async function sampleOf(
  subject: Subject,
  each: Case,
  round: number,
  size: Size,
  profile?: string,
): Promise<Sample> {
  const { result, cpu } = await measure(subject, each, round, size, profile);
  return {
    case: each.name,
    subject: subject.name,
    round,
    cpu: cpu / result.answered,
    figures: {
      'answered/s': (result.answered / result.elapsedMs) * 1000,
      'p50 ms': result.p50Ms,
      'p99 ms': result.p99Ms,
      'busy %': (cpu / 1000 / result.elapsedMs) * 100,
      'load µs': result.cpu / result.answered,
    },
  };
}

/** The subjects in another order each round, so that none is always the one after the same neighbour. */
function inTurn(round: number): Subject[] {
  const from = round % SUBJECTS.length;
  return [...SUBJECTS.slice(from), ...SUBJECTS.slice(0, from)];
}

const COMPARISONS: readonly Comparison[] = CASES.flatMap(({ name, target }) => [
  { case: name, subject: OURS, reference: REFERENCE, target },
  { case: name, subject: 'ocpp-rpc', reference: REFERENCE },
  // Always 1: shows the reference's other figures.
  { case: name, subject: REFERENCE, reference: REFERENCE },
]);

export const roundtrip: Benchmark = {
  name: 'roundtrip',
  about:
    'server CPU of a CALL and its answer: standalone against a raw uWebSockets.js echo, beside ocpp-rpc (strict)',
  async run(settings, note) {
    const size = sizeOf(settings);
    const samples: Sample[] = [];
    for (let round = 0; round < size.rounds; round++) {
      for (const each of CASES) {
        for (const subject of inTurn(round)) {
          note(`round ${round + 1} of ${size.rounds}: ${each.name}, ${subject.name}`);
          samples.push(await sampleOf(subject, each, round, size, settings.profile));
        }
      }
    }
    return {
      settings: { ...size, profiled: settings.profile !== undefined },
      samples,
      comparisons: COMPARISONS,
    };
  },
};

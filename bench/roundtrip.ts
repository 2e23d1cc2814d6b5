import { ConfigError } from '../libs/ops/mod.js';
import { asAsked, type Benchmark, type Sample, type Settings } from './benchmark.js';
import { CASES, type Case } from './roundtrip/cases.js';
import { comparisonsOf } from './roundtrip/comparisons.js';
import { limits, measure, type Size } from './roundtrip/measure.js';
import { ECHO, SUBJECTS, type Subject } from './roundtrip/subjects.js';

function sizeOf({ quick, rounds, stations, roundTrips, latencySeconds }: Settings): Size {
  const size: Size = quick
    ? { rounds: 1, stations: 20, warmUp: 100, roundTrips: 400, latencySeconds: 0.2 }
    : { rounds: 5, stations: 200, warmUp: 20_000, roundTrips: 50_000, latencySeconds: 2 };
  return asAsked(size, { rounds, stations, roundTrips, latencySeconds });
}

/** A quick run shows every subject, with one message that has latencies and has to be durable. */
function casesOf({ quick, messages }: Settings): readonly Case[] {
  const wanted = messages ?? (quick ? ['MeterValues'] : undefined);
  if (wanted === undefined) return CASES;
  const actions = CASES.map(({ message }) => message.action);
  const unknown = wanted.find((action) => !actions.includes(action));
  if (unknown !== undefined)
    throw new ConfigError(`--messages: '${unknown}' is not measured; there are: ${actions.join(', ')}`);
  return CASES.filter(({ message }) => wanted.includes(message.action));
}

function subjectsOf({ subjects }: Settings): readonly Subject[] {
  if (subjects === undefined) return SUBJECTS;
  const names = SUBJECTS.map(({ name }) => name);
  const unknown = subjects.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new ConfigError(`--subjects: there is no '${unknown}'; there are: ${names.join(', ')}`);
  return SUBJECTS.filter(({ name }) => name === ECHO || subjects.includes(name));
}

/** In another order each round, so that none is always the one after the same neighbour. */
function inTurn(subjects: readonly Subject[], round: number): Subject[] {
  const from = round % subjects.length;
  const turned = [...subjects.slice(from), ...subjects.slice(0, from)];
  return round % 2 === 0 ? turned : turned.reverse();
}

export const roundtrip: Benchmark = {
  name: 'roundtrip',
  about:
    'server CPU of a CALL and its answer, standalone and distributed (1 edge, 1 worker), against a raw uWebSockets.js echo, beside an echo with ws and ocpp-rpc (strict); latencies at part of the greatest rate',
  async run(settings, note) {
    const size = sizeOf(settings);
    const cases = casesOf(settings);
    const subjects = subjectsOf(settings);
    const samples: Sample[] = [];
    for (let round = 0; round < size.rounds; round++) {
      for (const each of cases) {
        for (const subject of inTurn(subjects, round)) {
          note(`round ${round + 1} of ${size.rounds}: ${each.name}, ${subject.name}`);
          samples.push(...(await measure(subject, each, round, size, settings.profile)));
        }
        samples.push(...limits(each, round, size));
      }
    }
    return {
      settings: { ...size, profiled: settings.profile !== undefined },
      samples,
      comparisons: comparisonsOf(cases, samples),
    };
  },
};

import { ConfigError, defineOptions, readOptions, types } from '../libs/ops/mod.js';
import type { Benchmark, Settings } from './benchmark.js';

export interface Order extends Settings {
  readonly benchmarks: readonly Benchmark[];
  /** Where results go; undefined: they are only printed. */
  readonly out: string | undefined;
  /** Nothing is measured; the chart is drawn from the results that are there. */
  readonly draw: boolean;
}

interface Flags extends Settings {
  readonly out: string | undefined;
  readonly draw: boolean;
}

const topic = 'Settings';

export function optionsFor(benchmarks: readonly Benchmark[]) {
  const names = benchmarks.map(({ name }) => name).join(', ');
  return defineOptions<Flags>({
    program: 'npm run bench -- [name…]',
    about: `Measures what the hot paths cost, against references in the same run: ${names}. See bench/README.md.`,
    table: {
      quick: {
        flag: 'quick',
        type: types.boolean,
        default: false,
        topic,
        help: 'As few repetitions as show that everything works. Writes results only when --out is given.',
      },
      rounds: {
        flag: 'rounds',
        type: types.optional(types.integer({ min: 1, max: 1000 })),
        default: undefined,
        topic,
        help: 'How often everything is measured. Left out: as many as the benchmark needs.',
      },
      roundTrips: {
        flag: 'round-trips',
        type: types.optional(types.integer({ min: 1, max: 5_000_000 })),
        default: undefined,
        topic,
        help: 'roundtrip, decisions, scale, commands: measured round trips of each subject in each round.',
      },
      stations: {
        flag: 'stations',
        type: types.optional(types.integer({ min: 1, max: 99_000 })),
        default: undefined,
        topic,
        help: 'Stations that are connected. roundtrip: each with one CALL outstanding; storm: those that come at once; idle, scale: the most of them.',
      },
      messages: {
        flag: 'messages',
        type: types.optional(types.list(types.string({ name: 'action' }))),
        default: undefined,
        topic,
        help: 'roundtrip: only these actions, such as Heartbeat,MeterValues.',
      },
      subjects: {
        flag: 'subjects',
        type: types.optional(types.list(types.string({ name: 'name' }))),
        default: undefined,
        topic,
        help: 'roundtrip: beside the echo only these, such as distributed.',
      },
      latencySeconds: {
        flag: 'latency-seconds',
        type: types.optional(types.number({ min: 0, max: 600 })),
        default: undefined,
        topic,
        help: 'roundtrip: how long latencies are measured at each rate, in seconds. 0: not at all.',
      },
      profile: {
        flag: 'profile',
        type: types.optional(types.path),
        default: undefined,
        topic,
        help: 'roundtrip, storm, scale, commands: folder for CPU profiles of our own processes. Profiling costs time: the figures are worse.',
      },
      out: {
        flag: 'out',
        type: types.optional(types.path),
        default: undefined,
        topic,
        help: 'Folder for the results, as JSON. Left out: bench/results, whose chart is drawn anew then; runs that are quick, profiled or limited to some messages or subjects write nothing.',
      },
      draw: {
        flag: 'draw',
        type: types.boolean,
        default: false,
        topic,
        help: 'Measures nothing: only draws the chart in docs/performance.svg anew, from bench/results.',
      },
    },
  });
}

/**
 * Reads `codec --rounds 3`: names of benchmarks (none: all of them) and flags, in any order.
 * @throws ConfigError
 */
export function readOrder(
  argv: readonly string[],
  benchmarks: readonly Benchmark[],
  resultsDir: string,
): Order {
  const options = optionsFor(benchmarks);
  const takesValue = new Set(
    Object.values(options.table)
      .filter(({ type }) => type.isSwitch === undefined)
      .map(({ flag }) => `--${flag}`),
  );
  const isName = (word: string, at: number) => !word.startsWith('-') && !takesValue.has(argv[at - 1] ?? '');
  const names = argv.filter(isName);
  const flags = readOptions(options, { argv: argv.filter((word, at) => !isName(word, at)), env: {} });
  const { quick, profile, messages, subjects } = flags;
  const isWhole = !quick && [profile, messages, subjects].every((limit) => limit === undefined);
  return {
    ...flags,
    benchmarks: names.length === 0 ? benchmarks : names.map((name) => find(name, benchmarks)),
    out: flags.out ?? (isWhole ? resultsDir : undefined),
  };
}

function find(name: string, benchmarks: readonly Benchmark[]): Benchmark {
  const found = benchmarks.find((benchmark) => benchmark.name === name);
  if (found !== undefined) return found;
  const names = benchmarks.map((benchmark) => benchmark.name).join(', ');
  throw new ConfigError(`there is no benchmark '${name}'; there are: ${names}`);
}

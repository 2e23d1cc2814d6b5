import { machine } from '../../bench/harness/machine.js';
import { defineOptions, runMain, types, type OptionValues } from '../../libs/ops/mod.js';
import { shuffled, randomFor } from '../driven/random.js';
import { runCampaign, type Kind } from './campaign.js';
import { CLUSTERED_FAULTS, FAULT_NAMES, SINGLE_FAULTS, type Fault } from './faults.js';
import { lineOf, renderFaults, rowsOf, writeReport, type Report } from './report.js';
import type { RoundResult } from './round.js';
import { measureScaling, renderScaling } from './scaling.js';

const topic = 'Faults';

const OPTIONS = defineOptions({
  program: 'npm run faults --',
  about:
    'Starts a gateway of several processes over real NATS and Redis, breaks one thing after the other while stations charge, and checks that nothing is lost.',
  table: {
    seed: {
      flag: 'seed',
      type: types.integer({ min: 0, max: 2 ** 31 }),
      default: Date.now() % 1_000_000,
      help: 'Of everything that is left to chance: order, moments, stations.',
      topic,
    },
    rounds: {
      flag: 'rounds',
      type: types.integer({ min: 1, max: 10_000 }),
      default: 5,
      help: 'How often each fault comes.',
      topic,
    },
    faults: {
      flag: 'fault',
      type: { ...types.list(types.choice(FAULT_NAMES)), name: 'fault,…' },
      default: FAULT_NAMES,
      help: 'Only these.',
      topic,
    },
    stations: {
      flag: 'stations',
      type: types.integer({ min: 10, max: 5000 }),
      default: 500,
      help: 'Stations: a third each speaks 1.6, 2.0.1 and 2.1.',
      topic,
    },
    period: {
      flag: 'period',
      type: types.duration({ min: 50, max: 60_000 }),
      default: 800,
      help: 'Each station sends a message so often.',
      topic,
    },
    commands: {
      flag: 'commands',
      type: types.number({ min: 0.1, max: 1000 }),
      default: 40,
      help: 'Commands a second of the business service, to all stations together.',
      topic,
    },
    leaseTime: {
      flag: 'lease-time',
      type: types.duration({ min: 500, max: 60_000 }),
      default: 2000,
      help: 'Lease of the workers.',
      topic,
    },
    out: {
      flag: 'out',
      type: types.optional(types.path),
      default: undefined,
      help: 'Folder, or file that ends with .json, for the results.',
      topic,
    },
    scaling: {
      flag: 'scaling',
      type: types.boolean,
      default: false,
      help: 'No faults: what 1, 2 and 4 workers cost at the same load.',
      topic: 'Scaling',
    },
    rate: {
      flag: 'rate',
      type: types.integer({ min: 10, max: 100_000 }),
      default: 1500,
      help: 'Messages a second of all stations together.',
      topic: 'Scaling',
    },
    measured: {
      flag: 'measured',
      type: types.duration({ min: 1000, max: 3_600_000 }),
      default: 20_000,
      help: 'How long each number of workers is measured.',
      topic: 'Scaling',
    },
  },
});

const SHOWN_PROBLEMS = 20;

// The processes that it starts die with it when it exits, which no signal does by itself.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130));

await runMain(OPTIONS, async (config) => {
  const startedAt = new Date().toISOString();
  const { out } = config;
  const results = config.scaling ? await scale(config) : await inflictAll(config);
  if (out !== undefined)
    print(`written to ${await writeReport({ startedAt, machine: machine(), ...results }, out)}`);
});

type Config = OptionValues<typeof OPTIONS>;

type Results = Omit<Report, 'startedAt' | 'machine'>;

async function inflictAll(config: Config): Promise<Results> {
  const { seed, stations, period, leaseTime, commands } = config;
  print(`seed ${seed}`);
  const rounds = [
    ...(await inflict(config, 'single', SINGLE_FAULTS)),
    ...(await inflict(config, 'clustered', CLUSTERED_FAULTS)),
  ];
  const faults = rowsOf(rounds);
  print(`\n${renderFaults(faults)}\n`);
  const failed = rounds.filter(({ problems }) => problems.length > 0).length;
  print(
    failed === 0
      ? `${rounds.length} faults: nothing wrong (seed ${seed})`
      : `${failed} of ${rounds.length} faults FAILED (seed ${seed})`,
  );
  process.exitCode = failed === 0 ? 0 : 1;
  const settings = { seed, stations, periodMs: period, commandsPerSecond: commands, leaseMs: leaseTime };
  return { benchmark: 'faults', settings, faults, rounds };
}

/** One cluster, on which the faults come one after the other: each as often as wanted, in another order every time. */
async function inflict(config: Config, kind: Kind, all: readonly Fault[]): Promise<readonly RoundResult[]> {
  const { seed, rounds, stations, period, commands, leaseTime } = config;
  const wanted = all.filter(({ name }) => config.faults.includes(name));
  if (wanted.length === 0) return [];
  const faults = Array.from({ length: rounds }, (_, at) => shuffled(randomFor(seed, 'order', at), wanted));
  const { results, logs } = await runCampaign({
    seed,
    faults: faults.flat(),
    kind,
    stations,
    periodMs: period,
    commandsPerSecond: commands,
    leaseMs: leaseTime,
    report(result, tails) {
      print(lineOf(result));
      for (const problem of result.problems.slice(0, SHOWN_PROBLEMS)) print(`  ${problem}`);
      if (tails !== undefined) print(tails);
    },
  });
  if (logs !== undefined) print(`the logs of all processes are in ${logs}`);
  return results;
}

async function scale({ seed, stations, rate, measured }: Config): Promise<Results> {
  const settings = { seed, stations, messagesPerSecond: rate, measuredMs: measured };
  const scaling = await measureScaling({ ...settings, workers: [1, 2, 4] }, ({ workers }) =>
    print(`measured with ${workers} workers`),
  );
  print(`\n${renderScaling(scaling)}`);
  return { benchmark: 'faults-scaling', settings, scaling };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

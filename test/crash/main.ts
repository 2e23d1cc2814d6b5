import { defineOptions, runMain, types } from '../../libs/ops/mod.js';
import { lineOf, runRound, type Moment } from './round.js';

const OPTIONS = defineOptions({
  program: 'npm run crash --',
  about:
    'Kills a standalone gateway at random moments while stations charge, and checks that nothing is lost.',
  table: {
    rounds: {
      flag: 'rounds',
      type: types.integer({ min: 1 }),
      default: 10,
      help: 'How often the gateway is killed, each time with a fresh folder.',
      topic: 'Crash test',
    },
    seed: {
      flag: 'seed',
      type: types.integer({ min: 0, max: 2 ** 31 }),
      default: Date.now() % 1_000_000,
      help: 'Of the first round; the next has the next one.',
      topic: 'Crash test',
    },
    stations: {
      flag: 'stations',
      type: types.integer({ min: 1, max: 10_000 }),
      default: 200,
      help: 'Stations, with a transaction each; half speak 1.6, half 2.0.1.',
      topic: 'Crash test',
    },
    moment: {
      flag: 'moment',
      type: types.choice(['both', 'running', 'anywhere']),
      default: 'both',
      help: 'running: all transactions have started and none has ended. anywhere: at any time. both: by turns.',
      topic: 'Crash test',
    },
  },
});

await runMain(OPTIONS, async ({ rounds, seed, stations, moment }) => {
  let failed = 0;
  for (let round = 0; round < rounds; round++) {
    const both: readonly Moment[] = ['running', 'anywhere'];
    const chosen = moment === 'both' ? (both[round % 2] ?? 'running') : moment;
    const options = { seed: seed + round, stations, moment: chosen };
    const result = await runRound(options);
    process.stdout.write(`${lineOf(options, result)}\n`);
    for (const problem of result.problems.slice(0, 20)) process.stdout.write(`  ${problem}\n`);
    if (result.problems.length > 0) failed++;
  }
  process.stdout.write(failed === 0 ? `${rounds} rounds passed\n` : `${failed} of ${rounds} rounds FAILED\n`);
  process.exitCode = failed === 0 ? 0 : 1;
});

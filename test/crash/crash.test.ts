import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lineOf, runRound, type RoundOptions } from './round.js';

/** Another moment in every run; `npm run crash -- --seed N` repeats one. */
const seed = Number(process.env['STATIONMASTER_TEST_SEED'] ?? Date.now() % 1_000_000);

const ROUNDS: readonly RoundOptions[] = [
  { seed, stations: 200, moment: 'running' },
  { seed: seed + 1, stations: 100, moment: 'anywhere' },
];

for (const options of ROUNDS) {
  test(`kill -9 of the gateway, ${options.moment}, ${options.stations} transactions (seed ${options.seed}): each appears exactly once, nothing answered is missing`, async (t) => {
    const result = await runRound(options);
    t.diagnostic(lineOf(options, result));
    assert.deepEqual(result.problems.slice(0, 20), []);
  });
}

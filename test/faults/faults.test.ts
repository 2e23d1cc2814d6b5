import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCampaign } from './campaign.js';
import { SINGLE_FAULTS, type FaultName } from './faults.js';
import { lineOf } from './report.js';

/** Other faults at every run; `npm run faults -- --seed N` repeats one. */
const seed = Number(process.env['STATIONMASTER_TEST_SEED'] ?? Date.now() % 1_000_000);

const STATIONS = 510;

/** Links to Redis are edges' only where stations are looked up; the others differ little from their like. */
const LONG_ONLY: ReadonlySet<FaultName> = new Set(['stall-edge-redis', 'cut-edge-redis']);

test(`${STATIONS} stations charge while edges, workers, NATS, Redis and the links between them fail (seed ${seed}): nothing is lost, nothing comes twice`, async (t) => {
  await runCampaign({
    seed,
    faults: SINGLE_FAULTS.filter(({ name }) => !LONG_ONLY.has(name)),
    kind: 'single',
    stations: STATIONS,
    periodMs: 900,
    commandsPerSecond: 40,
    leaseMs: 2000,
    report(result, tails) {
      t.diagnostic(lineOf(result));
      assert.deepEqual(result.problems.slice(0, 20), [], tails);
    },
  });
});

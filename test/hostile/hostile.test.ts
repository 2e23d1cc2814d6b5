import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCampaign } from './campaign.js';
import { render } from './report.js';

/** `npm run hostile` is the whole of it. */
test('hostile input of every kind: the gateway lives, its memory is bounded, every other station is answered', async (t) => {
  const result = await runCampaign({
    seed: Number(process.env['STATIONMASTER_TEST_SEED'] ?? 1),
    frames: 20_000,
    stations: 20,
    patient: false,
    warmUp: 0,
    progress: () => undefined,
  });
  for (const line of render(result).split('\n')) t.diagnostic(line);
  assert.deepEqual(result.problems, []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actionsOf } from '../ocpp/mod.js';
import { sampleOf } from '../ocpp/testing/samples.js';
import { readSchemas } from '../ocpp/testing/schemas.js';
import { forEachVersion, useRig } from './testing/rig.js';
import { until } from './testing/central-system.js';
import { COMMANDS_16 } from './v16/commands/table.js';
import { COMMANDS_2X } from './v2x/commands/table.js';

const rig = useRig();
const TABLES = { '1.6': COMMANDS_16, ...COMMANDS_2X };
const BACKOFF = { minimumMs: 1000, randomRangeMs: 0, repeatTimes: 0 };

forEachVersion((version) => {
  const commands = actionsOf(version)
    .filter((action) => action.sender !== 'station')
    .map((action) => action.name);

  test(`${version}: every command of the action table has a handler, and nothing else has one`, () => {
    assert.deepEqual(Object.keys(TABLES[version]).sort(), commands.toSorted());
  });

  for (const members of ['required', 'all'] as const) {
    test(`${version}: every command with ${members} members gets a valid answer, and what follows is valid`, async () => {
      const schemas = readSchemas(version).filter(({ side }) => side === 'request');
      for (const action of commands) {
        const schema = schemas.find((candidate) => candidate.action === action)?.schema;
        assert.ok(schema, action);
        const station = await rig.ready(version, { evses: 2, backoff: BACKOFF });
        const payload = sampleOf(schema, members) as object;
        const answer = await rig.central.command(station.stationId, action, payload);
        assert.equal(answer.kind, 'result', action);
        for (let second = 0; second < 4; second++) {
          await rig.clock.advance(1000);
          await until(() => station.session.pendingCalls === 0, `${action} is over`);
        }
        await station.stop();
      }
    });
  }
});

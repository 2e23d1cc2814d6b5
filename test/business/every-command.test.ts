import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { OutcomeStatus } from '../../libs/api/generated/stationmaster/v1/commands.js';
import type { CommandOutcome } from '../../libs/api/mod.js';
import { stationToken, subjects } from '../../libs/link/mod.js';
import { actionsOf, VERSIONS, type Version } from '../../libs/ocpp/mod.js';
import { sampleOf } from '../../libs/ocpp/testing/samples.js';
import { readSchemas } from '../../libs/ocpp/testing/schemas.js';
import type { ReceivedCommand } from '../../libs/station/mod.js';
import { DEADLINE_MS } from '../client/until.js';
import { Rig, TOPOLOGIES } from './rig.js';

/** Every command of a version, with a request that its schema takes. */
function commandsOf(version: Version): readonly { readonly action: string; readonly request: object }[] {
  const schemas = readSchemas(version).filter(({ side }) => side === 'request');
  return actionsOf(version)
    .filter(({ sender, kind }) => sender !== 'station' && kind === 'call')
    .map(({ name: action }) => {
      const found = schemas.find((schema) => schema.action === action);
      assert.ok(found, `no schema for ${action}`);
      return { action, request: sampleOf(found.schema, 'required') as object };
    });
}

/** How a business service has a command sent, in the station's own terms. */
type Door = (stationId: string, version: Version, action: string, request: object) => Promise<CommandOutcome>;

function doorsOf({ services, topology }: Rig): Readonly<Record<string, Door>> {
  return {
    gRPC: async (stationId, version, action, request) => {
      const command = { stationId, action, payload: JSON.stringify(request), terms: version };
      const { outcome } = await services.commands.sendCommand({ command, timeoutMs: DEADLINE_MS });
      assert.equal(outcome?.status, OutcomeStatus.OUTCOME_STATUS_RESULT, JSON.stringify(outcome));
      return { status: 'result', payload: JSON.parse(outcome.payload) as unknown };
    },
    NATS: async (stationId, _version, action, request) => {
      const subject = subjects.command(stationToken(stationId), action);
      const data = Buffer.from(JSON.stringify(request));
      const reply = await topology.bus.request(subject, data, { timeoutMs: DEADLINE_MS });
      return JSON.parse(Buffer.from(reply.data).toString()) as CommandOutcome;
    },
  };
}

for (const [name, start] of Object.entries(TOPOLOGIES)) {
  describe(`${name}: every command`, () => {
    let rig: Rig;
    before(async () => (rig = await Rig.start(start)));
    after(async () => await rig.close());

    for (const version of VERSIONS) {
      for (const { action, request } of commandsOf(version)) {
        test(`${version} ${action} reaches the station as it was given, and its result the caller, over gRPC and NATS`, async () => {
          for (const [door, send] of Object.entries(doorsOf(rig))) {
            const stationId = `${door}-${version}-${action}`;
            const received: ReceivedCommand[] = [];
            const station = await rig.accepted(stationId, version, received);
            const outcome = await send(stationId, version, action, request);
            const [command] = received;
            assert.ok(command, 'the station got nothing');
            assert.deepEqual([command.action, command.payload], [action, request]);
            assert.ok(command.reply.kind === 'result');
            assert.deepEqual(outcome, { status: 'result', payload: command.reply.payload });
            await station.stop();
          }
        });
      }
    }
  });
}

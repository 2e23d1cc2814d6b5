import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  CommandState,
  OutcomeStatus,
  type CommandStatus,
  type DeepPartial,
  type EnqueueCommandRequest,
} from '../../libs/api/generated/stationmaster/v1/commands.js';
import type { CommandCompleted } from '../../libs/api/mod.js';
import { stationToken } from '../../libs/link/mod.js';
import { VERSIONS } from '../../libs/ocpp/mod.js';
import type { ReceivedCommand } from '../../libs/station/mod.js';
import { until } from '../client/until.js';
import { Rig, TOPOLOGIES } from './rig.js';

for (const [name, start] of Object.entries(TOPOLOGIES)) {
  describe(`${name}: commands for stations that are offline`, () => {
    let rig: Rig;
    before(async () => (rig = await Rig.start(start)));
    after(async () => await rig.close());

    /** DataTransfer with `nonce`, in OCPP 2.1's terms. */
    async function enqueue(
      stationId: string,
      nonce: string,
      more: DeepPartial<EnqueueCommandRequest> = {},
    ): Promise<CommandStatus | undefined> {
      const payload = JSON.stringify({ vendorId: 'com.example', messageId: nonce });
      const command = { stationId, action: 'DataTransfer', payload };
      return (await rig.services.commands.enqueueCommand({ command, ...more })).command;
    }

    const stateOf = async (stationId: string, commandId: string): Promise<CommandStatus | undefined> =>
      (await rig.services.commands.getCommand({ stationId, commandId })).command;

    /** How each command of the station ended, by the event log. */
    async function ends(stationId: string): Promise<readonly string[]> {
      const events = await rig.topology.events(stationToken(stationId));
      return events
        .filter(({ type }) => type === 'command.completed')
        .map(({ event }) => event.data as CommandCompleted)
        .map(({ commandId, outcome }) => `${commandId} ${outcome}`);
    }

    const nonces = (received: readonly ReceivedCommand[]): unknown[] =>
      received.map(({ payload }) => (payload as Readonly<Record<string, unknown>>)['messageId']);

    for (const version of VERSIONS) {
      test(`${version}: they wait in order through a restart of everything, and are delivered when the station comes`, async () => {
        const stationId = `waits-${version}`;
        for (const id of ['a', 'b', 'c']) {
          const taken = await enqueue(stationId, id, { commandId: id });
          assert.equal(taken?.state, CommandState.COMMAND_STATE_QUEUED);
        }
        // The same again is the same command.
        assert.equal((await enqueue(stationId, 'b', { commandId: 'b' }))?.commandId, 'b');
        await rig.topology.restart();
        const listed = await rig.services.commands.listCommands({ stationId });
        assert.deepEqual(
          listed.commands.map(({ commandId }) => commandId),
          ['a', 'b', 'c'],
        );

        const received: ReceivedCommand[] = [];
        await rig.accepted(stationId, version, received);
        await until('the end of all three', async () => (await ends(stationId)).length === 3);
        assert.deepEqual(nonces(received), ['a', 'b', 'c']);
        assert.deepEqual(await ends(stationId), ['a result', 'b result', 'c result']);
        const last = await stateOf(stationId, 'c');
        assert.equal(last?.state, CommandState.COMMAND_STATE_ENDED);
        assert.equal(last.outcome?.status, OutcomeStatus.OUTCOME_STATUS_RESULT);
      });
    }

    test('what is superseded, taken back or expired is never delivered, and ends once', async () => {
      const stationId = 'chosen';
      await enqueue(stationId, 'old', { commandId: 'old', supersedeKey: 'profile' });
      await enqueue(stationId, 'kept', { commandId: 'kept' });
      await enqueue(stationId, 'short', { commandId: 'short', ttl: { seconds: 0, nanos: 50_000_000 } });
      await enqueue(stationId, 'gone', { commandId: 'gone' });
      await enqueue(stationId, 'new', { commandId: 'new', supersedeKey: 'profile' });
      await rig.services.commands.cancelCommand({ stationId, commandId: 'gone' });
      await until('the expiry', async () => (await ends(stationId)).includes('short expired'));

      const received: ReceivedCommand[] = [];
      await rig.accepted(stationId, '2.0.1', received);
      await until('the end of all', async () => (await ends(stationId)).length === 5);
      assert.deepEqual(nonces(received), ['kept', 'new']);
      assert.deepEqual((await ends(stationId)).toSorted(), [
        'gone cancelled',
        'kept result',
        'new result',
        'old superseded',
        'short expired',
      ]);
    });

    test('a command in 2.1 terms reaches a 1.6 station, whose version nobody knew, in its own', async () => {
      const stationId = 'neutral';
      const payload = JSON.stringify({
        setVariableData: [
          {
            component: { name: 'OCPPCommCtrlr' },
            variable: { name: 'HeartbeatInterval' },
            attributeValue: '77',
          },
        ],
      });
      const command = { stationId, action: 'SetVariables', payload };
      const taken = (await rig.services.commands.enqueueCommand({ command })).command;
      const received: ReceivedCommand[] = [];
      await rig.accepted(stationId, '1.6', received);
      const ended = await until('its end', async () => {
        const now = await stateOf(stationId, taken?.commandId ?? '');
        return now?.state === CommandState.COMMAND_STATE_ENDED && now;
      });
      assert.deepEqual(
        received.map(({ action, payload: sent }) => [action, sent]),
        [['ChangeConfiguration', { key: 'HeartbeatInterval', value: '77' }]],
      );
      const { setVariableResult } = JSON.parse(ended.outcome?.payload ?? '') as {
        setVariableResult: readonly { attributeStatus: string }[];
      };
      assert.equal(setVariableResult[0]?.attributeStatus, 'Accepted');
    });
  });
}

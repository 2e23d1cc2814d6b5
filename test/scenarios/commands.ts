import assert from 'node:assert/strict';
import { createRPCError } from 'ocpp-rpc';
import { VOCABULARIES, vocabularyOf } from '../client/vocabulary.js';
import { typesOf } from './check-events.js';
import type { Scenario } from './scenario.js';
import type { Version } from '../../libs/ocpp/mod.js';

type Exchange = readonly [action: string, request: object, response: Record<string, unknown>];

const COMMANDS: Readonly<Record<Version, readonly Exchange[]>> = {
  '1.6': [
    ['Reset', { type: 'Soft' }, { status: 'Accepted' }],
    ['TriggerMessage', { requestedMessage: 'StatusNotification', connectorId: 1 }, { status: 'Accepted' }],
    ['GetConfiguration', { key: ['HeartbeatInterval'] }, { unknownKey: ['HeartbeatInterval'] }],
    ['ChangeConfiguration', { key: 'HeartbeatInterval', value: '60' }, { status: 'Accepted' }],
    ['RemoteStartTransaction', { idTag: 'TAG-1', connectorId: 1 }, { status: 'Rejected' }],
    ['UnlockConnector', { connectorId: 1 }, { status: 'Unlocked' }],
    ['GetLocalListVersion', {}, { listVersion: 4 }],
    ['DataTransfer', { vendorId: 'V', data: 'ünïcödé 😀' }, { status: 'Accepted', data: 'да' }],
  ],
  '2.0.1': [
    ['Reset', { type: 'OnIdle' }, { status: 'Scheduled' }],
    ['TriggerMessage', { requestedMessage: 'Heartbeat' }, { status: 'Accepted' }],
    [
      'GetVariables',
      {
        getVariableData: [{ component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' } }],
      },
      {
        getVariableResult: [
          {
            attributeStatus: 'Accepted',
            attributeValue: '300',
            component: { name: 'OCPPCommCtrlr' },
            variable: { name: 'HeartbeatInterval' },
          },
        ],
      },
    ],
    ['GetTransactionStatus', {}, { messagesInQueue: false }],
    [
      'RequestStartTransaction',
      { remoteStartId: 9, idToken: { idToken: 'TAG-1', type: 'ISO14443' }, evseId: 1 },
      { status: 'Rejected' },
    ],
    ['UnlockConnector', { evseId: 1, connectorId: 1 }, { status: 'Unlocked' }],
  ],
  '2.1': [
    ['Reset', { type: 'Immediate' }, { status: 'Accepted' }],
    ['TriggerMessage', { requestedMessage: 'Heartbeat' }, { status: 'Accepted' }],
    ['GetTariffs', { evseId: 0 }, { status: 'NoTariff' }],
    ['UsePriorityCharging', { transactionId: 'tx', activate: true }, { status: 'NoProfile' }],
    ['AFRRSignal', { timestamp: '2026-03-01T08:00:00.000Z', signal: -3 }, { status: 'Accepted' }],
    ['GetLocalListVersion', {}, { versionNumber: 4 }],
  ],
};

/** A request that every version's station understands. */
const CLEAR = ['ClearCache', {}] as const;

const perVersion = VOCABULARIES.flatMap(({ version }): Scenario[] => {
  const vocabulary = vocabularyOf(version);
  return [
    {
      name: `${version}: a command reaches the station as it was given, and its result the caller as it was answered`,
      async run(context) {
        const client = await context.strict(version);
        await client.call(...vocabulary.boot());
        const seen: unknown[] = [];
        for (const [action, request, response] of COMMANDS[version]) {
          client.handle(action, (payload) => {
            seen.push(payload);
            return response;
          });
          assert.deepEqual(await context.command(action, request), { status: 'result', payload: response });
          assert.deepEqual(seen.pop(), request);
        }
        const events = await context.eventsWith('command.completed', COMMANDS[version].length);
        const actions = events
          .filter(({ type }) => type === 'command.completed')
          .map(({ event }) => (event.data as { action: string }).action);
        assert.deepEqual(
          actions,
          COMMANDS[version].map(([action]) => action),
        );
      },
    },
    {
      name: `${version}: a CALLERROR of the station ends the command as an error with its code`,
      async run(context) {
        const client = await context.strict(version);
        await client.call(...vocabulary.boot());
        client.handle('ClearCache', () => {
          throw createRPCError('SecurityError', 'not for you', { why: 'because' }) as Error;
        });
        const outcome = await context.command(...CLEAR);
        assert.deepEqual(outcome, {
          status: 'error',
          code: 'SecurityError',
          description: 'not for you',
          details: { why: 'because' },
        });
        const unknown = await context.command('GetLocalListVersion', {});
        assert.ok(unknown.status === 'error' && unknown.code === 'NotImplemented');
      },
    },
    {
      name: `${version}: a command that the station does not answer ends as a timeout; its late result changes nothing, and the next is served`,
      settings: { commandTimeoutMs: 250 },
      async run(context) {
        const client = await context.raw(version);
        await client.result('b1', ...vocabulary.boot());
        const outcome = context.command(...CLEAR);
        const [, late] = await client.next();
        assert.equal((await outcome).status, 'timeout');
        client.send(JSON.stringify([3, late, { status: 'Accepted' }]));
        await client.expectNothingMore();
        const next = context.command(...CLEAR);
        const [, id] = await client.next();
        assert.notEqual(id, late);
        client.send(JSON.stringify([3, id, { status: 'Rejected' }]));
        assert.deepEqual(await next, { status: 'result', payload: { status: 'Rejected' } });
      },
    },
    {
      name: `${version}: one command at a time: the second goes out when the first has been answered (invariant 5)`,
      async run(context) {
        const client = await context.raw(version);
        await client.result('b1', ...vocabulary.boot());
        const outcomes = [1, 2, 3].map(() => context.command(...CLEAR));
        for (const status of ['Accepted', 'Rejected', 'Accepted']) {
          const [, id] = await client.next('the next command');
          await client.expectNothingMore();
          client.send(JSON.stringify([3, id, { status }]));
        }
        const statuses = (await Promise.all(outcomes)).map((outcome) =>
          outcome.status === 'result' ? (outcome.payload as { status: string }).status : outcome.status,
        );
        assert.deepEqual(statuses.sort(), ['Accepted', 'Accepted', 'Rejected']);
      },
    },
    {
      name: `${version}: a result that breaks its schema ends the command as an error`,
      async run(context) {
        const client = await context.raw(version);
        await client.result('b1', ...vocabulary.boot());
        const outcome = context.command(...CLEAR);
        const [, id] = await client.next();
        client.send(JSON.stringify([3, id, { status: 'Perhaps' }]));
        assert.equal((await outcome).status, 'error');
        if (version === '2.1') assert.deepEqual((await client.next()).slice(0, 2), [5, id]);
        await client.expectNothingMore();
      },
    },
    {
      name: `${version}: a command under way when the connection goes ends as offline, once`,
      async run(context) {
        const client = await context.raw(version);
        await client.result('b1', ...vocabulary.boot());
        const outcome = context.command(...CLEAR);
        await client.next();
        client.cut();
        assert.equal((await outcome).status, 'offline');
        const events = await context.eventsWith('command.completed');
        assert.equal(typesOf(events).filter((type) => type === 'command.completed').length, 1);
      },
    },
    {
      name: `${version}: a reboot ends the command under way as offline`,
      async run(context) {
        const client = await context.raw(version);
        await client.result('b1', ...vocabulary.boot());
        const outcome = context.command(...CLEAR);
        await client.next();
        await client.result('b2', ...vocabulary.boot());
        assert.equal((await outcome).status, 'offline');
      },
    },
    {
      name: `${version}: a command that breaks its schema, or that the version does not have, is refused and says why`,
      async run(context) {
        const client = await context.raw(version);
        await client.result('b1', ...vocabulary.boot());
        const refusals = [
          ['Reset', { type: 'Sideways' }],
          ['Reset', {}],
          ['NoSuchAction', {}],
          ['Heartbeat', {}],
        ] as const;
        for (const [action, payload] of refusals) {
          const outcome = await context.command(action, payload);
          assert.equal(outcome.status, 'refused', `${action}: ${JSON.stringify(outcome)}`);
          assert.ok('description' in outcome && outcome.description.length > 0);
        }
        await client.expectNothingMore();
      },
    },
  ];
});

export const COMMAND_SCENARIOS: readonly Scenario[] = [
  ...perVersion,
  {
    name: 'a command to a station that never connected, or is gone, ends as offline',
    async run(context) {
      assert.equal((await context.command(...CLEAR)).status, 'offline');
      const client = await context.strict('2.0.1');
      await client.call(...vocabularyOf('2.0.1').boot());
      await client.close();
      await context.eventsWith('station.disconnected');
      assert.equal((await context.command(...CLEAR)).status, 'offline');
    },
  },
  {
    name: 'a station whose id holds characters that NATS reserves is commanded like any other',
    async run(context) {
      const stationId = `${context.stationId} a.b*c>=|@`;
      const client = await context.strict('2.0.1', { stationId });
      await client.call(...vocabularyOf('2.0.1').boot());
      client.handle('ClearCache', () => ({ status: 'Accepted' }));
      const outcome = await context.command('ClearCache', {}, stationId);
      assert.deepEqual(outcome, { status: 'result', payload: { status: 'Accepted' } });
      const [connected] = await context.events(stationId);
      assert.equal(connected?.event.source, `/stations/${encodeURIComponent(stationId)}`);
    },
  },
];

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServerError, Status, type CallContext } from 'nice-grpc-common';
import { actionsOf } from '../../ocpp/mod.js';
import { CommandState, OutcomeStatus, type SendCommandRequest } from '../grpc.js';
import { deferred, FakeGateway, gone } from './gateway.fixture.js';
import { CommandError, ClientError, type CommandAction } from './mod.js';
import { untilTold } from './until-told.js';

const accepted = { status: OutcomeStatus.OUTCOME_STATUS_RESULT, payload: '{"status":"Accepted"}' };

test('a command goes out in neutral terms under an id, and its response comes back parsed', async (t) => {
  const asked: SendCommandRequest[] = [];
  const gateway = await FakeGateway.start(t, {
    commands: {
      sendCommand: (request) => {
        asked.push(request);
        return Promise.resolve({ commandId: request.commandId, outcome: accepted });
      },
    },
  });
  const response = await gateway.client(t).send('CS-1', 'Reset', { type: 'OnIdle' }, { timeoutMs: 5000 });
  assert.equal(response.status, 'Accepted');
  const [request] = asked;
  assert.deepEqual(request?.command, {
    stationId: 'CS-1',
    action: 'Reset',
    payload: '{"type":"OnIdle"}',
    terms: 'neutral',
  });
  assert.equal(request?.timeoutMs, 5000);
  assert.match(request?.commandId ?? '', /^[A-Za-z0-9_-]{1,36}$/);
});

test('an empty id is none: the client chooses one', async (t) => {
  const ids: string[] = [];
  const gateway = await FakeGateway.start(t, {
    commands: {
      sendCommand: ({ commandId }) => {
        ids.push(commandId);
        return Promise.resolve({ commandId, outcome: accepted });
      },
    },
  });
  await gateway.client(t).send('CS-1', 'ClearCache', {}, { commandId: '' });
  assert.match(ids[0] ?? '', /^[A-Za-z0-9_-]{36}$/);
});

test('the token goes with every call', async (t) => {
  const tokens: (string | undefined)[] = [];
  const sendCommand = (request: SendCommandRequest, { metadata }: CallContext) => {
    tokens.push(metadata.get('authorization'));
    return Promise.resolve({ commandId: request.commandId, outcome: accepted });
  };
  const gateway = await FakeGateway.start(t, { commands: { sendCommand } });
  const client = gateway.client(t, { token: 's3cret' });
  await client.send('CS-1', 'ClearCache', {});
  await client.services.commands.sendCommand({ command: { stationId: 'CS-1', action: 'ClearCache' } });
  assert.deepEqual(tokens, ['Bearer s3cret', 'Bearer s3cret']);
});

test('parts of a millisecond are rounded up; a time that no field can hold is an error at once', async (t) => {
  const asked: number[] = [];
  const gateway = await FakeGateway.start(t, {
    commands: {
      sendCommand: ({ timeoutMs, commandId }) => {
        asked.push(timeoutMs);
        return Promise.resolve({ commandId, outcome: accepted });
      },
    },
  });
  const client = gateway.client(t);
  const sent = async (timeoutMs: number) => client.send('CS-1', 'ClearCache', {}, { timeoutMs });
  await sent(1500.2);
  await sent(2 ** 31);
  assert.deepEqual(asked, [1501, 2 ** 31]);
  for (const timeoutMs of [NaN, -1, Infinity, 2 ** 33]) {
    await assert.rejects(sent(timeoutMs), (error) => {
      assert.ok(error instanceof ClientError);
      assert.match(error.details, /serialization failure.*uint32/);
      return true;
    });
  }
  await assert.rejects(client.enqueue('CS-1', 'ClearCache', {}, { ttlMs: NaN }), ClientError);
});

const ENDS = [
  [OutcomeStatus.OUTCOME_STATUS_TIMEOUT, 'timeout'],
  [OutcomeStatus.OUTCOME_STATUS_OFFLINE, 'offline'],
  [OutcomeStatus.OUTCOME_STATUS_EXPIRED, 'expired'],
  [OutcomeStatus.OUTCOME_STATUS_SUPERSEDED, 'superseded'],
  [OutcomeStatus.OUTCOME_STATUS_REFUSED, 'refused'],
  [OutcomeStatus.OUTCOME_STATUS_CANCELLED, 'cancelled'],
] as const;

for (const [status, name] of ENDS) {
  test(`a command that ends ${name} is an error that says so`, async (t) => {
    const outcome = { status, description: 'for a reason' };
    const sendCommand = () => Promise.resolve({ commandId: 'x', outcome });
    const gateway = await FakeGateway.start(t, { commands: { sendCommand } });
    await assert.rejects(gateway.client(t).send('CS-1', 'ClearCache', {}, { commandId: 'c-1' }), (error) => {
      assert.ok(error instanceof CommandError);
      assert.equal(error.status, name);
      assert.equal(error.commandId, 'c-1');
      assert.equal(error.message, `ClearCache to CS-1: ${name}: for a reason`);
      return true;
    });
  });
}

test("the station's CALLERROR comes with its code and details", async (t) => {
  const outcome = {
    status: OutcomeStatus.OUTCOME_STATUS_ERROR,
    code: 'NotSupported',
    description: 'not here',
    details: '{"model":"X"}',
  };
  const gateway = await FakeGateway.start(t, {
    commands: { sendCommand: () => Promise.resolve({ commandId: 'x', outcome }) },
  });
  await assert.rejects(gateway.client(t).send('CS-1', 'ClearCache', {}), {
    name: 'CommandError',
    status: 'error',
    code: 'NotSupported',
    details: { model: 'X' },
  });
});

test('an outcome that a later gateway tells is an error, not a response', async (t) => {
  for (const outcome of [undefined, { status: OutcomeStatus.OUTCOME_STATUS_UNSPECIFIED }]) {
    const gateway = await FakeGateway.start(t, {
      commands: { sendCommand: () => Promise.resolve({ commandId: 'x', outcome }) },
    });
    await assert.rejects(gateway.client(t).send('CS-1', 'ClearCache', {}), { status: 'unknown' });
  }
});

const REFUSALS = [
  [Status.INVALID_ARGUMENT, 'invalid'],
  [Status.FAILED_PRECONDITION, 'not_now'],
  [Status.RESOURCE_EXHAUSTED, 'busy'],
  [Status.ALREADY_EXISTS, 'id_taken'],
] as const;

for (const [status, reason] of REFUSALS) {
  test(`a command that is not taken with ${Status[status]} is refused: ${reason}`, async (t) => {
    let calls = 0;
    const sendCommand = () => {
      calls++;
      throw new ServerError(status, 'because');
    };
    const gateway = await FakeGateway.start(t, { commands: { sendCommand } });
    const sent = gateway.client(t).send('CS-1', 'ClearCache', {});
    await assert.rejects(sent, { name: 'CommandError', status: 'refused', reason, message: /because/ });
    assert.equal(calls, 1);
  });
}

test('a call that the gateway does not let this client make fails as it is, at once', async (t) => {
  let calls = 0;
  const sendCommand = () => {
    calls++;
    throw new ServerError(Status.PERMISSION_DENIED, 'the role command is missing');
  };
  const gateway = await FakeGateway.start(t, { commands: { sendCommand } });
  await assert.rejects(gateway.client(t).send('CS-1', 'ClearCache', {}), (error) => {
    assert.ok(error instanceof ClientError);
    assert.equal(error.code, Status.PERMISSION_DENIED);
    return true;
  });
  assert.equal(calls, 1);
});

test('a gateway that goes away in the middle is asked again, under the same id', async (t) => {
  const ids: string[] = [];
  const reached = deferred();
  const gateway = await FakeGateway.start(t, {
    commands: {
      sendCommand: async ({ commandId }, context) => {
        ids.push(commandId);
        if (ids.length === 1) {
          reached.resolve();
          await gone(context);
        }
        return { commandId, outcome: accepted };
      },
    },
  });
  const sent = gateway.client(t).send('CS-1', 'ClearCache', {});
  await reached.promise;
  gateway.stop();
  await gateway.start();
  assert.equal((await sent).status, 'Accepted');
  assert.equal(ids.length, 2);
  assert.equal(ids[0], ids[1]);
});

const COMMAND = { stationId: 'CS-1', action: 'ClearCache', commandId: 'c-1' };
const never = new AbortController().signal;

test('a gateway that is not there is waited for, and that it never came is told with the id', async (t) => {
  const gateway = await FakeGateway.start(t, {});
  gateway.stop();
  const { commands } = gateway.client(t).services;
  let calls = 0;
  const told = untilTold(COMMAND, 400, never, (options) => {
    calls++;
    return commands.sendCommand({ commandId: 'c-1' }, options);
  });
  await assert.rejects(told, { name: 'CommandError', status: 'unknown', commandId: 'c-1' });
  assert.ok(calls > 1);
});

test('a gateway that does not answer, or knows the outcome no more, is told as unknown', async (t) => {
  const codes = [Status.DEADLINE_EXCEEDED, Status.DATA_LOSS];
  for (const code of codes) {
    const sendCommand = async (_request: SendCommandRequest, context: CallContext) => {
      if (code === Status.DATA_LOSS) throw new ServerError(code, 'ended long ago');
      await gone(context);
      return {};
    };
    const gateway = await FakeGateway.start(t, { commands: { sendCommand } });
    const { commands } = gateway.client(t).services;
    const told = untilTold(COMMAND, 100, never, (options) => commands.sendCommand({}, options));
    await assert.rejects(told, {
      name: 'CommandError',
      status: 'unknown',
      message: new RegExp(Status[code]),
    });
  }
});

test('a call of a closed client ends', async (t) => {
  const reached = deferred();
  const gateway = await FakeGateway.start(t, {
    commands: {
      sendCommand: async ({ commandId }, context) => {
        reached.resolve();
        await gone(context);
        return { commandId };
      },
    },
  });
  const client = gateway.client(t);
  const sent = assert.rejects(client.send('CS-1', 'ClearCache', {}), { name: 'AbortError' });
  await reached.promise;
  client.close();
  await sent;
});

test('a command is enqueued with what it may be given', async (t) => {
  const gateway = await FakeGateway.start(t, {
    commands: {
      enqueueCommand: ({ commandId, command, ttl, supersedeKey, once, timeoutMs }) => {
        assert.equal(command?.action, 'ClearCache');
        assert.deepEqual(ttl, { seconds: 90, nanos: 500_000_000 });
        assert.deepEqual([supersedeKey, once, timeoutMs], ['cache', true, 1000]);
        return Promise.resolve({ command: { commandId, state: CommandState.COMMAND_STATE_QUEUED } });
      },
    },
  });
  const options = { commandId: 'c-1', ttlMs: 90_500, supersedeKey: 'cache', once: true, timeoutMs: 1000 };
  const status = await gateway.client(t).enqueue('CS-1', 'ClearCache', {}, options);
  assert.equal(status.commandId, 'c-1');
  assert.equal(status.state, CommandState.COMMAND_STATE_QUEUED);
});

/** The compiler holds that none is missing and none too many. */
const ACTIONS: Readonly<Record<CommandAction, true>> = {
  AFRRSignal: true,
  AdjustPeriodicEventStream: true,
  CancelReservation: true,
  CertificateSigned: true,
  ChangeAvailability: true,
  ChangeTransactionTariff: true,
  ClearCache: true,
  ClearChargingProfile: true,
  ClearDERControl: true,
  ClearDisplayMessage: true,
  ClearTariffs: true,
  ClearVariableMonitoring: true,
  CostUpdated: true,
  CustomerInformation: true,
  DataTransfer: true,
  DeleteCertificate: true,
  GetBaseReport: true,
  GetChargingProfiles: true,
  GetCompositeSchedule: true,
  GetDERControl: true,
  GetDisplayMessages: true,
  GetInstalledCertificateIds: true,
  GetLocalListVersion: true,
  GetLog: true,
  GetMonitoringReport: true,
  GetPeriodicEventStream: true,
  GetReport: true,
  GetTariffs: true,
  GetTransactionStatus: true,
  GetVariables: true,
  InstallCertificate: true,
  NotifyAllowedEnergyTransfer: true,
  NotifyWebPaymentStarted: true,
  PublishFirmware: true,
  RequestBatterySwap: true,
  RequestStartTransaction: true,
  RequestStopTransaction: true,
  ReserveNow: true,
  Reset: true,
  SendLocalList: true,
  SetChargingProfile: true,
  SetDERControl: true,
  SetDefaultTariff: true,
  SetDisplayMessage: true,
  SetMonitoringBase: true,
  SetMonitoringLevel: true,
  SetNetworkProfile: true,
  SetVariableMonitoring: true,
  SetVariables: true,
  TriggerMessage: true,
  UnlockConnector: true,
  UnpublishFirmware: true,
  UpdateDynamicSchedule: true,
  UpdateFirmware: true,
  UsePriorityCharging: true,
};

test('the actions of the client are those that a 2.1 station can be sent', () => {
  const toStations = [...actionsOf('2.1')]
    .filter(({ sender }) => sender !== 'station')
    .map(({ name }) => name);
  assert.deepEqual(Object.keys(ACTIONS).sort(), toStations.sort());
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ServerError, Status } from 'nice-grpc-common';
import { grpc } from '../../../libs/api/mod.js';
import { MemoryBroker, type BusError } from '../../../libs/bus/mod.js';
import { ManualClock } from '../../../libs/clock/mod.js';
import { subjects } from '../../../libs/link/mod.js';
import { silentLogger } from '../../../libs/ops/mod.js';
import { Calls } from '../calls.js';
import type { ApiContext } from '../context.js';
import { fakeCommands, fakeStations, untilAbort } from '../fake-services.fixture.js';
import { NatsDoor, type EndedCall } from './door.js';

interface Answer {
  readonly response?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

function rig(
  given: Partial<grpc.CommandServiceImplementation<ApiContext>>,
  stations: Partial<grpc.StationServiceImplementation<ApiContext>> = {},
) {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  const counted: string[] = [];
  const audited: EndedCall[] = [];
  const calls = new Calls({
    clock,
    logger: silentLogger(),
    metrics: {
      ended: (name, method, code, from) => void counted.push(`${name} ${method} ${code} ${from}`),
    },
    mostCalls: 3,
  });
  const door = new NatsDoor({
    bus: broker.connect(),
    clock,
    calls,
    services: [fakeCommands(given), fakeStations(stations)],
    audit: (call) => void audited.push(call),
  });
  door.start();
  const caller = broker.connect();
  const answers: Answer[] = [];
  const failures: string[] = [];
  return {
    clock,
    door,
    calls,
    answers,
    failures,
    counted,
    audited,
    ask(method: string, request: string | object = '', serviceName = 'CommandService') {
      const data = Buffer.from(typeof request === 'string' ? request : JSON.stringify(request));
      void caller.request(subjects.api(serviceName, method), data, { timeoutMs: 60_000 }).then(
        (message) => answers.push(JSON.parse(Buffer.from(message.data).toString()) as Answer),
        (error: BusError) => failures.push(error.code),
      );
    },
  };
}

describe('a call over the bus', () => {
  test('is answered with the response in protobuf’s JSON: times as text, durations with s, enums by name', async () => {
    const requests: unknown[] = [];
    const { clock, ask, answers, counted, audited } = rig({
      enqueueCommand: async (request, { door, deadline }) => {
        requests.push({ ...request, door, deadline });
        const { COMMAND_STATE_QUEUED: state } = grpc.CommandState;
        return { command: { commandId: 'k', state, takenAt: new Date(1500), outcome: undefined } };
      },
    });
    ask('EnqueueCommand', {
      command: { stationId: 'CP1', action: 'Reset', payload: '{"type":"Immediate"}' },
      ttl: '90.5s',
      once: true,
      supersede_key: 'p',
      traceparent: '00-1-2-01',
    });
    await clock.settle();
    assert.deepEqual(answers, [
      {
        response: {
          command: { commandId: 'k', state: 'COMMAND_STATE_QUEUED', takenAt: '1970-01-01T00:00:01.500Z' },
        },
      },
    ]);
    assert.deepEqual(requests, [
      {
        command: { stationId: 'CP1', action: 'Reset', payload: '{"type":"Immediate"}', terms: '' },
        commandId: '',
        ttl: { seconds: 90, nanos: 500_000_000 },
        supersedeKey: 'p',
        timeoutMs: 0,
        once: true,
        traceparent: '00-1-2-01',
        door: 'nats',
        deadline: undefined,
      },
    ]);
    assert.deepEqual(counted, ['CommandService EnqueueCommand OK nats']);
    const [line] = audited;
    assert.deepEqual(
      [line?.door, line?.service, line?.method, line?.code],
      ['nats', 'CommandService', 'EnqueueCommand', 'OK'],
    );
    assert.ok(line?.request !== undefined && line.response !== undefined && line.ms >= 0);
  });

  test('64-bit numbers, masks and oneofs are those of protobuf’s JSON too', async () => {
    const masks: unknown[] = [];
    const { clock, ask, answers } = rig(
      {},
      {
        updateStation: async ({ updateMask }) => {
          masks.push(updateMask);
          return {};
        },
        getStationState: async () => ({ state: { eventNumber: 9_007_199_254_740_991 } }),
        setPassword: async ({ password }) => {
          masks.push(password?.password);
          return {};
        },
      },
    );
    ask(
      'UpdateStation',
      { station: { stationId: 'a' }, updateMask: 'disabled,minimumSecurityProfile' },
      'StationService',
    );
    ask('GetStationState', { stationId: 'a' }, 'StationService');
    ask('SetPassword', { stationId: 'a', password: { text: 'secret' } }, 'StationService');
    await clock.settle();
    assert.deepEqual(masks, [['disabled', 'minimum_security_profile'], { $case: 'text', value: 'secret' }]);
    assert.deepEqual(answers[1], { response: { state: { eventNumber: '9007199254740991' } } });
  });

  test('no bytes are the empty request', async () => {
    const { clock, ask, answers } = rig({
      getCommand: async ({ stationId }) => ({ command: { action: `'${stationId}'` } }),
    });
    ask('GetCommand');
    await clock.settle();
    assert.deepEqual(answers, [{ response: { command: { action: "''" } } }]);
  });

  test('what is no such request is INVALID_ARGUMENT, in words that name the field', async () => {
    let called = 0;
    const { clock, ask, answers, counted } = rig({
      sendCommand: async () => {
        called++;
        return {};
      },
    });
    const wrong: [string, RegExp][] = [
      ['{', /not JSON/],
      ['[]', /SendCommandRequest/],
      ['5', /SendCommandRequest/],
      ['{"comand":{}}', /comand/],
      ['{"commandId":5}', /command_id|commandId/],
      ['{"timeoutMs":-1}', /timeout_ms|timeoutMs/],
      ['{"timeoutMs":"soon"}', /timeout_ms|timeoutMs/],
      ['{"command":{"payload":{"type":"Soft"}}}', /payload/],
      ['{"command":"Reset"}', /command/i],
    ];
    for (const [request] of wrong) {
      ask('SendCommand', request);
      await clock.settle();
    }
    assert.equal(called, 0);
    assert.deepEqual(
      counted,
      wrong.map(() => 'CommandService SendCommand INVALID_ARGUMENT nats'),
    );
    for (const [at, [request, message]] of wrong.entries()) {
      assert.equal(answers[at]?.error?.code, 'INVALID_ARGUMENT', request);
      assert.match(answers[at].error.message, message, request);
    }
  });

  test('what is wrong is told without the values, which may be passwords', async () => {
    const { clock, ask, answers, audited } = rig({});
    const wrong: [string, RegExp][] = [
      ['{"password":"s3cret"}', /Password/],
      ['{"password":{"text":s3cret}}', /not JSON/],
      ['s3cret', /not JSON/],
      ['"s3cret"', /SetPasswordRequest/],
      ['{"password":{"generate":"s3cret"}}', /Password\.generate.*: expected boolean$/],
      ['{"password":{"text":5318008}}', /Password\.text.*: expected string$/],
      ['{"password":{"text":"a","raw":"s3cret"}}', /set multiple times by text and raw$/],
      ['{"password":{"raw":"s3cret!!"}}', /Password\.raw/],
      ['{"passwort":{}}', /key "passwort" is unknown$/],
    ];
    for (const [request] of wrong) {
      ask('SetPassword', request, 'StationService');
      await clock.settle();
    }
    for (const [at, [request, message]] of wrong.entries()) {
      assert.match(answers[at]?.error?.message ?? '', message, request);
    }
    assert.doesNotMatch(JSON.stringify([answers, audited]), /s3cret|5318008/);
  });

  test('ends with its status, bugs as INTERNAL without a word of what they were', async () => {
    const errors = [new ServerError(Status.NOT_FOUND, 'not there'), new Error('secret')];
    const { clock, ask, answers, counted, audited } = rig({
      getCommand: () => Promise.reject(errors.shift() as Error),
    });
    ask('GetCommand');
    ask('GetCommand');
    await clock.settle();
    assert.deepEqual(answers, [
      { error: { code: 'NOT_FOUND', message: 'not there' } },
      { error: { code: 'INTERNAL', message: 'the gateway could not handle the call: see its log' } },
    ]);
    assert.deepEqual(
      counted.map((line) => line.split(' ')[2]),
      ['NOT_FOUND', 'INTERNAL'],
    );
    assert.deepEqual(
      audited.map(({ code, problem }) => [code, problem]),
      [
        ['NOT_FOUND', 'not there'],
        ['INTERNAL', 'the gateway could not handle the call: see its log'],
      ],
    );
  });

  test('of a method that is not there, or is a stream, is UNIMPLEMENTED and says what there is', async () => {
    const { clock, ask, answers } = rig({});
    ask('FollowJob');
    ask('Reboot');
    ask('SendCommand', '', 'OtherService');
    await clock.settle();
    for (const { error } of answers) {
      assert.equal(error?.code, 'UNIMPLEMENTED');
      assert.match(error.message, /CommandService\.SendCommand.*StationService\.GetStation/);
    }
  });

  test('is refused past the limit of calls', async () => {
    const { clock, ask, answers } = rig({ sendCommand: (_, { signal }) => untilAbort(signal) });
    for (let n = 0; n < 5; n++) ask('SendCommand');
    await clock.settle();
    assert.deepEqual(
      answers.map(({ error }) => error?.code),
      ['RESOURCE_EXHAUSTED', 'RESOURCE_EXHAUSTED'],
    );
  });

  test('whose response the bus cannot carry is told so', async () => {
    const { clock, ask, answers } = rig({
      getJob: async () => ({ report: 'x'.repeat(1_100_000) }),
    });
    ask('GetJob');
    await clock.settle();
    assert.equal(answers[0]?.error?.code, 'RESOURCE_EXHAUSTED');
  });

  test('after the stop is nobody’s; one that is under way is told to call again', async () => {
    const { clock, door, calls, ask, answers, failures } = rig({
      sendCommand: (_, { signal }) => untilAbort(signal),
    });
    ask('SendCommand');
    await clock.settle();
    const stopping = Promise.all([door.stop(), calls.stop(100)]);
    await clock.advance(150);
    await stopping;
    ask('SendCommand');
    await clock.settle();
    assert.equal(answers[0]?.error?.code, 'UNAVAILABLE');
    assert.match(answers[0].error.message, /same command_id/);
    assert.deepEqual(failures, ['no_responders']);
  });
});

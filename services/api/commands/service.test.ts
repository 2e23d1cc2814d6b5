import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Metadata, Status, type CallContext, type ServerError } from 'nice-grpc-common';
import {
  grpc,
  type CommandOutcome,
  type CommandSnapshot,
  type RefusalReason,
} from '../../../libs/api/mod.js';
import { MemoryBroker } from '../../../libs/bus/mod.js';
import { ManualClock } from '../../../libs/clock/mod.js';
import { Dispatcher } from '../../../libs/dispatch/mod.js';
import { shardOf } from '../../../libs/link/mod.js';
import type { ApiContext } from '../context.js';
import { FakeOwner } from './owner.fixture.js';
import { commandService, type CommandServiceOptions } from './service.js';

const SHARDS = 8;
const TIMEOUT = 30_000;
const GRACE = 10_000;
const ACCEPTED: CommandOutcome = { status: 'result', payload: { status: 'Accepted' } };
const { CommandState, OutcomeStatus } = grpc;

function rig(given: Partial<CommandServiceOptions> = {}) {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  const bus = broker.connect();
  const ownerBus = broker.connect();
  const dispatcher = new Dispatcher({
    bus,
    clock,
    metrics: { resends: { add: () => undefined } },
    processId: 'api 1',
    shards: SHARDS,
    graceMs: GRACE,
  });
  dispatcher.start();
  let late = 0;
  const commands = commandService({
    dispatcher,
    bus,
    clock,
    eventlog: { last: () => Promise.resolve(99) },
    apiId: 'api 1',
    timeoutMs: TIMEOUT,
    lateOutcome: () => void late++,
    ...given,
  });
  const context = (given: Partial<ApiContext> & { signal?: AbortSignal } = {}): CallContext & ApiContext => ({
    metadata: Metadata(),
    peer: 'test',
    header: Metadata(),
    trailer: Metadata(),
    sendHeader: () => undefined,
    signal: new AbortController().signal,
    door: 'grpc',
    ...given,
  });
  const send = (
    request: {
      stationId?: string;
      action?: string;
      payload?: string;
      terms?: string;
      id?: string;
      timeoutMs?: number;
    } = {},
    ctx = context(),
  ) => {
    const {
      stationId = 'CP1',
      action = 'Reset',
      payload = '{}',
      terms = '',
      id = '',
      timeoutMs = 0,
    } = request;
    const command = { stationId, action, payload, terms };
    return settled(commands.methods.sendCommand({ command, commandId: id, timeoutMs, traceparent: '' }, ctx));
  };
  const enqueue = (request: Partial<grpc.EnqueueCommandRequest> = {}, ctx = context()) =>
    settled(
      commands.methods.enqueueCommand(
        grpc.EnqueueCommandRequest.fromPartial({
          command: { stationId: 'CP1', action: 'SetChargingProfile', payload: '{}' },
          ...request,
        }),
        ctx,
      ),
    );
  return { clock, bus, ownerBus, commands, dispatcher, context, send, enqueue, late: () => late };
}

/** A call whose end can be looked at. */
interface Settled<T> {
  value?: T;
  error?: ServerError;
}

function settled<T>(promise: Promise<T>): Settled<T> {
  const end: Settled<T> = {};
  promise.then(
    (value) => (end.value = value),
    (error: ServerError) => (end.error = error),
  );
  return end;
}

const statusOf = ({ error }: Settled<unknown>) => (error === undefined ? undefined : Status[error.code]);

const snapshot = (given: Partial<CommandSnapshot>): CommandSnapshot => ({
  commandId: 'k',
  action: 'Reset',
  state: 'queued',
  takenAt: 1000,
  ...given,
});

describe('SendCommand', () => {
  test('is sent keyed, in neutral terms unless told, and answers with the outcome as it is', async () => {
    const { clock, ownerBus, send, commands } = rig();
    const owner = new FakeOwner(ownerBus);
    const payload = '{"type":"Immediate","evseId":1}';
    const call = send({ stationId: 'CP/1', payload });
    await clock.settle();
    const [received] = owner.commands;
    assert.ok(received !== undefined);
    const { commandId, terms, keyed, timeoutMs, reply, cursor, durable } = received.up;
    assert.equal(Buffer.from(received.up.payload).toString(), payload);
    assert.deepEqual([terms, keyed, timeoutMs, cursor, durable], ['neutral', true, TIMEOUT, 0, undefined]);
    assert.match(reply, /^csms\.outcome\.api=201\.[A-Za-z0-9_-]+$/);
    assert.match(commandId, /^[A-Za-z0-9_-]{1,36}$/);
    received.take();
    await clock.advance(5_000);
    assert.deepEqual([commands.waiting, call], [1, {}]);
    received.end({ status: 'error', code: 'NotSupported', description: 'no', details: { a: [1] } });
    await clock.settle();
    assert.equal(call.value?.commandId, commandId);
    assert.deepEqual(call.value?.outcome, {
      status: OutcomeStatus.OUTCOME_STATUS_ERROR,
      payload: '',
      code: 'NotSupported',
      description: 'no',
      details: '{"a":[1]}',
    });
    assert.deepEqual([commands.waiting, clock.timers], [0, 0]);
  });

  test('keeps the caller’s id; two of one process without an id differ', async () => {
    const { clock, ownerBus, send } = rig();
    const owner = new FakeOwner(ownerBus);
    send({ id: 'mine_1-A' });
    send();
    send();
    await clock.settle();
    const ids = owner.commands.map(({ up }) => up.commandId);
    assert.equal(ids[0], 'mine_1-A');
    assert.equal(new Set(ids).size, 3);
  });

  test('passes terms on, and where the event log stands for what begins a job', async () => {
    const { clock, ownerBus, send } = rig();
    const owner = new FakeOwner(ownerBus);
    for (const terms of ['1.6', '2.0.1', '2.1', 'own', 'neutral']) send({ terms });
    send({ action: 'GetBaseReport' });
    await clock.settle();
    const got = owner.commands.map(({ up }) => `${up.terms} ${up.cursor}`).sort();
    assert.deepEqual(got, ['1.6 0', '2.0.1 0', '2.1 0', 'neutral 0', 'neutral 99', 'own 0']);
  });

  test('what is wrong with it is INVALID_ARGUMENT, and names the field', async () => {
    const { clock, ownerBus, send, commands, context } = rig();
    const owner = new FakeOwner(ownerBus);
    const calls: [Settled<unknown>, RegExp][] = [
      [send({ stationId: '' }), /command\.station_id: is empty/],
      [send({ stationId: 'é'.repeat(128) }), /command\.station_id: must be .* 255 bytes/],
      [send({ stationId: 'a\ud800' }), /command\.station_id/],
      [send({ action: '' }), /command\.action: is empty/],
      [send({ action: 'x'.repeat(65) }), /command\.action/],
      [send({ payload: '{' }), /command\.payload: is not JSON/],
      [send({ payload: '{"key":"AuthorizationKey","value":s3cret}' }), /^(?!.*s3cret).*: is not JSON/],
      [send({ payload: '[1]' }), /command\.payload: must be a JSON object/],
      [send({ payload: 'null' }), /command\.payload: must be a JSON object/],
      [send({ terms: '1.5' }), /command\.terms: '1\.5' is none of/],
      [send({ id: 'a b' }), /command_id: 'a b'/],
      [send({ id: 'x'.repeat(37) }), /command_id/],
      [send({ timeoutMs: 3_600_001 }), /timeout_ms/],
      [
        settled(commands.methods.sendCommand(grpc.SendCommandRequest.fromPartial({}), context())),
        /command: is missing/,
      ],
    ];
    await clock.settle();
    for (const [call, message] of calls) {
      assert.equal(statusOf(call), 'INVALID_ARGUMENT', String(message));
      assert.match(call.error?.details ?? '', message);
    }
    assert.deepEqual([owner.got.length, commands.waiting], [0, 0]);
  });

  test('each refusal has its status, with the owner’s words', async () => {
    const { clock, ownerBus, send, commands } = rig();
    const owner = new FakeOwner(ownerBus);
    const expected: [RefusalReason, string][] = [
      ['invalid', 'INVALID_ARGUMENT'],
      ['not_now', 'FAILED_PRECONDITION'],
      ['busy', 'RESOURCE_EXHAUSTED'],
      ['id_taken', 'ALREADY_EXISTS'],
      ['unserved', 'UNAVAILABLE'],
    ];
    for (const [reason, status] of expected) {
      const call = send();
      await clock.settle();
      owner.commands.at(-1)?.refuse(reason, `because ${reason}`);
      await clock.settle();
      assert.deepEqual([statusOf(call), call.error?.details], [status, `because ${reason}`]);
    }
    assert.equal(commands.waiting, 0);
  });

  test('an empty payload is {}', async () => {
    const { clock, ownerBus, send } = rig();
    const owner = new FakeOwner(ownerBus);
    send({ payload: '' });
    await clock.settle();
    assert.equal(Buffer.from(owner.commands[0]?.up.payload ?? '').toString(), '{}');
  });

  test('the station has the call’s deadline, less what is needed to tell its caller; timeout_ms comes first', async () => {
    const { clock, ownerBus, send, context } = rig();
    const owner = new FakeOwner(ownerBus);
    const within = (ms: number) => context({ deadline: clock.now() + ms });
    send({}, within(100_000));
    send({}, within(1_000));
    send({}, within(-5));
    send({ timeoutMs: 7 }, within(1_000));
    send({}, within(1e10));
    await clock.settle();
    assert.deepEqual(
      owner.commands.map(({ up }) => up.timeoutMs),
      [99_500, 900, 1, 7, 3_600_000],
    );
  });

  test('nobody serves the station: UNAVAILABLE; an owner may have it: the same, naming the id', async () => {
    const { clock, ownerBus, send, commands } = rig();
    const nobody = send();
    await clock.advance(TIMEOUT + GRACE + 100);
    assert.equal(statusOf(nobody), 'UNAVAILABLE');
    assert.match(nobody.error?.details ?? '', /nobody serves the station/);
    const owner = new FakeOwner(ownerBus);
    const silent = send({ id: 'k7' });
    await clock.advance(TIMEOUT + GRACE + 100);
    assert.equal(statusOf(silent), 'UNAVAILABLE');
    assert.match(silent.error?.details ?? '', /command k7.*call again with this command_id/);
    assert.ok(owner.commands.length > 10);
    assert.deepEqual([commands.waiting, clock.timers], [0, 0]);
  });

  test('is given to a new owner; its outcome counts although no word came before it', async () => {
    const { clock, ownerBus, send } = rig();
    const call = send({ id: 'k' });
    await clock.advance(3_000);
    const owner = new FakeOwner(ownerBus);
    owner.announce(shardOf('CP1', SHARDS));
    await clock.settle();
    assert.equal(owner.commands.length, 1);
    owner.commands[0]?.end(ACCEPTED);
    await clock.settle();
    assert.equal(call.value?.outcome?.payload, '{"status":"Accepted"}');
  });

  test('a lost outcome is asked for when it is overdue, and every second until it is there', async () => {
    const { clock, ownerBus, send, late } = rig();
    const owner = new FakeOwner(ownerBus);
    let answer = snapshot({ state: 'sent' });
    owner.onReceived = (received) => {
      if (received.up.kind === 'command') received.take();
      else received.answer(answer);
    };
    const call = send({ id: 'k', timeoutMs: 2_000 });
    await clock.advance(2_900);
    assert.equal(owner.questions.length, 0);
    await clock.advance(1_200);
    assert.deepEqual(owner.questions[0]?.up, { kind: 'query', about: 'command', commandId: 'k' });
    assert.equal(owner.questions.length, 2);
    answer = snapshot({ state: 'ended', outcome: ACCEPTED });
    await clock.advance(1_000);
    assert.equal(call.value?.outcome?.status, OutcomeStatus.OUTCOME_STATUS_RESULT);
    assert.deepEqual([late(), clock.timers], [1, 0]);
  });

  test('of a lost result that nobody keeps, that it is one is told; of a forgotten command, nothing', async () => {
    const { clock, ownerBus, send } = rig();
    const owner = new FakeOwner(ownerBus);
    const answers: unknown[] = [snapshot({ state: 'ended', outcome: { status: 'result' } }), null];
    owner.onReceived = (received) => {
      if (received.up.kind === 'command') received.take();
      else received.answer(answers.shift());
    };
    const large = send({ timeoutMs: 1_000 });
    await clock.advance(2_100);
    assert.deepEqual(
      [large.value?.outcome?.status, large.value?.outcome?.payload],
      ['OUTCOME_STATUS_RESULT', ''],
    );
    const forgotten = send({ id: 'gone', timeoutMs: 1_000 });
    await clock.advance(2_100);
    assert.equal(statusOf(forgotten), 'DATA_LOSS');
    assert.match(forgotten.error?.details ?? '', /command gone/);
  });

  test('an owner that goes with the outcome is waited for, but not for ever', async () => {
    const { clock, ownerBus, send, commands } = rig();
    const owner = new FakeOwner(ownerBus);
    owner.onReceived = (received) => {
      received.take();
      owner.stop();
    };
    const call = send({ id: 'k', timeoutMs: 1_000 });
    await clock.advance(50_000);
    assert.deepEqual(call, {});
    await clock.advance(20_000);
    assert.equal(statusOf(call), 'UNAVAILABLE');
    assert.match(call.error?.details ?? '', /command k/);
    assert.deepEqual([commands.waiting, clock.timers], [0, 0]);
  });

  test('an outcome that comes twice, late, or for nobody changes nothing; what is no outcome is ignored', async () => {
    const { clock, ownerBus, send } = rig();
    const owner = new FakeOwner(ownerBus);
    const call = send();
    await clock.settle();
    const [received] = owner.commands;
    assert.ok(received !== undefined);
    received.take();
    for (const text of ['', 'no JSON', '5', 'null', '{"status":"maybe"}']) {
      ownerBus.publish(received.up.reply, Buffer.from(text));
    }
    await clock.settle();
    assert.deepEqual(call, {});
    received.end(ACCEPTED);
    received.end({ status: 'timeout', description: 'late' });
    await clock.settle();
    received.end({ status: 'timeout', description: 'later' });
    await clock.settle();
    assert.equal(call.value?.outcome?.status, OutcomeStatus.OUTCOME_STATUS_RESULT);
  });

  test('an outcome for the process that had its name before ends none of its calls', async () => {
    const { clock, bus, ownerBus, dispatcher, commands, context, send } = rig();
    const owner = new FakeOwner(ownerBus);
    send({ id: 'before' });
    await clock.settle();
    commands.close();
    const eventlog = { last: () => Promise.resolve(99) };
    const options = { dispatcher, bus, clock, eventlog, apiId: 'api 1', timeoutMs: TIMEOUT };
    const command = { stationId: 'CP2', action: 'Reset', payload: '{}', terms: '' };
    const { methods } = commandService(options);
    const request = { command, commandId: 'after', timeoutMs: 0, traceparent: '' };
    const call = settled(methods.sendCommand(request, context()));
    await clock.settle();
    const [before, after] = owner.commands;
    before?.end({ status: 'offline', description: 'the station is not connected' });
    await clock.settle();
    assert.deepEqual(call, {});
    after?.end(ACCEPTED);
    await clock.settle();
    assert.equal(call.value?.outcome?.status, OutcomeStatus.OUTCOME_STATUS_RESULT);
  });

  test('the same id by two calls: each hears the outcome; with other content, ALREADY_EXISTS for that one only', async () => {
    const { clock, ownerBus, send } = rig();
    const owner = new FakeOwner(ownerBus);
    const [first, again, other] = [
      send({ id: 'k' }),
      send({ id: 'k' }),
      send({ id: 'k', action: 'ClearCache' }),
    ];
    const elsewhere = send({ id: 'k', stationId: 'CP2' });
    await clock.settle();
    for (const received of owner.commands) {
      if (received.up.action === 'ClearCache') received.refuse('id_taken', 'its id belongs to another');
      else received.take();
    }
    owner.commands[0]?.end(ACCEPTED);
    owner.commands[1]?.end(ACCEPTED);
    await clock.settle();
    assert.equal(first.value?.outcome?.status, OutcomeStatus.OUTCOME_STATUS_RESULT);
    assert.equal(again.value?.outcome?.status, OutcomeStatus.OUTCOME_STATUS_RESULT);
    assert.equal(statusOf(other), 'ALREADY_EXISTS');
    assert.deepEqual(elsewhere, {});
  });

  test('a caller that leaves is forgotten, and its command is not sent any more', async () => {
    const { clock, ownerBus, send, context, commands, dispatcher } = rig();
    const leaving = new AbortController();
    const call = send({}, context({ signal: leaving.signal }));
    await clock.advance(500);
    leaving.abort();
    await clock.settle();
    assert.equal((call.error as Error | undefined)?.name, 'AbortError');
    assert.deepEqual([commands.waiting, dispatcher.kept], [0, 0]);
    const owner = new FakeOwner(ownerBus);
    await clock.advance(TIMEOUT);
    assert.deepEqual([owner.got.length, clock.timers], [0, 0]);
    const gone = send({}, context({ signal: leaving.signal }));
    await clock.advance(100);
    assert.equal((gone.error as Error | undefined)?.name, 'AbortError');
    assert.equal(owner.got.length, 0);
  });

  test('so many may wait and no more', async () => {
    const { clock, ownerBus, send, commands } = rig({ mostWaiting: 3 });
    const owner = new FakeOwner(ownerBus);
    const calls = Array.from({ length: 5 }, () => send());
    await clock.settle();
    assert.deepEqual(calls.map(statusOf), [
      undefined,
      undefined,
      undefined,
      'RESOURCE_EXHAUSTED',
      'RESOURCE_EXHAUSTED',
    ]);
    owner.commands[0]?.take();
    owner.commands[0]?.end(ACCEPTED);
    await clock.settle();
    assert.equal(commands.waiting, 2);
    send();
    assert.equal(commands.waiting, 3);
  });
});

describe('EnqueueCommand', () => {
  test('is taken durably with its terms of waiting, and answers with what its owner knows', async () => {
    const { clock, ownerBus, enqueue } = rig();
    const owner = new FakeOwner(ownerBus);
    owner.onReceived = (received) => {
      if (received.up.kind === 'command') received.take();
      else received.answer(snapshot({ commandId: 'e1', expiresAt: 91_500, supersedeKey: 'profile' }));
    };
    const ttl = { seconds: 90, nanos: 500_000_000 };
    const call = enqueue({ commandId: 'e1', ttl, supersedeKey: 'profile', once: true, timeoutMs: 9 });
    await clock.settle();
    const { durable, reply, timeoutMs, keyed } = owner.commands[0]?.up ?? {};
    assert.deepEqual(
      { durable, reply, timeoutMs, keyed },
      {
        durable: { ttlMs: 90_500, once: true, supersedeKey: 'profile' },
        reply: '',
        timeoutMs: 9,
        keyed: true,
      },
    );
    assert.deepEqual(call.value?.command, {
      commandId: 'e1',
      action: 'Reset',
      state: CommandState.COMMAND_STATE_QUEUED,
      outcome: undefined,
      takenAt: new Date(1000),
      expiresAt: new Date(91_500),
      supersedeKey: 'profile',
    });
  });

  test('waits a day unless told, and at most 90', async () => {
    const { clock, ownerBus, enqueue } = rig();
    const owner = new FakeOwner(ownerBus);
    enqueue();
    enqueue({ ttl: { seconds: 90 * 86_400, nanos: 0 } });
    const wrong = [
      enqueue({ ttl: { seconds: 90 * 86_400, nanos: 1_000_000 } }),
      enqueue({ ttl: { seconds: 0, nanos: 0 } }),
      enqueue({ ttl: { seconds: -1, nanos: 0 } }),
      enqueue({ supersedeKey: 'x'.repeat(65) }),
    ];
    await clock.settle();
    assert.deepEqual(
      owner.commands.map(({ up }) => up.durable),
      [
        { ttlMs: 86_400_000, once: false },
        { ttlMs: 90 * 86_400_000, once: false },
      ],
    );
    assert.deepEqual(
      wrong.map(statusOf),
      Array.from({ length: 4 }, () => 'INVALID_ARGUMENT'),
    );
    assert.match(wrong[0]?.error?.details ?? '', /^ttl: must be/);
    assert.match(wrong[3]?.error?.details ?? '', /^supersede_key: /);
  });

  test('that is taken is told so although its owner does not answer then', async () => {
    const { clock, ownerBus, enqueue } = rig();
    const owner = new FakeOwner(ownerBus);
    owner.onReceived = (received) => received.up.kind === 'command' && received.take();
    const call = enqueue({ commandId: 'e1', supersedeKey: 's' });
    await clock.advance(10_100);
    assert.equal(call.value?.command?.state, CommandState.COMMAND_STATE_QUEUED);
    assert.deepEqual([call.value.command.commandId, call.value.command.supersedeKey], ['e1', 's']);
  });

  test('is not taken where nobody serves the station, within the caller’s time', async () => {
    const { clock, enqueue, context } = rig();
    const call = enqueue({}, context({ deadline: clock.now() + 2_000 }));
    await clock.advance(2_100);
    assert.equal(statusOf(call), 'UNAVAILABLE');
  });

  test('of the API itself: as its callers’, and tells what the owner knows', async () => {
    const { clock, ownerBus, commands, context } = rig();
    const owner = new FakeOwner(ownerBus);
    owner.onReceived = (received) => {
      if (received.up.kind === 'command') received.take();
      else received.answer(snapshot({ commandId: 'own1' }));
    };
    const command = {
      stationId: 'CP 1',
      commandId: 'own1',
      action: 'ChangeConfiguration',
      payload: { key: 'a' },
      terms: '1.6',
      ttlMs: 5,
      supersedeKey: 'pw',
    } as const;
    const call = settled(commands.enqueue(command, context()));
    await clock.settle();
    assert.equal(call.value?.commandId, 'own1');
    const { payload, terms, durable } = owner.commands[0]?.up ?? {};
    assert.deepEqual(
      [Buffer.from(payload ?? '').toString(), terms, durable],
      ['{"key":"a"}', '1.6', { ttlMs: 5, once: false, supersedeKey: 'pw' }],
    );
  });
});

describe('a command that is asked about', () => {
  test('is told with its outcome; an unknown one is NOT_FOUND', async () => {
    const { clock, ownerBus, commands, context } = rig();
    const owner = new FakeOwner(ownerBus);
    const ended = snapshot({ state: 'ended', outcome: { status: 'expired', description: 'too late' } });
    owner.onReceived = (received) => {
      const known =
        received.up.kind === 'query' && received.up.about === 'command' && received.up.commandId === 'k';
      received.answer(known ? ended : null);
    };
    const ask = (commandId: string) =>
      settled(commands.methods.getCommand({ stationId: 'CP1', commandId }, context()));
    const [known, unknown, wrong] = [ask('k'), ask('other'), ask('')];
    await clock.settle();
    assert.equal(known.value?.command?.state, CommandState.COMMAND_STATE_ENDED);
    assert.equal(known.value.command.outcome?.status, OutcomeStatus.OUTCOME_STATUS_EXPIRED);
    assert.deepEqual([statusOf(unknown), statusOf(wrong)], ['NOT_FOUND', 'INVALID_ARGUMENT']);
  });

  test('is taken back only while it waits', async () => {
    const { clock, ownerBus, commands, context } = rig();
    const owner = new FakeOwner(ownerBus);
    const answers: (CommandSnapshot | null)[] = [
      snapshot({ state: 'ended', outcome: { status: 'cancelled', description: 'taken back' } }),
      snapshot({ state: 'sent' }),
      snapshot({ state: 'ended', outcome: ACCEPTED }),
      null,
    ];
    owner.onReceived = (received) => {
      assert.deepEqual(received.up, { kind: 'cancel', commandId: 'k' });
      received.answer(answers.shift());
    };
    const ends: Settled<grpc.DeepPartial<grpc.CancelCommandResponse>>[] = [];
    for (let n = 0; n < 4; n++) {
      ends.push(settled(commands.methods.cancelCommand({ stationId: 'CP1', commandId: 'k' }, context())));
      await clock.settle();
    }
    assert.equal(ends[0]?.value?.command?.outcome?.status, OutcomeStatus.OUTCOME_STATUS_CANCELLED);
    assert.deepEqual(ends.slice(1).map(statusOf), [
      'FAILED_PRECONDITION',
      'FAILED_PRECONDITION',
      'NOT_FOUND',
    ]);
    assert.match(ends[1]?.error?.details ?? '', /sent already/);
    assert.match(ends[2]?.error?.details ?? '', /has ended already \(result\)/);
  });

  test('all that wait or are under way are listed in order', async () => {
    const { clock, ownerBus, commands, context } = rig();
    const owner = new FakeOwner(ownerBus);
    owner.onReceived = (received) => {
      assert.deepEqual(received.up, { kind: 'query', about: 'station' });
      received.answer({
        commands: [snapshot({ commandId: 'a', state: 'sent' }), snapshot({ commandId: 'b' })],
      });
    };
    const call = settled(commands.methods.listCommands({ stationId: 'CP1' }, context()));
    await clock.settle();
    assert.deepEqual(
      call.value?.commands?.map(({ commandId, state }) => [commandId, state]),
      [
        ['a', CommandState.COMMAND_STATE_SENT],
        ['b', CommandState.COMMAND_STATE_QUEUED],
      ],
    );
  });
});

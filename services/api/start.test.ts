import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createChannel, createClient } from 'nice-grpc';
import { Status } from 'nice-grpc-common';
import { HealthDefinition } from 'nice-grpc-server-health';
import { connect } from '../../libs/api/client/mod.js';
import { grpc } from '../../libs/api/mod.js';
import { MemoryBroker } from '../../libs/bus/mod.js';
import { systemClock } from '../../libs/clock/mod.js';
import { memoryEventLog } from '../../libs/eventlog/mod.js';
import { SHARDS, subjects } from '../../libs/link/mod.js';
import { ConfigError, createLogger, createMetrics, defaultsOf } from '../../libs/ops/mod.js';
import { memoryStore, StoreError, type Store } from '../../libs/store/mod.js';
import { FakeOwner } from './commands/owner.fixture.js';
import { apiConfigOf } from './configuration.js';
import { OPTIONS, type ApiOptionValues } from './options.js';
import { startApiProcess } from './process.js';
import { startApi } from './start.js';
import { failed } from './failing.fixture.js';

const LOOPBACK = '127.0.0.1';
const clock = systemClock();

async function started(t: TestContext, given: Partial<ApiOptionValues> = {}) {
  const broker = new MemoryBroker({ clock });
  const bus = broker.connect();
  const callerBus = broker.connect();
  const owner = new FakeOwner(broker.connect());
  const memory = memoryStore({ clock, shards: SHARDS });
  let away = false;
  const store: Store = {
    ...memory,
    directory: memory.directory,
    leases: memory.leases,
    states: memory.states,
    workers: memory.workers,
    shards: memory.shards,
    check: () => (away ? Promise.reject(new StoreError('unavailable', 'away')) : memory.check()),
    close: () => memory.close(),
  };
  const eventlog = memoryEventLog({ clock });
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  const metrics = createMetrics();
  const settings = { ...defaultsOf(OPTIONS), mode: 'open' as const, grpcPort: 0, ...given };
  const config = apiConfigOf(settings, { apiId: 'api-1', asked: new Set(['Authorize']) });
  const api = await startApi({
    bus,
    store,
    eventlog,
    clock,
    logger: createLogger({ level: 'info', name: 'test' }, { write }),
    metrics,
    config: { ...config, stopMs: 100, healthMs: 50 },
  });
  const channel = createChannel(`${LOOPBACK}:${api.port}`);
  t.after(async () => {
    channel.close();
    await api.close();
    await bus.close();
  });
  const commands = createClient(grpc.CommandServiceDefinition, channel);
  const setAway = (isAway: boolean) => (away = isAway);
  return { api, bus, callerBus, owner, channel, commands, lines, metrics, setAway };
}

test('a command goes to the owner of its station and its outcome comes back; it is audited and measured', async (t) => {
  const { owner, commands, lines, metrics } = await started(t);
  owner.onReceived = (received) => {
    received.take();
    received.end({ status: 'result', payload: { status: 'Accepted' } });
  };
  const command = { stationId: 'CP 1', action: 'Reset', payload: '{"type":"Immediate"}' };
  const { commandId, outcome } = await commands.sendCommand({ command, commandId: 'k1' });
  assert.deepEqual([commandId, outcome?.payload], ['k1', '{"status":"Accepted"}']);
  const line = lines.find(({ msg }) => msg === 'api_call');
  assert.deepEqual(
    [
      line?.['door'],
      line?.['method'],
      line?.['stationId'],
      line?.['commandId'],
      line?.['action'],
      line?.['code'],
    ],
    ['grpc', 'SendCommand', 'CP 1', 'k1', 'Reset', 'OK'],
  );
  const text = await metrics.text();
  assert.match(
    text,
    /stationmaster_api_calls_total\{service="CommandService",method="SendCommand",code="OK",door="grpc"\} 1/,
  );
  assert.match(
    text,
    /stationmaster_api_call_seconds_count\{service="CommandService",method="SendCommand"\} 1/,
  );
  assert.match(text, /^stationmaster_api_commands_waiting 0$/m);
});

test('a deadline is the station’s time; a caller whose deadline passes hears DEADLINE_EXCEEDED and may call again', async (t) => {
  const { api, owner } = await started(t);
  const gateway = connect({ address: `127.0.0.1:${api.port}` });
  t.after(() => gateway.close());
  const { commands } = gateway.services;
  const command = { stationId: 'CP1', action: 'Reset' };
  owner.onReceived = (received) => received.take();
  const late = await failed(commands.sendCommand({ command, commandId: 'k' }, { deadline: 300 }));
  assert.equal(late.code, Status.DEADLINE_EXCEEDED);
  owner.onReceived = (received) => {
    received.take();
    received.end({ status: 'timeout', description: 'no answer' });
  };
  const { outcome } = await commands.sendCommand({ command, commandId: 'k' }, { deadline: 5_000 });
  assert.equal(outcome?.status, grpc.OutcomeStatus.OUTCOME_STATUS_TIMEOUT);
  assert.ok(owner.commands.every(({ up }) => up.commandId === 'k'));
  const times = owner.commands.map(({ up }) => up.timeoutMs);
  assert.ok((times.at(-1) ?? 0) > 3_000 && (times.at(-1) ?? 0) <= 4_500, String(times));
});

test('the same method over the bus, as JSON, in the same log and the same metrics', async (t) => {
  const { owner, callerBus, lines, metrics } = await started(t);
  owner.onReceived = (received) => {
    received.take();
    received.end({ status: 'result', payload: { status: 'Accepted' } });
  };
  const request = { command: { stationId: 'CP1', action: 'ClearCache' }, commandId: 'n1' };
  const ask = async (method: string, body: object): Promise<unknown> => {
    const data = Buffer.from(JSON.stringify(body));
    const answer = await callerBus.request(subjects.api('CommandService', method), data, {
      timeoutMs: 5_000,
    });
    return JSON.parse(Buffer.from(answer.data).toString());
  };
  assert.deepEqual(await ask('SendCommand', request), {
    response: {
      commandId: 'n1',
      outcome: { status: 'OUTCOME_STATUS_RESULT', payload: '{"status":"Accepted"}' },
    },
  });
  assert.match(JSON.stringify(await ask('SendCommand', { commandID: 'x' })), /INVALID_ARGUMENT.*commandID/);
  const audited = lines.filter(({ msg }) => msg === 'api_call');
  assert.deepEqual(
    audited.map(({ door, method, code }) => [door, method, code]),
    [
      ['nats', 'SendCommand', 'OK'],
      ['nats', 'SendCommand', 'INVALID_ARGUMENT'],
    ],
  );
  assert.match(await metrics.text(), /api_calls_total\{.*method="SendCommand",code="OK",door="nats"\} 1/);
});

test('every service answers over its door, and the health service tells whether the store is there', async (t) => {
  const { channel, setAway, bus } = await started(t);
  const stations = createClient(grpc.StationServiceDefinition, channel);
  assert.deepEqual((await stations.listStations({})).stations, []);
  const events = createClient(grpc.EventServiceDefinition, channel);
  for await (const { event } of events.streamEvents({ stopAtEnd: true })) assert.equal(event, undefined);
  const health = createClient(HealthDefinition, channel);
  const seen: number[] = [];
  for await (const { status } of health.watch({ service: 'stationmaster.v1.EventService' })) {
    seen.push(status);
    if (seen.length === 1) setAway(true);
    if (seen.length === 2) setAway(false);
    if (seen.length === 3) bus.setConnected(false);
    if (seen.length === 4) break;
  }
  assert.deepEqual(seen, [1, 2, 1, 2]);
  bus.setConnected(true);
});

test('when it is closed, streams and waiting calls end as UNAVAILABLE, and no call comes in any more', async (t) => {
  const { api, owner, channel, commands, callerBus } = await started(t);
  owner.onReceived = (received) => received.take();
  const waiting = failed(
    commands.sendCommand({ command: { stationId: 'CP1', action: 'Reset' }, commandId: 'k' }),
  );
  const events = createClient(grpc.EventServiceDefinition, channel);
  let begun: () => void = () => undefined;
  const streaming = new Promise<void>((resolve) => (begun = resolve));
  const reading = failed(
    (async () => {
      for await (const _ of events.streamEvents({})) begun();
    })(),
  );
  const deciding = failed(
    (async () => {
      const decisions = createClient(grpc.DecisionServiceDefinition, channel);
      async function* subscribe() {
        const subscription = { actions: ['Authorize'], stationIds: [], maxInFlight: 0 };
        yield { message: { $case: 'subscription', value: subscription } } as const;
        await new Promise(() => undefined);
      }
      for await (const _ of decisions.decide(subscribe())) begun();
    })(),
  );
  await streaming;
  await api.close();
  for (const call of [waiting, reading, deciding]) assert.equal((await call).code, Status.UNAVAILABLE);
  await assert.rejects(
    callerBus.request(subjects.api('CommandService', 'SendCommand'), new Uint8Array(0), { timeoutMs: 1_000 }),
    { code: 'no_responders' },
  );
});

test('in provisioned mode it is not started for other machines without a list of who may call', async (t) => {
  await assert.rejects(started(t, { mode: 'provisioned', grpcHost: '0.0.0.0' }), {
    name: 'ConfigError',
    message: /--api-clients-file/,
  });
});

test('settings that contradict each other are told before any server is looked for', async () => {
  const natsUrl = ['nats://127.0.0.1:1'];
  for (const wrong of [{ grpcHost: '0.0.0.0' }, { grpcTlsCert: 'cert.pem' }, { grpcClientCa: 'ca.pem' }]) {
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', name: 'test' }, { write: (line) => void lines.push(line) });
    const config = { ...defaultsOf(OPTIONS), natsUrl, opsPort: 0, ...wrong };
    await assert.rejects(startApiProcess(config, { logger }), ConfigError);
    assert.deepEqual(lines, []);
  }
});

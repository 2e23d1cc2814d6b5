import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { createServer, type AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { ServerCredentials } from '@grpc/grpc-js';
import { createChannel, createClient, createClientFactory } from 'nice-grpc';
import { deadlineMiddleware } from 'nice-grpc-client-middleware-deadline';
import { ServerError, Status, type ServerMiddleware } from 'nice-grpc-common';
import { HealthDefinition } from 'nice-grpc-server-health';
import { ServerReflectionService } from 'nice-grpc-server-reflection';
import reflection from 'nice-grpc-server-reflection/lib/proto/grpc/reflection/v1/reflection_pb.js';
import { grpc } from '../../libs/api/mod.js';
import { systemClock } from '../../libs/clock/mod.js';
import { createLogger } from '../../libs/ops/mod.js';
import { StoreError } from '../../libs/store/mod.js';
import { Calls } from './calls.js';
import type { ApiContext } from './context.js';
import { fakeCommands, untilAbort } from './fake-services.fixture.js';
import { startGrpcServer } from './server.js';
import { failed } from './failing.fixture.js';

const clock = systemClock();
const LOOPBACK = '127.0.0.1';

const open: ServerMiddleware = async function* open(call, context) {
  return yield* call.next(call.request, context);
};

async function served(
  t: TestContext,
  given: Partial<grpc.CommandServiceImplementation<ApiContext>>,
  options: { mostCalls?: number; stopMs?: number } = {},
) {
  const ended: string[] = [];
  const lines: { msg: string; method?: string }[] = [];
  const logger = createLogger(
    { level: 'info', name: 'test' },
    { write: (line: string) => void lines.push(JSON.parse(line) as { msg: string }) },
  );
  const { mostCalls, stopMs = 50 } = options;
  const calls = new Calls({
    clock,
    logger,
    metrics: {
      ended: (service, method, code, door, seconds) => {
        ended.push(`${service} ${method} ${code} ${door} ${seconds === undefined ? 'stream' : 'unary'}`);
      },
    },
    ...(mostCalls === undefined ? {} : { mostCalls }),
  });
  const server = await startGrpcServer({
    host: LOOPBACK,
    port: 0,
    credentials: ServerCredentials.createInsecure(),
    security: open,
    calls,
    services: [fakeCommands(given)],
    clock,
  });
  let stopped: Promise<void> | undefined;
  const stop = (ms = stopMs) => (stopped ??= server.stop(ms));
  const channel = createChannel(`${LOOPBACK}:${server.port}`);
  t.after(async () => {
    channel.close();
    await stop();
  });
  const client = createClientFactory().use(deadlineMiddleware).create(grpc.CommandServiceDefinition, channel);
  return { server, stop, calls, channel, client, ended, lines };
}

test('a method is called with what its caller sent; its end is counted', async (t) => {
  const contexts: ApiContext[] = [];
  const { client, ended } = await served(t, {
    getCommand: async ({ commandId }, { door, deadline }) => {
      contexts.push({ door, ...(deadline !== undefined && { deadline }) });
      return { command: { commandId, takenAt: new Date(5) } };
    },
  });
  const { command } = await client.getCommand({ commandId: 'k' });
  assert.deepEqual([command?.commandId, command?.takenAt], ['k', new Date(5)]);
  assert.deepEqual(contexts, [{ door: 'grpc' }]);
  assert.deepEqual(ended, ['CommandService GetCommand OK grpc unary']);
});

test('a method knows its caller’s deadline, and not one that the caller made up', async (t) => {
  const { channel } = await served(t, {
    getCommand: async (_, { deadline }) => ({ command: { action: String(deadline) } }),
  });
  const deadline = clock.now() + 5_000;
  const call = async (headers: Record<string, string>): Promise<string> => {
    const session = connectHttp2(`http://${channel.getTarget().replace('dns:', '')}`);
    const stream = session.request({
      ':method': 'POST',
      ':path': '/stationmaster.v1.CommandService/GetCommand',
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    stream.end(Buffer.alloc(5));
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(stream, 'end');
    session.close();
    return grpc.GetCommandResponse.decode(Buffer.concat(chunks).subarray(5)).command?.action ?? '';
  };
  const told = Number(await call({ 'grpc-timeout': '5000m', 'x-stationmaster-deadline': '7' }));
  assert.ok(Math.abs(told - deadline) < 2_000, String(told));
  assert.equal(await call({ 'x-stationmaster-deadline': '7' }), 'undefined');
});

test('a caller that leaves, or whose deadline passes, aborts its call', async (t) => {
  let aborted = 0;
  const leaving = new AbortController();
  const { client, calls, ended } = await served(t, {
    sendCommand: async (_, { signal }) => {
      leaving.abort();
      await untilAbort(signal).finally(() => aborted++);
      return {};
    },
  });
  const left = failed(client.sendCommand({}, { signal: leaving.signal }));
  assert.equal((await left).name, 'AbortError');
  const late = failed(client.sendCommand({}, { deadline: 80 }));
  assert.equal((await late).code, Status.DEADLINE_EXCEEDED);
  while (calls.running > 0) await new Promise(setImmediate);
  assert.ok(aborted >= 1);
  for (const end of ended) assert.equal(end, 'CommandService SendCommand CANCELLED grpc unary');
});

test('what a method throws is told as a status; a bug is logged, and tells nothing', async (t) => {
  const errors: unknown[] = [
    new ServerError(Status.NOT_FOUND, 'not there'),
    new StoreError('unavailable', 'ECONNREFUSED 10.0.0.7:6379'),
    new Error('secret details'),
  ];
  const { client, lines, ended } = await served(t, {
    getCommand: () => Promise.reject(errors.shift() as Error),
  });
  const told = [];
  for (let n = 0; n < 3; n++) {
    const { code, details } = await failed(client.getCommand({}));
    told.push([Status[code], details]);
  }
  assert.deepEqual(told, [
    ['NOT_FOUND', 'not there'],
    ['UNAVAILABLE', 'the gateway cannot reach its own servers at this moment: try again'],
    ['INTERNAL', 'the gateway could not handle the call: see its log'],
  ]);
  assert.deepEqual(
    lines.map(({ msg, method }) => [msg, method]),
    [['api_call_failed', '/stationmaster.v1.CommandService/GetCommand']],
  );
  assert.equal(ended.length, 3);
});

test('so many calls and no more', async (t) => {
  const { client } = await served(
    t,
    {
      sendCommand: async (_, { signal }) => await untilAbort(signal),
      getCommand: async () => ({}),
    },
    { mostCalls: 1 },
  );
  const abort = new AbortController();
  const first = failed(client.sendCommand({}, { signal: abort.signal }));
  const refused = await failed(
    (async () => {
      for (;;) await client.getCommand({});
    })(),
  );
  assert.equal(refused.code, Status.RESOURCE_EXHAUSTED);
  abort.abort();
  await first;
});

test('when it stops, streams end as UNAVAILABLE, calls may end by themselves, and late ones are told to call again', async (t) => {
  let finish: (() => void) | undefined;
  let begun = 0;
  const { client, stop, ended } = await served(t, {
    sendCommand: async ({ commandId }, { signal }) => {
      begun++;
      if (commandId === 'stuck') await untilAbort(signal);
      await new Promise<void>((resolve) => (finish = resolve));
      return { commandId };
    },
    // It does not look at its signal.
    async *followJob() {
      yield { message: { $case: 'part', value: '{}' } };
      begun++;
      await new Promise(() => undefined);
    },
  });
  const parts: unknown[] = [];
  const following = failed(
    (async () => {
      for await (const part of client.followJob({})) parts.push(part);
    })(),
  );
  const quick = client.sendCommand({ commandId: 'quick' });
  const stuck = failed(client.sendCommand({ commandId: 'stuck' }));
  while (begun < 3) await new Promise(setImmediate);
  const stopping = stop(200);
  const stream = await following;
  assert.deepEqual([stream.code, parts.length], [Status.UNAVAILABLE, 1]);
  assert.match(stream.details, /the gateway is stopping: call again/);
  finish?.();
  assert.equal((await quick).commandId, 'quick');
  const late = await stuck;
  assert.equal(late.code, Status.UNAVAILABLE);
  assert.match(late.details, /same command_id/);
  await stopping;
  assert.deepEqual(ended.toSorted(), [
    'CommandService FollowJob UNAVAILABLE grpc stream',
    'CommandService SendCommand OK grpc unary',
    'CommandService SendCommand UNAVAILABLE grpc unary',
  ]);
});

test('a stream is read as its reader reads, and its end closes what feeds it', async (t) => {
  let sent = 0;
  let closed = false;
  const { client, calls } = await served(t, {
    async *followJob() {
      try {
        for (;;) {
          yield { message: { $case: 'part', value: 'x'.repeat(100_000) } };
          sent++;
        }
      } finally {
        closed = true;
      }
    },
  });
  let read = 0;
  for await (const _ of client.followJob({})) {
    if (++read === 1) await new Promise((resolve) => clock.setTimer(100, () => resolve(undefined)));
    if (read === 5) break;
  }
  while (calls.running > 0) await new Promise(setImmediate);
  assert.ok(closed);
  assert.ok(sent < 200, `${sent} were sent while 5 were read`);
});

test('health tells whether it serves, of all services and of each; watchers hear of changes', async (t) => {
  const { server, channel, stop } = await served(t, {});
  const health = createClient(HealthDefinition, channel);
  const check = async (service: string) => (await health.check({ service })).status;
  assert.equal(await check(''), 2);
  server.setHealthy(true);
  for (const service of ['', 'stationmaster.v1.CommandService']) assert.equal(await check(service), 1);
  assert.equal((await failed(health.check({ service: 'no.such.Service' }))).code, Status.NOT_FOUND);
  const statuses: number[] = [];
  const watching = failed(
    (async () => {
      for await (const { status } of health.watch({ service: '' })) {
        statuses.push(status);
        if (statuses.length === 1) server.setHealthy(false);
        if (statuses.length === 2) void stop();
      }
    })(),
  );
  assert.equal((await watching).code, Status.UNAVAILABLE);
  assert.deepEqual(statuses, [1, 2]);
});

for (const version of ['v1', 'v1alpha']) {
  test(`reflection (${version}) names the services and gives their descriptors`, async (t) => {
    const { channel } = await served(t, {});
    const method = ServerReflectionService.serverReflectionInfo;
    const path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
    const client = createClient({ serverReflectionInfo: { ...method, path } }, channel);
    async function* requests() {
      const list = new reflection.ServerReflectionRequest();
      list.setListServices('*');
      yield list;
      const symbol = new reflection.ServerReflectionRequest();
      symbol.setFileContainingSymbol('stationmaster.v1.CommandService');
      yield symbol;
    }
    const answers = [];
    for await (const answer of client.serverReflectionInfo(requests())) answers.push(answer);
    const names = answers[0]
      ?.getListServicesResponse()
      ?.getServiceList()
      .map((one) => one.getName());
    assert.ok(names?.includes('stationmaster.v1.CommandService'));
    const files = answers[1]?.getFileDescriptorResponse()?.getFileDescriptorProtoList_asU8() ?? [];
    assert.ok(files.some((file) => Buffer.from(file).includes('stationmaster/v1/commands.proto')));
  });
}

test('a message that is too large is refused', async (t) => {
  const { client } = await served(t, { sendCommand: async () => ({}) });
  const payload = 'x'.repeat(2 * 1024 * 1024);
  assert.equal((await failed(client.sendCommand({ command: { payload } }))).code, Status.RESOURCE_EXHAUSTED);
});

test('a port in use is a StartError that says what to do', async (t) => {
  const holder = createServer().listen(0, LOOPBACK);
  await once(holder, 'listening');
  t.after(() => holder.close());
  const { port } = holder.address() as AddressInfo;
  const calls = new Calls({
    clock,
    logger: createLogger({ level: 'silent', name: 't' }),
    metrics: { ended: () => undefined },
  });
  const credentials = ServerCredentials.createInsecure();
  await assert.rejects(
    startGrpcServer({ host: LOOPBACK, port, credentials, security: open, calls, services: [], clock }),
    {
      name: 'StartError',
      message: new RegExp(`^cannot serve gRPC on ${LOOPBACK}:${port} \\(it is in use\\): .*--grpc-port`),
    },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChannel, createClient, createServer, Metadata, Status } from 'nice-grpc';
import { grpc } from '../../../libs/api/mod.js';
import { memoryBus } from '../../../libs/bus/mod.js';
import { systemClock } from '../../../libs/clock/mod.js';
import { createMetrics, silentLogger } from '../../../libs/ops/mod.js';
import { until } from '../../../test/client/until.js';
import { Streams } from '../events/mod.js';
import { tokenHash } from '../security/clients-file.js';
import { clientsFile, OPEN, recordingLogger } from '../security/security.fixture.js';
import { openSecurity } from '../security/security.js';
import { tapService } from './mod.js';

test('who has the role tap may tap, which is written down when it begins; who only reads may not', async (t) => {
  const { file } = await clientsFile(t, [
    { name: 'diagnosis', tokenSha256: tokenHash('tap-token'), roles: ['tap'] },
    {
      name: 'reader',
      tokenSha256: tokenHash('read-token'),
      roles: ['read', 'command', 'provision', 'decide'],
    },
  ]);
  const clock = systemClock();
  const { lines, logger } = recordingLogger();
  const security = await openSecurity({ ...OPEN, apiClientsFile: file }, { clock, logger });
  const bus = memoryBus({ clock });
  const server = createServer().use(security.middleware);
  const directory = { get: () => Promise.resolve(undefined) };
  const streams = new Streams(createMetrics(), 1);
  const parts = { bus, clock, logger: silentLogger(), directory, apiId: 'api-1', streams };
  server.add(grpc.TapServiceDefinition, tapService(parts));
  const channel = createChannel(`127.0.0.1:${await server.listen('127.0.0.1:0', security.credentials)}`);
  t.after(async () => {
    channel.close();
    server.forceShutdown();
    await security.close();
  });
  const client = (token: string) =>
    createClient(grpc.TapServiceDefinition, channel, {
      '*': { metadata: Metadata({ authorization: `Bearer ${token}` }) },
    });
  const first = async (token: string, stationId: string) => {
    for await (const { what } of client(token).tapStation({ stationId })) return what;
    return undefined;
  };

  await assert.rejects(first('read-token', 'CS-1'), { code: Status.PERMISSION_DENIED });
  await assert.rejects(first('tap-token', ''), { code: Status.INVALID_ARGUMENT });
  await assert.rejects(first('tap-token', 'x'.repeat(256)), { code: Status.INVALID_ARGUMENT });
  const listening = { edges: 0, connections: 0, inDirectory: false };
  const open = client('tap-token').tapStation({ stationId: 'CS-1' })[Symbol.asyncIterator]();
  const begin = await open.next();
  assert.ok(begin.done !== true);
  assert.deepEqual(begin.value.what, { $case: 'listening', value: listening });
  const begun = lines.filter(({ msg }) => msg === 'api_stream_begun').at(-1);
  assert.deepEqual(
    [begun?.client, begun?.service, begun?.method, begun?.stationId],
    ['diagnosis', 'TapService', 'TapStation', 'CS-1'],
  );
  await assert.rejects(first('tap-token', 'CS-1'), { code: Status.RESOURCE_EXHAUSTED });
  await open.return?.(undefined);
  await until('the stream has ended', () => streams.count('TapStation') === 0);
});

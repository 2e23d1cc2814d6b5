import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Status } from 'nice-grpc';
import { logCall, type ApiCall } from '../../../libs/dispatch/mod.js';
import { until } from '../../../test/client/until.js';
import { tokenHash } from './clients-file.js';
import { calling, clientsFile, recordingLogger, secured } from './security.fixture.js';

const CALL: ApiCall = {
  door: 'grpc',
  service: 'CommandService',
  method: 'SendCommand',
  code: 'OK',
  ms: 1.23,
};

function logged(call: Partial<ApiCall>): Record<string, unknown> {
  const { lines, logger } = recordingLogger();
  logCall(logger, { ...CALL, ...call });
  const [line = {}] = lines;
  return line;
}

test('a command is logged with its station, its id and what it has the station do', () => {
  const line = logged({
    client: 'billing',
    peer: '10.0.0.1:5000',
    request: { command: { stationId: 'CS-1', action: 'Reset', payload: '{"type":"Soft"}' }, commandId: '' },
    response: { commandId: 'c1' },
  });
  const { time, pid, name, ...facts } = line;
  assert.ok(time !== undefined && pid !== undefined && name !== undefined);
  assert.deepEqual(facts, {
    level: 'info',
    msg: 'api_call',
    ...{
      door: 'grpc',
      client: 'billing',
      peer: '10.0.0.1:5000',
      service: 'CommandService',
      method: 'SendCommand',
    },
    ...{
      stationId: 'CS-1',
      commandId: 'c1',
      action: 'Reset',
      payload: '{"type":"Soft"}',
      code: 'OK',
      ms: 1.2,
    },
  });
});

test('secrets of a command are masked; what is too long, or not JSON, is not repeated', () => {
  const payloadOf = (action: string, payload: string) =>
    logged({ request: { command: { stationId: 'CS-1', action, payload } } }).payload;
  assert.equal(
    payloadOf('ChangeConfiguration', '{"key":"AuthorizationKey","value":"hunter2"}'),
    '{"key":"AuthorizationKey","value":"***"}',
  );
  assert.equal(payloadOf('RemoteStartTransaction', '{"idTag":"hunter2"}'), '{"idTag":"***"}');
  assert.equal(payloadOf('Reset', '{"password": "hunter2"'), 'not JSON');
  assert.equal(String(payloadOf('Reset', JSON.stringify({ a: 'b'.repeat(5_000) }))).length, 2049);
  assert.equal(payloadOf('Reset', JSON.stringify({ a: 'b'.repeat(100_000) })), '100008 characters');
});

test('a request for a password is logged without it', () => {
  const line = JSON.stringify(
    logged({
      service: 'StationService',
      method: 'CreateStation',
      request: {
        station: { stationId: 'CS-1' },
        password: { password: { $case: 'text', value: 'hunter2' } },
      },
      response: { generatedPassword: 'hunter3' },
    }),
  );
  assert.ok(line.includes('CS-1') && !/hunter/.test(line), line);
});

test('names that callers send are cut', () => {
  const line = logged({
    request: { stationId: 'x'.repeat(1_000) },
    code: 'NOT_FOUND',
    problem: 'y'.repeat(1_000),
  });
  assert.equal(String(line.stationId).length, 257);
  assert.equal(String(line.problem).length, 257);
});

test('calls over gRPC are logged when they end, streams also when they begin; refusals as warnings', async (t) => {
  const token = 'reader-token';
  const { file } = await clientsFile(t, [{ name: 'reader', tokenSha256: tokenHash(token), roles: ['read'] }]);
  const { port, lines } = await secured(t, { apiClientsFile: file });
  const reader = calling(t, port, { token });
  await reader.stations.getStation({ stationId: 'CS-1' });
  await assert.rejects(reader.stations.setPassword({ stationId: 'CS-2' }), {
    code: Status.PERMISSION_DENIED,
  });
  await assert.rejects(calling(t, port, { token: 'wrong-token' }).stations.getStation({ stationId: 'CS-3' }));
  for await (const _ of reader.events.streamEvents({})) break;

  const calls = () => lines.filter(({ msg }) => msg === 'api_call');
  await until('the stream has ended', () => calls().length === 4);
  assert.deepEqual(
    calls().map(({ level, client, method, stationId, code }) => [level, client, method, stationId, code]),
    [
      ['info', 'reader', 'GetStation', 'CS-1', 'OK'],
      ['warn', 'reader', 'SetPassword', 'CS-2', 'PERMISSION_DENIED'],
      ['warn', undefined, 'GetStation', undefined, 'UNAUTHENTICATED'],
      ['info', 'reader', 'StreamEvents', undefined, 'CANCELLED'],
    ],
  );
  assert.equal(calls()[3]?.sent, 1);
  const begun = lines.filter(({ msg }) => msg === 'api_stream_begun');
  assert.deepEqual(
    begun.map(({ client, method }) => [client, method]),
    [['reader', 'StreamEvents']],
  );
  assert.ok(!JSON.stringify(lines).includes('-token'), 'no token in any line');
});

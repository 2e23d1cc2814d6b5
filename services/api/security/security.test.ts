import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Status } from 'nice-grpc';
import { ConfigError } from '../../../libs/ops/mod.js';
import { until } from '../../../test/client/until.js';
import { certificateFolder } from '../../edge/fixtures/certificates.fixture.js';
import { tokenHash } from './clients-file.js';
import { calling, clientsFile, OPEN, recordingLogger, secured, tls } from './security.fixture.js';
import { openSecurity } from './security.js';
import { systemClock } from '../../../libs/clock/mod.js';
import type { SecuritySettings } from './settings.js';

const READER = { name: 'reader', tokenSha256: tokenHash('reader-token'), roles: ['read'] };
const ADMIN = { name: 'admin', tokenSha256: tokenHash('admin-token'), roles: ['read', 'provision'] };
const STATION = { stationId: 'CS-1' };

test('without a clients file anybody may call, which is warned of', async (t) => {
  const { port, lines } = await secured(t);
  const { station } = await calling(t, port).stations.getStation(STATION);
  assert.equal(station?.stationId, 'CS-1');
  assert.ok(lines.some(({ msg, level }) => msg === 'anybody_may_call_the_api' && level === 'warn'));
});

test('a token that is known opens what its roles allow, and nothing else', async (t) => {
  const { file } = await clientsFile(t, [READER, ADMIN]);
  const { port } = await secured(t, { apiClientsFile: file });
  const reader = calling(t, port, { token: 'reader-token' });
  assert.equal((await reader.stations.getStation(STATION)).station?.stationId, 'CS-1');
  await assert.rejects(reader.stations.setPassword(STATION), {
    code: Status.PERMISSION_DENIED,
    details:
      "the client 'reader' has no role 'provision', which /stationmaster.v1.StationService/SetPassword needs (it has: read)",
  });
  await calling(t, port, { token: 'admin-token' }).stations.setPassword(STATION);
});

test('who shows no token, or none that is known, is told to', async (t) => {
  const { file } = await clientsFile(t, [READER]);
  const { port } = await secured(t, { apiClientsFile: file });
  const headers: Record<string, string>[] = [
    {},
    { authorization: 'Bearer wrong' },
    { authorization: 'Basic cmVhZGVyLXRva2Vu' },
    { authorization: 'reader-token' },
    { authorization: `Bearer ${tokenHash('reader-token')}` },
    // What only the gateway may say.
    { 'x-stationmaster-certificate-common-name': 'reader' },
  ];
  for (const one of headers) {
    await assert.rejects(calling(t, port, { headers: one }).stations.getStation(STATION), (error) => {
      assert.ok(error instanceof Error && 'code' in error && 'details' in error);
      assert.equal(error.code, Status.UNAUTHENTICATED);
      assert.match(String(error.details), /authorization: Bearer <token>/);
      return true;
    });
  }
});

test('during a rotation both tokens open the door; read again, the old one is dead', async (t) => {
  const hashes = ['old', 'new'].map(tokenHash);
  const { file, put } = await clientsFile(t, [{ ...READER, tokenSha256: hashes }]);
  const { port, security } = await secured(t, { apiClientsFile: file });
  for (const token of ['old', 'new']) await calling(t, port, { token }).stations.getStation(STATION);
  await put([{ ...READER, tokenSha256: hashes[1] }]);
  assert.equal(await security.reload(), true);
  await calling(t, port, { token: 'new' }).stations.getStation(STATION);
  await assert.rejects(calling(t, port, { token: 'old' }).stations.getStation(STATION), {
    code: Status.UNAUTHENTICATED,
  });
});

test('a clients file with a mistake is refused, and what held before goes on to hold', async (t) => {
  const { file, put } = await clientsFile(t, [READER]);
  const { port, security } = await secured(t, { apiClientsFile: file });
  await put([{ ...READER, roles: ['everything'] }]);
  assert.equal(await security.reload(), false);
  await calling(t, port, { token: 'reader-token' }).stations.getStation(STATION);
});

test('a stream ends when its caller may not call any more; those of others go on', async (t) => {
  const { file, put } = await clientsFile(t, [READER, ADMIN]);
  const { port, security } = await secured(t, { apiClientsFile: file });
  const open = async (token: string) => {
    const stream = calling(t, port, { token }).events.streamEvents({})[Symbol.asyncIterator]();
    assert.equal((await stream.next()).done, false);
    return stream;
  };
  const [gone, demoted, stays] = [
    await open('reader-token'),
    await open('admin-token'),
    await open('reader-token'),
  ];
  const ends = Promise.all([assert.rejects(demoted.next(), { code: Status.PERMISSION_DENIED })]);
  await put([READER, { ...ADMIN, roles: ['provision'] }]);
  assert.equal(await security.reload(), true);
  await ends;
  const left = Promise.all(
    [gone, stays].map((stream) => assert.rejects(stream.next(), { code: Status.UNAUTHENTICATED })),
  );
  await put([]);
  assert.equal(await security.reload(), true);
  await left;
});

test('TLS: the certificate is checked, and a renewed one is served without a restart', async (t) => {
  const certificates = certificateFolder();
  t.after(() => certificates.remove());
  const [own, renewed] = [certificates.files('ecdsa'), certificates.files('renewed')];
  const { port, security, lines } = await secured(t, { grpcTlsCert: own.certFile, grpcTlsKey: own.keyFile });
  const get = (trusted = own) => calling(t, port, { credentials: tls(trusted) }).stations.getStation(STATION);
  await get();
  await assert.rejects(get(renewed), { code: Status.UNAVAILABLE });
  await assert.rejects(calling(t, port).stations.getStation(STATION), { code: Status.UNAVAILABLE });

  certificates.replace('ecdsa', 'nonsense');
  assert.equal(await security.reload(), false);
  assert.ok(lines.some(({ msg }) => msg === 'tls_certificates_refused_old_ones_kept'));

  certificates.replace('ecdsa', 'renewed');
  assert.equal(await security.reload(), true);
  await get(renewed);
});

test('mutual TLS: only certificates of the authority connect, and their common name says who calls', async (t) => {
  const certificates = certificateFolder();
  t.after(() => certificates.remove());
  const [server, known, stranger] = [
    certificates.files('ecdsa'),
    certificates.files('renewed'),
    certificates.files('rsa'),
  ];
  const { file, put } = await clientsFile(t, [
    { name: 'billing', certificateCommonName: 'renewed', roles: ['read'] },
    READER,
  ]);
  const { port, security, lines } = await secured(t, {
    grpcTlsCert: server.certFile,
    grpcTlsKey: server.keyFile,
    grpcClientCa: known.certFile,
    apiClientsFile: file,
  });
  const credentials = tls(server, known);
  const billing = calling(t, port, { credentials });
  await billing.stations.getStation(STATION);
  await until('the call is logged', () =>
    lines.some(({ msg, client }) => msg === 'api_call' && client === 'billing'),
  );
  await assert.rejects(billing.stations.setPassword(STATION), { code: Status.PERMISSION_DENIED });
  // A token says who calls, where there is one.
  await calling(t, port, { credentials, token: 'reader-token' }).stations.getStation(STATION);
  await assert.rejects(calling(t, port, { credentials, token: 'wrong' }).stations.getStation(STATION), {
    code: Status.UNAUTHENTICATED,
  });
  for (const refused of [tls(server), tls(server, stranger)]) {
    const call = calling(t, port, { credentials: refused, token: 'reader-token' }).stations.getStation(
      STATION,
    );
    await assert.rejects(call, { code: Status.UNAVAILABLE });
  }
  await put([{ name: 'billing', certificateCommonName: 'someone-else', roles: ['read'] }]);
  assert.equal(await security.reload(), true);
  const forged = { 'x-stationmaster-certificate-common-name': 'someone-else' };
  await assert.rejects(calling(t, port, { credentials, headers: forged }).stations.getStation(STATION), {
    code: Status.UNAUTHENTICATED,
    details: "no client of the gateway's API clients file has a certificate with the common name 'renewed'",
  });
});

test('settings that contradict each other are refused', async (t) => {
  const certificates = certificateFolder();
  t.after(() => certificates.remove());
  const { certFile, keyFile } = certificates.files('ecdsa');
  const pair = { grpcTlsCert: certFile, grpcTlsKey: keyFile };
  const { file } = await clientsFile(t, [{ name: 'a', certificateCommonName: 'x', roles: ['read'] }]);
  const refused: [Partial<SecuritySettings>, RegExp][] = [
    [{ grpcTlsCert: certFile }, /^--grpc-tls-cert needs --grpc-tls-key as well/],
    [{ grpcTlsKey: keyFile }, /^--grpc-tls-key needs --grpc-tls-cert as well/],
    [{ grpcClientCa: certFile }, /^--grpc-client-ca .* needs --grpc-tls-cert and --grpc-tls-key$/],
    [{ mode: 'provisioned', grpcHost: '0.0.0.0' }, /^--grpc-host 0\.0\.0\.0 lets other machines call: name/],
    [{ ...pair, grpcTlsKey: certFile }, /holds no unencrypted PEM key/],
    [{ ...pair, grpcClientCa: keyFile }, /holds no PEM certificate$/],
    [{ ...pair, grpcClientCa: `${certFile}.none` }, /^cannot read .*\.none/],
    [{ apiClientsFile: file }, /clients\[0\]\.certificateCommonName: needs --grpc-client-ca/],
    [{ apiClientsFile: `${file}.none` }, /cannot be read/],
  ];
  for (const [settings, message] of refused) {
    const opening = openSecurity(
      { ...OPEN, ...settings },
      { clock: systemClock(), logger: recordingLogger().logger },
    );
    await assert.rejects(opening, (error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, message);
      return true;
    });
  }
});

test('provisioned without a clients file serves loopback only; open serves any address', async () => {
  const parts = { clock: systemClock(), logger: recordingLogger().logger };
  const hosts: [SecuritySettings['mode'], string][] = [
    ['provisioned', '127.0.0.1'],
    ['provisioned', '127.1.2.3'],
    ['provisioned', '::1'],
    ['provisioned', 'localhost'],
    ['open', '0.0.0.0'],
  ];
  for (const [mode, grpcHost] of hosts) {
    await (await openSecurity({ ...OPEN, mode, grpcHost }, parts)).close();
  }
});

test('tokens over a line that is not encrypted are warned of, but on loopback', async (t) => {
  const { file } = await clientsFile(t, [READER]);
  const warned = async (grpcHost: string) => {
    const { lines, logger } = recordingLogger();
    const settings = { ...OPEN, grpcHost, apiClientsFile: file };
    await (await openSecurity(settings, { clock: systemClock(), logger })).close();
    return lines.some(({ msg }) => msg === 'api_tokens_travel_unencrypted');
  };
  assert.deepEqual([await warned('0.0.0.0'), await warned('127.0.0.1')], [true, false]);
});

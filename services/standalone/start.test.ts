import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import WebSocket from 'ws';
import { silentLogger } from '../../libs/ops/mod.js';
import { certificateFolder } from '../edge/fixtures/certificates.fixture.js';
import { standaloneConfig } from './configuration.js';
import type { StandaloneConfig } from './options.js';
import { startStandalone, type Standalone } from './start.js';

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'standalone-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

function start(folder: string, given: Partial<StandaloneConfig> = {}): Promise<Standalone> {
  const ports = { host: '127.0.0.1', ocppPort: 0, opsHost: '127.0.0.1', opsPort: 0 };
  const dataDir = path.join(folder, 'data');
  const config = standaloneConfig({ ...ports, dataDir, drainTime: 0, grpcPort: 0, ...given });
  return startStandalone(config, { logger: silentLogger() });
}

async function started(
  t: TestContext,
  folder: string,
  given: Partial<StandaloneConfig> = {},
): Promise<Standalone> {
  const gateway = await start(folder, given);
  t.after(() => gateway.close());
  return gateway;
}

/** A station as bare as can be; rejects with the status of a refused handshake. */
async function connect(gateway: Standalone, id: string, { version = 'ocpp1.6', password = '' } = {}) {
  const url = `ws://127.0.0.1:${gateway.ocppPort}/ocpp/${id}`;
  const socket = new WebSocket(url, [version], { ...(password && { auth: `${id}:${password}` }) });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('unexpected-response', (_request, response) =>
      reject(new Error(String(response.statusCode))),
    );
    socket.once('error', reject);
  });
  const call = async (id: string, action: string, payload: object): Promise<unknown> => {
    const answered = once(socket, 'message');
    socket.send(JSON.stringify([2, id, action, payload]));
    const [data] = (await answered) as [Buffer];
    return JSON.parse(data.toString());
  };
  return { socket, call };
}

const refused = (gateway: Standalone, id: string, password = '') =>
  connect(gateway, id, { password }).then(
    () => 'accepted',
    (error: Error) => error.message,
  );

const BOOT_16 = { chargePointVendor: 'Acme', chargePointModel: 'One' };
const BOOT_2X = { reason: 'PowerUp', chargingStation: { vendorName: 'Acme', model: 'One' } };

test('in open mode a station of each version boots, and goes on after a restart without a boot', async (t) => {
  const folder = await temporaryFolder(t);
  const first = await start(folder);
  for (const version of ['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1']) {
    const { call } = await connect(first, `CS-${version}`, { version });
    const [type, id, answer] = (await call(
      '1',
      'BootNotification',
      version === 'ocpp1.6' ? BOOT_16 : BOOT_2X,
    )) as [number, string, { status: string; interval: number }];
    assert.deepEqual([type, id, answer.status, answer.interval], [3, '1', 'Accepted', 300]);
  }
  await first.close();
  const second = await started(t, folder);
  const { call } = await connect(second, 'CS-ocpp1.6');
  const [type] = (await call('2', 'Heartbeat', {})) as [number];
  assert.equal(type, 3);
  const page = await second.eventlog.read({ after: 0, limit: 100 });
  assert.equal(page.entries.filter((entry) => entry.type === 'station.booted').length, 3);
});

test('the ops port tells readiness and metrics, and readiness ends with the drain', async (t) => {
  const gateway = await started(t, await temporaryFolder(t));
  const ops = `http://127.0.0.1:${gateway.opsPort}`;
  assert.deepEqual(await (await fetch(`${ops}/readyz`)).json(), {
    ready: true,
    checks: { process: 'ok', store: 'ok' },
  });
  const station = await connect(gateway, 'CS-1');
  await station.call('1', 'BootNotification', BOOT_16);
  const metrics = await (await fetch(`${ops}/metrics`)).text();
  assert.match(metrics, /^stationmaster_edge_connections\{version="1\.6"\} 1$/m);
  const gone = once(station.socket, 'close');
  await gateway.drain();
  await gone;
  await assert.rejects(fetch(`${ops}/healthz`));
});

test('a stations file closes the door to others, and is followed when it changes', async (t) => {
  const folder = await temporaryFolder(t);
  const stationsFile = path.join(folder, 'stations.yaml');
  const [a, b] = ['password-of-A-000', 'password-of-B-000'];
  await writeFile(stationsFile, `stations:\n  - { id: A, password: ${a} }\n  - { id: B, password: ${b} }\n`);
  const gateway = await started(t, folder, { stationsFile });
  assert.equal(gateway.doors.stations, 'known');
  assert.equal(await refused(gateway, 'A', a), 'accepted');
  assert.equal(await refused(gateway, 'A', b), '401');
  assert.equal(await refused(gateway, 'A'), '401');
  assert.equal(await refused(gateway, 'C', a), '404');
  const stations = [
    await connect(gateway, 'A', { password: a }),
    await connect(gateway, 'B', { password: b }),
  ];
  const ends = stations.map(({ socket }) => once(socket, 'close') as Promise<[number, Buffer]>);

  await writeFile(
    stationsFile,
    `stations:\n  - { id: B, password: ${b}, disabled: true }\n  - { id: C, password: ${a} }\n`,
  );
  assert.equal(await gateway.reload(), true);
  for (const end of ends) assert.equal((await end)[0], 1008);
  assert.equal(gateway.edge.connections, 0);
  assert.equal(await refused(gateway, 'A', a), '404');
  assert.equal(await refused(gateway, 'B', b), '404');
  assert.equal(await refused(gateway, 'C', a), 'accepted');

  await writeFile(stationsFile, 'stations:\n  - { id: D }\n');
  assert.equal(await gateway.reload(), false);
  assert.equal(await refused(gateway, 'C', a), 'accepted');
});

test('a tokens file closes the door to other tokens, in both families', async (t) => {
  const folder = await temporaryFolder(t);
  const tokensFile = path.join(folder, 'tokens.json');
  await writeFile(
    tokensFile,
    JSON.stringify({
      tokens: [
        { id: 'GOOD', group: 'FLEET' },
        { id: 'LOST', status: 'Blocked' },
      ],
    }),
  );
  const gateway = await started(t, folder, { tokensFile });
  const old = await connect(gateway, 'CS-16');
  const authorize16 = async (idTag: string) =>
    ((await old.call(idTag, 'Authorize', { idTag })) as unknown[])[2];
  assert.deepEqual(await authorize16('good'), { idTagInfo: { status: 'Accepted', parentIdTag: 'FLEET' } });
  assert.deepEqual(await authorize16('LOST'), { idTagInfo: { status: 'Blocked' } });
  assert.deepEqual(await authorize16('STRANGER'), { idTagInfo: { status: 'Invalid' } });

  const next = await connect(gateway, 'CS-201', { version: 'ocpp2.0.1' });
  const authorize = async (idToken: string) =>
    ((await next.call(idToken, 'Authorize', { idToken: { idToken, type: 'ISO14443' } })) as unknown[])[2];
  const groupIdToken = { idToken: 'FLEET', type: 'Central' };
  assert.deepEqual(await authorize('GOOD'), { idTokenInfo: { status: 'Accepted', groupIdToken } });
  assert.deepEqual(await authorize('STRANGER'), { idTokenInfo: { status: 'Unknown' } });
});

test('TLS is served beside, and its certificates are read again', async (t) => {
  const folder = await temporaryFolder(t);
  const certificates = certificateFolder();
  t.after(() => certificates.remove());
  const { certFile, keyFile } = certificates.files('ecdsa');
  const gateway = await started(t, folder, { tlsPort: 0, tlsCert: [certFile], tlsKey: [keyFile] });
  const socket = new WebSocket(`wss://127.0.0.1:${gateway.tlsPort}/ocpp/CS-1`, ['ocpp2.0.1'], {
    rejectUnauthorized: false,
  });
  await once(socket, 'open');
  assert.equal(await gateway.reload(), true);
  certificates.replace('ecdsa', 'nonsense');
  assert.equal(await gateway.reload(), false);
  socket.close();
});

test('provisioned without files lets nobody in', async (t) => {
  const gateway = await started(t, await temporaryFolder(t), { mode: 'provisioned' });
  assert.deepEqual(gateway.doors, { stations: 'known', tokens: 'ask' });
  assert.equal(await refused(gateway, 'A'), '404');
});

test('what keeps it from starting is a clear error, and nothing is left behind', async (t) => {
  const folder = await temporaryFolder(t);
  const other = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  const portInUse = new RegExp(`127\\.0\\.0\\.1:${port}`);
  await assert.rejects(start(folder, { ocppPort: port }), { name: 'StartError', message: portInUse });
  await assert.rejects(start(folder, { opsPort: port }), { name: 'StartError', message: portInUse });
  await writeFile(path.join(folder, 'file'), '');
  await assert.rejects(start(path.join(folder, 'file')), { name: 'StartError', message: /file/ });
  await assert.rejects(start(folder, { stationsFile: path.join(folder, 'none.yaml') }), {
    name: 'ConfigError',
    message: /none\.yaml: cannot be read/,
  });
  const file = path.join(folder, 'file');
  await assert.rejects(start(folder, { tlsPort: 0, tlsCert: [file], tlsKey: [file] }), {
    name: 'ConfigError',
  });
  await started(t, folder);
  await assert.rejects(start(folder), { name: 'StartError', message: /in use/ });
});

test('options that contradict each other are refused before anything starts', async (t) => {
  const folder = await temporaryFolder(t);
  const refusals: [Partial<StandaloneConfig>, RegExp][] = [
    [{ tlsPort: 0 }, /--tls-port needs --tls-cert and --tls-key/],
    [{ tlsCert: ['a'], tlsKey: ['b'] }, /--tls-cert needs --tls-port/],
    [{ tlsPort: 0, tlsCert: ['a', 'b'], tlsKey: ['c'] }, /names 2 files but --tls-key 1/],
    [{ pingInterval: 5000, deadAfter: 5000 }, /--dead-after/],
    [{ versions: [] }, /--versions is empty/],
  ];
  for (const [given, message] of refusals) {
    await assert.rejects(start(folder, given), { name: 'ConfigError', message });
  }
});

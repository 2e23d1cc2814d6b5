import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { createChannel, createClient } from 'nice-grpc';
import { Status } from 'nice-grpc-common';
import { WebSocket } from 'ws';
import { grpc } from '../../libs/api/mod.js';
import { silentLogger } from '../../libs/ops/mod.js';
import { until } from '../../test/client/until.js';
import { standaloneConfig } from './configuration.js';
import type { StandaloneConfig } from './options.js';
import { startStandalone, type Standalone } from './start.js';

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'standalone-'));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

async function start(dataDir: string, given: Partial<StandaloneConfig> = {}) {
  const ports = { host: '127.0.0.1', ocppPort: 0, opsHost: '127.0.0.1', opsPort: 0, grpcPort: 0 };
  const config = standaloneConfig({ ...ports, dataDir, drainTime: 0, mode: 'provisioned', ...given });
  const gateway = await startStandalone(config, { logger: silentLogger() });
  const channel = createChannel(`127.0.0.1:${gateway.grpcPort}`);
  const stations = createClient(grpc.StationServiceDefinition, channel);
  const close = async () => {
    channel.close();
    await gateway.close();
  };
  return { gateway, stations, close };
}

/** A station; or the status with which it is refused. */
function knock(
  gateway: Standalone,
  stationId: string,
  password: string,
  version = 'ocpp2.0.1',
): Promise<WebSocket | number> {
  const auth = `${stationId}:${password}`;
  const client = new WebSocket(`ws://127.0.0.1:${gateway.ocppPort}/ocpp/${stationId}`, [version], { auth });
  return new Promise((resolve) => {
    client.on('open', () => resolve(client));
    client.on('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    client.on('error', () => undefined);
  });
}

async function enter(...args: Parameters<typeof knock>): Promise<WebSocket> {
  const client = await knock(...args);
  if (typeof client === 'number') assert.fail(`refused with ${client}`);
  return client;
}

const closed = (client: WebSocket): Promise<number> => new Promise((resolve) => client.on('close', resolve));

const GENERATE = { password: { $case: 'generate', value: true } as const };

test('without a stations file the directory as it was provisioned over the API decides, also after a restart', async (t) => {
  const dataDir = await temporaryFolder(t);
  const first = await start(dataDir);
  const { generatedPassword } = await first.stations.createStation({
    station: { stationId: 'A' },
    password: GENERATE,
  });
  assert.equal(await knock(first.gateway, 'A', 'x'.repeat(20)), 401);
  (await enter(first.gateway, 'A', generatedPassword)).terminate();
  await first.close();

  const { gateway, stations, close } = await start(dataDir);
  t.after(close);
  assert.equal(await knock(gateway, 'B', generatedPassword), 404);
  const station = await enter(gateway, 'A', generatedPassword);
  const end = closed(station);
  await stations.updateStation({ station: { stationId: 'A', disabled: true }, updateMask: ['disabled'] });
  assert.equal(await end, 1008);
  assert.equal(await knock(gateway, 'A', generatedPassword), 404);
  await stations.updateStation({ station: { stationId: 'A' }, updateMask: ['disabled'] });
  const again = closed(await enter(gateway, 'A', generatedPassword));
  await stations.deleteStation({ stationId: 'A' });
  assert.equal(await again, 1008);
  assert.equal(await knock(gateway, 'A', generatedPassword), 404);
});

for (const [version, action, accepted, told] of [
  [
    'ocpp1.6',
    'ChangeConfiguration',
    { status: 'Accepted' },
    ({ value }: { value: string }) => Buffer.from(value, 'hex').toString(),
  ],
  [
    'ocpp2.0.1',
    'SetVariables',
    {
      setVariableResult: [
        {
          attributeStatus: 'Accepted',
          component: { name: 'SecurityCtrlr' },
          variable: { name: 'BasicAuthPassword' },
        },
      ],
    },
    ({ setVariableData: [data] }: { setVariableData: { attributeValue: string }[] }) => data?.attributeValue,
  ],
] as const) {
  test(`a new password is written to an ${version} station; the old one dies with its first use`, async (t) => {
    const { gateway, stations, close } = await start(await temporaryFolder(t));
    t.after(close);
    const { generatedPassword: old } = await stations.createStation({
      station: { stationId: 'A' },
      password: GENERATE,
    });
    const before = await enter(gateway, 'A', old, version);
    let heard: string | undefined;
    before.on('message', (data: Buffer) => {
      const [, id, called, payload] = JSON.parse(data.toString()) as [number, string, string, never];
      assert.equal(called, action);
      heard = told(payload);
      before.send(JSON.stringify([3, id, accepted]));
    });
    const { generatedPassword, rotating, command } = await stations.rotatePassword({
      stationId: 'A',
      password: GENERATE,
      writeToStation: true,
    });
    assert.deepEqual([heard, rotating, command?.state], [generatedPassword, true, 'COMMAND_STATE_ENDED']);
    (await enter(gateway, 'A', old, version)).terminate();
    await enter(gateway, 'A', generatedPassword, version);
    await until(
      'retired',
      async () => (await stations.getStation({ stationId: 'A' })).station?.passwords === 1,
    );
    assert.equal(await knock(gateway, 'A', old, version), 401);
    (await enter(gateway, 'A', generatedPassword, version)).terminate();
  });
}

test('the examples of the guide work over the bus too', async (t) => {
  const { gateway, close } = await start(await temporaryFolder(t));
  t.after(close);
  const request = async (method: string, message: object): Promise<unknown> => {
    const subject = `csms.api.StationService.${method}`;
    const { data } = await gateway.bus.request(subject, Buffer.from(JSON.stringify(message)), {
      timeoutMs: 5000,
    });
    return JSON.parse(Buffer.from(data).toString());
  };
  const station = { stationId: 'CS-0001' };
  const created = await request('CreateStation', { station, password: { generate: true } });
  assert.match(JSON.stringify(created), /"generatedPassword":"[A-Za-z0-9]{20}"/);
  const again = await request('CreateStation', { station, password: { generate: true } });
  assert.match(JSON.stringify(again), /"error":\{"code":"ALREADY_EXISTS"/);
  const change = { ...station, disabled: true, minimumSecurityProfile: 2 };
  const updated = await request('UpdateStation', {
    station: change,
    updateMask: 'disabled,minimumSecurityProfile',
  });
  assert.deepEqual(updated, { response: { station: { ...change, passwords: 1 } } });
  const raw = Buffer.alloc(16, 1).toString('base64');
  assert.deepEqual(await request('SetPassword', { ...station, password: { raw } }), { response: {} });
});

test('with a stations file the API changes nothing, and says what decides', async (t) => {
  const folder = await temporaryFolder(t);
  const stationsFile = path.join(folder, 'stations.json');
  await writeFile(stationsFile, JSON.stringify({ stations: [{ id: 'A', noPassword: true }] }));
  const { stations, close } = await start(path.join(folder, 'data'), { stationsFile });
  t.after(close);
  await assert.rejects(stations.deleteStation({ stationId: 'A' }), {
    code: Status.FAILED_PRECONDITION,
    details: /stations\.json/,
  });
  assert.equal((await stations.listStations({})).stations[0]?.stationId, 'A');
});

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { createChannel, createClient, Metadata } from 'nice-grpc';
import { grpc } from '../../libs/api/mod.js';
import { createLogger } from '../../libs/ops/mod.js';
import { LOOPBACK } from '../../libs/servers/mod.js';
import { tokenHash } from '../../services/api/security/mod.js';
import { standaloneConfig } from '../../services/standalone/configuration.js';
import { startStandalone } from '../../services/standalone/start.js';
import { StrictClient } from '../client/strict-client.js';
import { until } from '../client/until.js';

/** Each stands in a place of its own. */
const SECRETS = {
  apiToken: 'zq-api-token',
  wrongToken: 'zq-wrong-token',
  created: 'zq-created-password',
  replaced: 'zq-replaced-password',
  rotated: 'zq-rotated-password',
  key: '7a712d6b65792d7a712d6b65792d7a71',
  nats: 'zq-over-nats',
  variable: 'zq-variable-password',
  idTag: 'zq-id-tag',
  parent: 'zq-parent',
  listed: 'zq-listed',
  unsent: 'zq-unsent',
  data: 'zq-vendor-data',
  url: 'zq-url-password',
  invalid: 'zq-invalid',
  stationData: 'zq-station-data',
} as const;

test('no secret of anybody stands in any line of the log of a whole gateway', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'secrets-'));
  t.after(() => rm(folder, { recursive: true }));
  const clients = path.join(folder, 'clients.json');
  const roles = ['read', 'command', 'provision', 'decide'];
  const client = { name: 'tester', tokenSha256: tokenHash(SECRETS.apiToken), roles };
  await writeFile(clients, JSON.stringify({ clients: [client] }));
  const lines: string[] = [];
  const logger = createLogger({ level: 'trace', name: 'test' }, { write: (line) => void lines.push(line) });
  const gateway = await startStandalone(
    standaloneConfig({
      ...{ host: LOOPBACK, ocppPort: 0, opsHost: LOOPBACK, opsPort: 0, grpcPort: 0, drainTime: 0 },
      apiClientsFile: clients,
      dataDir: path.join(folder, 'data'),
    }),
    { logger },
  );
  t.after(() => gateway.close());

  const channel = createChannel(`${LOOPBACK}:${gateway.grpcPort}`);
  t.after(() => channel.close());
  const withToken = (token: string) => ({
    '*': { metadata: Metadata({ authorization: `Bearer ${token}` }) },
  });
  const defaults = withToken(SECRETS.apiToken);
  const stations = createClient(grpc.StationServiceDefinition, channel, defaults);
  const commands = createClient(grpc.CommandServiceDefinition, channel, defaults);
  const stranger = createClient(grpc.StationServiceDefinition, channel, withToken(SECRETS.wrongToken));
  const connect = async (stationId: string, version: '1.6' | '2.0.1') => {
    const url = `ws://${LOOPBACK}:${gateway.ocppPort}/ocpp`;
    const station = await StrictClient.connect({ url, stationId, version, password: 'zq-header-password' });
    t.after(() => station.cut());
    return station;
  };
  const send = (stationId: string, action: string, payload: object, terms = 'own') =>
    commands.sendCommand({ command: { stationId, action, payload: JSON.stringify(payload), terms } });

  await stations.createStation({
    station: { stationId: 'OLD' },
    password: { password: { $case: 'text', value: SECRETS.created } },
  });
  await stations.createStation({ station: { stationId: 'SPARE' }, withoutPassword: true });
  await stations.setPassword({
    stationId: 'SPARE',
    password: { password: { $case: 'text', value: SECRETS.replaced } },
  });
  await assert.rejects(stranger.getStation({ stationId: 'OLD' }));

  const old = await connect('OLD', '1.6');
  const accepted = () => ({ status: 'Accepted' });
  for (const action of ['ChangeConfiguration', 'SendLocalList', 'RemoteStartTransaction', 'DataTransfer']) {
    old.handle(action, accepted);
  }
  old.handle('UpdateFirmware', () => ({}));
  await old.call('BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' });
  await old.call('Authorize', { idTag: SECRETS.idTag });
  const started = await old.call('StartTransaction', {
    ...{ connectorId: 1, idTag: SECRETS.idTag, meterStart: 0 },
    timestamp: '2026-01-01T00:00:00Z',
  });
  assert.ok(started.transactionId !== undefined);
  await old.call('DataTransfer', { vendorId: 'V', data: SECRETS.stationData });
  await send('OLD', 'ChangeConfiguration', { key: 'AuthorizationKey', value: SECRETS.key });
  const subject = 'csms.command.OLD.ChangeConfiguration';
  const payload = Buffer.from(JSON.stringify({ key: 'AuthorizationKey', value: SECRETS.nats }));
  await gateway.bus.request(subject, payload, { timeoutMs: 10_000 });
  await send('OLD', 'SendLocalList', {
    ...{ listVersion: 1, updateType: 'Full' },
    localAuthorizationList: [
      { idTag: SECRETS.listed, idTagInfo: { status: 'Accepted', parentIdTag: SECRETS.parent } },
    ],
  });
  await send('OLD', 'RemoteStartTransaction', { idTag: SECRETS.idTag });
  await send('OLD', 'DataTransfer', { vendorId: 'V', data: SECRETS.data });
  await send('OLD', 'UpdateFirmware', {
    location: `https://user:${SECRETS.url}@files.example.com/fw`,
    retrieveDate: '2026-01-01T00:00:00Z',
  });
  await assert.rejects(
    send('OLD', 'ChangeConfiguration', { key: 'AuthorizationKey', value: [SECRETS.invalid] }),
  );
  await assert.rejects(send('OLD', 'RemoteStartTransaction', { idTag: SECRETS.invalid.repeat(9) }));
  await stations.rotatePassword({
    stationId: 'OLD',
    password: { password: { $case: 'text', value: SECRETS.rotated } },
    writeToStation: true,
  });
  const made = await stations.rotatePassword({
    stationId: 'OLD',
    password: { password: { $case: 'generate', value: true } },
    writeToStation: false,
  });

  const young = await connect('YOUNG', '2.0.1');
  const variable = { component: { name: 'SecurityCtrlr' }, variable: { name: 'BasicAuthPassword' } };
  young.handle('SetVariables', () => ({
    setVariableResult: [{ ...variable, attributeStatus: 'Accepted' }],
  }));
  const setVariableData = [{ ...variable, attributeValue: SECRETS.variable }];
  await send('YOUNG', 'SetVariables', { setVariableData }, 'neutral');
  const offline = { stationId: 'OFFLINE', action: 'RequestStartTransaction', terms: 'neutral' };
  const idToken = { idToken: SECRETS.unsent, type: 'Central' };
  await commands.enqueueCommand({
    command: { ...offline, payload: JSON.stringify({ idToken, remoteStartId: 1 }) },
  });
  const calls = () => lines.filter((line) => line.includes('"api_call"'));
  await until('all calls are logged', () => calls().length >= 14);
  await gateway.close();

  const log = lines.join('');
  assert.ok(made.generatedPassword.length >= 16);
  for (const secret of [...Object.values(SECRETS), made.generatedPassword, 'zq-header-password']) {
    const line = lines.find((one) => one.includes(secret));
    assert.equal(line, undefined, `${secret} stands in the log`);
  }
  assert.ok(log.includes('"api_call"') && log.includes('AuthorizationKey') && log.includes('"tester"'));
  assert.ok(log.includes('"service":"csms.command"'));
});

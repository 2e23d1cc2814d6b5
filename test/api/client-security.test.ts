import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { connect, Status, type ConnectOptions, type Gateway } from '../../libs/api/client/mod.js';
import { silentLogger } from '../../libs/ops/mod.js';
import { certificateFolder } from '../../services/edge/fixtures/certificates.fixture.js';
import { standaloneConfig } from '../../services/standalone/configuration.js';
import { startStandalone } from '../../services/standalone/start.js';

// The published client against a gateway that knows its callers.

const TOKEN = 'billing-0123456789abcdef0123456789abcdef';
const hash = (token: string) => createHash('sha256').update(token).digest('hex');

async function start(t: TestContext, { mutual = false } = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-'));
  t.after(() => rm(folder, { recursive: true }));
  const certificates = certificateFolder();
  t.after(() => certificates.remove());
  const { certFile, keyFile } = certificates.files('ecdsa');
  const apiClientsFile = path.join(folder, 'clients.json');
  const who = mutual ? { certificateCommonName: 'localhost' } : { tokenSha256: hash(TOKEN) };
  await writeFile(
    apiClientsFile,
    JSON.stringify({ clients: [{ name: 'billing', roles: ['read'], ...who }] }),
  );
  const config = standaloneConfig({
    dataDir: path.join(folder, 'data'),
    ...{ host: '127.0.0.1', ocppPort: 0, opsHost: '127.0.0.1', opsPort: 0, grpcPort: 0, drainTime: 0 },
    ...{ grpcTlsCert: certFile, grpcTlsKey: keyFile, apiClientsFile },
    ...(mutual ? { grpcClientCa: certFile } : {}),
  });
  const gateway = await startStandalone(config, { logger: silentLogger() });
  t.after(() => gateway.close());
  const [cert, key] = [await readFile(certFile), await readFile(keyFile)];
  const client = (options: Omit<ConnectOptions, 'address'>): Gateway => {
    const connected = connect({ address: `127.0.0.1:${gateway.grpcPort}`, ...options });
    t.after(() => connected.close());
    return connected;
  };
  return { client, cert, key };
}

const look = (gateway: Gateway) =>
  gateway.services.stations.getStationState({ stationId: 'CS-1' }, { deadline: 5000 });

test('a token opens the door over TLS, as far as its roles go', async (t) => {
  const { client, cert } = await start(t);
  const gateway = client({ tls: { ca: cert }, token: TOKEN });
  assert.equal((await look(gateway)).state?.registration, 'None');
  const command = gateway.send('CS-1', 'ClearCache', {});
  await assert.rejects(command, { name: 'ClientError', code: Status.PERMISSION_DENIED });
  const deciding = gateway.decide({ Authorize: () => ({}) }, { onProblem: () => undefined });
  await assert.rejects(deciding, { code: Status.PERMISSION_DENIED });
});

test('without its token, with another, without TLS or its authority, the door stays shut', async (t) => {
  const { client, cert } = await start(t);
  await assert.rejects(look(client({ tls: { ca: cert } })), { code: Status.UNAUTHENTICATED });
  const wrong = client({ tls: { ca: cert }, token: `${TOKEN}x` });
  await assert.rejects(look(wrong), { code: Status.UNAUTHENTICATED });
  await assert.rejects(wrong.events({ fromOldest: true }).next(), { code: Status.UNAUTHENTICATED });
  await assert.rejects(look(client({ token: TOKEN })), { code: Status.UNAVAILABLE });
  await assert.rejects(look(client({ tls: true, token: TOKEN })), { code: Status.UNAVAILABLE });
});

test('a certificate opens the door where both sides show one', async (t) => {
  const { client, cert, key } = await start(t, { mutual: true });
  assert.equal((await look(client({ tls: { ca: cert, cert, key } }))).state?.stationId, 'CS-1');
  await assert.rejects(look(client({ tls: { ca: cert } })), { code: Status.UNAVAILABLE });
});

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../libs/ops/mod.js';
import { LOOPBACK } from '../../libs/servers/mod.js';
import { standaloneConfig } from '../../services/standalone/configuration.js';
import { startStandalone } from '../../services/standalone/start.js';

/** What of OpenTelemetry this process has loaded, beside its interface, which prom-client loads always. */
const loaded = () =>
  Object.keys(createRequire(import.meta.url).cache).filter((file) => /@opentelemetry\/(?!api\/)/.test(file));

test('OpenTelemetry is loaded only where something is traced', async (t) => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'stationmaster-'));
  t.after(() => rm(dataDir, { recursive: true }));
  const ports = { host: LOOPBACK, ocppPort: 0, opsHost: LOOPBACK, opsPort: 0, grpcPort: 0 };
  const config = standaloneConfig({ ...ports, dataDir });
  const logger = silentLogger();
  await (await startStandalone(config, { logger })).close();
  assert.deepEqual(loaded(), []);
  const tracesUrl = `http://${LOOPBACK}:9/v1/traces`;
  await (await startStandalone({ ...config, tracesUrl }, { logger })).close();
  assert.notEqual(loaded().length, 0);
});

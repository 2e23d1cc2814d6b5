import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { Closers, createLogger, silentLogger } from '../../libs/ops/mod.js';
import { LOOPBACK } from '../../libs/servers/mod.js';
import { standaloneConfig } from '../../services/standalone/configuration.js';
import type { StandaloneConfig } from '../../services/standalone/options.js';
import { startStandalone } from '../../services/standalone/start.js';
import { RawClient } from '../client/raw-client.js';
import { until } from '../client/until.js';
import { metricOf } from '../smoke/metrics.js';
import { Collector } from './collector.js';

/** CALLs that a station sends before it reads an answer. */
const AT_ONCE = 100;

async function start(t: TestContext, settings: Partial<StandaloneConfig>) {
  const closers = new Closers(silentLogger());
  t.after(() => closers.close());
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-'));
  closers.add(() => rm(folder, { recursive: true }));
  const collector = await Collector.start();
  closers.add(() => collector.stop());
  const headers = path.join(folder, 'headers.yaml');
  await writeFile(headers, 'headers:\n  Authorization: Bearer s3cret\n');
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const logger = createLogger({ level: 'info', name: 'test' }, { write });
  const config = standaloneConfig({
    ...{
      host: LOOPBACK,
      ocppPort: 0,
      opsHost: LOOPBACK,
      opsPort: 0,
      grpcPort: 0,
      drainTime: 0,
      stationRateLimit: 0,
    },
    dataDir: path.join(folder, 'data'),
    tracesUrl: collector.url,
    tracesRatio: 1,
    tracesHeadersFile: headers,
    ...settings,
  });
  const gateway = await startStandalone(config, { logger });
  closers.add(() => gateway.close());
  const url = `ws://${LOOPBACK}:${gateway.ocppPort}/ocpp`;
  const station = await RawClient.connect({ url, stationId: 'CS-1', protocols: ['ocpp1.6'] });
  closers.add(async () => void (await station.close()));
  await station.result('boot', 'BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' });
  let calls = 0;
  /** They wait in the edge for one another. */
  const call = async (times: number) => {
    for (let left = times; left > 0; left -= AT_ONCE) {
      const together = Math.min(left, AT_ONCE);
      for (let one = 0; one < together; one++) station.post(`h${++calls}`, 'Heartbeat', {});
      for (let one = 0; one < together; one++) assert.equal((await station.next())[0], 3);
    }
  };
  const spans = async (outcome: string) =>
    metricOf(await gateway.metrics.text(), 'stationmaster_trace_spans_total', { outcome });
  const said = (fact: string) => lines.filter((line) => line.includes(`"${fact}"`));
  return { gateway, collector, call, spans, said, lines };
}

describe('a collector', { concurrency: true }, () => {
  test('the collector gets the headers of the file, which no log line tells', async (t) => {
    const { collector, call, lines } = await start(t, {});
    await call(1);
    await collector.span('a Heartbeat', ({ name }) => name === 'CALL Heartbeat');
    assert.equal(collector.headers[0]?.['authorization'], 'Bearer s3cret');
    assert.equal(collector.headers[0]?.['content-type'], 'application/json');
    assert.ok(!lines.some((line) => line.includes('s3cret')));
  });

  test('a collector that refuses costs its spans, and one line of the log; later ones are taken', async (t) => {
    const { collector, call, spans, said } = await start(t, {});
    collector.mood = 'refuses';
    for (let round = 1; round <= 2; round++) {
      await call(3);
      await until('the refusal', () => collector.requests >= round);
    }
    await until('lost spans', async () => (await spans('failed')) > 6);
    assert.equal(said('traces_not_exported').length, 1);
    collector.mood = 'takes';
    await call(1);
    await collector.span('a Heartbeat', ({ name }) => name === 'CALL Heartbeat');
    await until('taken spans', async () => (await spans('exported')) > 0);
  });

  test('stations feel nothing of a collector that hangs, nor does memory, nor the end of the gateway', async (t) => {
    const { gateway, collector, call, spans } = await start(t, {});
    collector.mood = 'hangs';
    // Two spans and more of each.
    await call(3_000);
    assert.ok((await spans('dropped')) > 0);
    const waiting = metricOf(await gateway.metrics.text(), 'stationmaster_trace_spans_waiting');
    // A request that is given up meanwhile, after five seconds, makes room for one more batch.
    assert.ok(waiting > 3_000 && waiting <= 4_096, `${waiting} wait`);
    assert.equal(collector.mostAtOnce, 1);
    const began = performance.now();
    await gateway.close();
    // Waiting for every batch to be given up would take over a minute.
    assert.ok(performance.now() - began < 15_000);
  });

  test('stations feel nothing of a collector that is not there', async (t) => {
    const { call, spans, said } = await start(t, { tracesUrl: `http://${LOOPBACK}:9/v1/traces` });
    await call(10);
    await until('lost spans', async () => (await spans('failed')) > 10);
    assert.equal(said('traces_not_exported').length, 1);
  });
});

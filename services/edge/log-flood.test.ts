import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { memoryBus } from '../../libs/bus/mod.js';
import { ManualClock } from '../../libs/clock/mod.js';
import { createLogger, createMetrics } from '../../libs/ops/mod.js';
import { memoryStore } from '../../libs/store/mod.js';
import { handshake } from '../../test/client/handshake.js';
import { RawClient } from '../../test/client/raw-client.js';
import { until } from '../../test/client/until.js';
import { metricOf } from '../../test/smoke/metrics.js';
import { edgeConfig, startEdge, type EdgeConfigInput } from './mod.js';

/** More than are written of one message in 10 s. */
const FLOOD = 600;
const WRITTEN = 500;
const AT_ONCE = 25;

type Line = Readonly<Record<string, unknown>>;

async function startedEdge(t: TestContext, input: EdgeConfigInput) {
  const clock = new ManualClock();
  const bus = memoryBus({ clock });
  t.after(() => bus.close());
  const metrics = createMetrics();
  const { directory, running } = memoryStore({ clock, shards: 256 });
  const lines: Line[] = [];
  const logger = createLogger(
    { level: 'info', name: 'edge' },
    { write: (line) => void lines.push(JSON.parse(line) as Line) },
  );
  const config = edgeConfig({ host: '127.0.0.1', port: 0, connectionRate: 0, stationRateLimit: 0, ...input });
  const edge = await startEdge({ bus, directory, running, clock, logger, metrics, config });
  t.after(() => edge.close());
  const metric = async (name: string, labels: Readonly<Record<string, string>>) =>
    metricOf(await metrics.text(), name, labels);
  return {
    clock,
    url: `ws://127.0.0.1:${edge.port}`,
    of: (msg: string) => lines.filter((line) => line['msg'] === msg),
    lines,
    metric,
  };
}

/** `what` for each number below `FLOOD`, some at a time. */
async function flood(what: (at: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < FLOOD; from += AT_ONCE)
    await Promise.all(Array.from({ length: AT_ONCE }, (_, at) => what(from + at)));
}

test('a flood of refused handshakes: the first are written, each with its station, then how many there were', async (t) => {
  const { clock, url, of, lines, metric } = await startedEdge(t, { mode: 'provisioned' });
  await flood((at) => handshake({ url, path: `/ocpp/CS-${at}`, protocols: ['ocpp1.6'] }));
  const refused = of('handshake_refused');
  assert.equal(refused.length, WRITTEN);
  for (const line of refused) assert.match(String(line['stationId']), /^CS-\d+$/);
  assert.equal(await metric('stationmaster_edge_handshakes_total', { outcome: 'unknown_station' }), FLOOD);
  assert.ok(lines.length < WRITTEN + 10);
  await clock.advance(10_000);
  const left = of('log_lines_left_out').map(({ of: message, lines: count }) => [message, count]);
  assert.deepEqual(left, [['handshake_refused', FLOOD - WRITTEN]]);
});

test('a flood of bad frames: a line for a connection at most, each with station and connection, and bounded', async (t) => {
  const { clock, url, of, lines, metric } = await startedEdge(t, { mode: 'open', maxFaultsInRow: 5 });
  await flood(async (at) => {
    const station = await RawClient.connect({
      url: `${url}/ocpp`,
      stationId: `CS-${at}`,
      protocols: ['ocpp1.6'],
    });
    for (let frame = 0; frame < 5; frame++) station.send('[2,"1","Nothing"');
    await station.closed;
  });
  await until('the last one has ended', async () => {
    const ended = await metric('stationmaster_edge_closes_total', { reason: 'too_many_faults' });
    return ended === FLOOD;
  });
  assert.equal(await metric('stationmaster_edge_faults_total', {}), 5 * FLOOD);
  for (const message of ['station_fault', 'connection_ended']) {
    const written = of(message);
    assert.equal(written.length, WRITTEN, message);
    assert.equal(new Set(written.map((line) => line['connectionId'])).size, WRITTEN, message);
    for (const line of written) assert.match(String(line['stationId']), /^CS-\d+$/);
  }
  assert.ok(lines.length < 2 * WRITTEN + 10);
  await clock.advance(10_000);
  const left = of('log_lines_left_out').map(({ of: message, lines: count }) => [message, count]);
  assert.deepEqual(
    new Map(left as [string, number][]),
    new Map([
      ['connection_ended', FLOOD - WRITTEN],
      ['station_fault', FLOOD - WRITTEN],
    ]),
  );
});

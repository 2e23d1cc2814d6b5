import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StrictClient } from '../client/strict-client.js';
import { sessionOf, vocabularyOf } from '../client/vocabulary.js';
import { until, within } from '../client/until.js';
import { assertOrdered, ofTransaction, typesOf } from '../scenarios/check-events.js';
import { GatewayProcess } from '../topology/process.js';
import { metricOf, scrape } from './metrics.js';
import { run, simulateSessions } from './run.js';

const STATIONS = 5;
const VERSIONS = 3;

test('the simulator completes whole sessions in every version against a started gateway; metrics and event log show them', async (t) => {
  const gateway = await GatewayProcess.start();
  t.after(async () => await gateway.close());
  for (const path of ['/healthz', '/readyz'])
    assert.equal((await fetch(`${gateway.opsUrl}${path}`)).status, 200);

  const { status, stdout, stderr } = await simulateSessions(gateway.ocppUrl, STATIONS);
  assert.equal(status, 0, `${stdout}\n${stderr}`);

  const all = STATIONS * VERSIONS;
  // Events are appended after the answer: the last ones may still be on their way.
  const metrics = await until(`${all} ends of connections in the metrics`, async () => {
    const text = await scrape(gateway.opsUrl);
    return metricOf(text, 'stationmaster_events_total', { type: 'station.disconnected' }) === all && text;
  });
  const events = (type: string): number => metricOf(metrics, 'stationmaster_events_total', { type });
  assert.equal(events('transaction.started'), all);
  assert.equal(events('transaction.ended'), all);
  assert.equal(events('station.booted'), all);
  assert.ok(events('transaction.updated') >= all);
  assert.equal(metricOf(metrics, 'stationmaster_actor_crashes_total'), 0);
  assert.equal(metricOf(metrics, 'stationmaster_edge_faults_total'), 0);

  assert.equal(await gateway.stop(), 0);
  const log = await gateway.events();
  const stations = new Set(log.map(({ station }) => station));
  assert.equal(stations.size, all);
  for (const station of stations) {
    const own = log.filter((event) => event.station === station);
    assertOrdered(own);
    const types = typesOf(own);
    assert.equal(types.filter((type) => type === 'transaction.started').length, 1, station);
    assert.equal(types.filter((type) => type === 'transaction.ended').length, 1, station);
  }
});

test('the metrics count what was malformed and what was tolerated', async (t) => {
  const gateway = await GatewayProcess.start();
  t.after(async () => await gateway.close());
  const client = await StrictClient.connect({ url: gateway.ocppUrl, stationId: 'CS-1', version: '1.6' });
  t.after(() => client.cut());
  client.sendRaw('no JSON');
  client.sendRaw('[2,"q1","Heartbeat",{"extra":1}]');
  await client.call('Heartbeat', {});
  const metrics = await scrape(gateway.opsUrl);
  assert.equal(metricOf(metrics, 'stationmaster_edge_faults_total', { kind: 'not_json' }), 1);
  assert.equal(metricOf(metrics, 'stationmaster_edge_quirks_total', { quirk: 'extra_property' }), 1);
  assert.equal(metricOf(metrics, 'stationmaster_edge_connections', { version: '1.6' }), 1);
  assert.equal(metricOf(metrics, 'stationmaster_edge_handshakes_total', { outcome: 'accepted' }), 1);
});

test('SIGTERM ends the gateway with status 0; the transaction that ran goes on after the next start', async (t) => {
  const gateway = await GatewayProcess.start();
  t.after(async () => await gateway.close());
  const v201 = vocabularyOf('2.0.1');
  const connect = async (): Promise<StrictClient> => {
    const client = await StrictClient.connect({ url: gateway.ocppUrl, stationId: 'CS-1', version: '2.0.1' });
    t.after(() => client.cut());
    return client;
  };
  const before = await connect();
  await before.call(...v201.boot());
  const session = sessionOf();
  await before.call(...v201.start(session));
  assert.equal(await gateway.stop(), 0);
  assert.equal((await within('the close by the gateway', before.closed)).code, 1001);

  await gateway.start();
  const after = await connect();
  await after.call(...v201.stop(session, session.transactionId, 1));
  assert.equal(await gateway.stop(), 0);
  const log = await gateway.events();
  assertOrdered(log);
  assert.deepEqual(typesOf(ofTransaction(log, session.transactionId)), [
    'transaction.started',
    'transaction.ended',
  ]);
});

test('a second gateway on the same folder is refused with a line that says so', async (t) => {
  const gateway = await GatewayProcess.start();
  t.after(async () => await gateway.close());
  const { status, stderr } = await run('services/standalone/main.js', [
    '--data-dir',
    gateway.dataDir,
    '--ocpp-port',
    '0',
    '--ops-port',
    '0',
    '--grpc-port',
    '0',
  ]);
  assert.equal(status, 1);
  assert.match(stderr, /^stationmaster: /);
  assert.ok(stderr.includes(gateway.dataDir), stderr);
});

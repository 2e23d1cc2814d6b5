import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { createChannel, createClient } from 'nice-grpc';
import { grpc } from '../../libs/api/mod.js';
import { freePorts, LOOPBACK, NatsServer, RedisServer } from '../../libs/servers/mod.js';
import { until } from '../client/until.js';
import { ServiceProcess } from '../topology/process.js';
import { metricOf, scrape } from './metrics.js';
import { run, simulateSessions } from './run.js';

const STATIONS = 5;
const VERSIONS = 3;

describe('edge, worker and API as processes of their own', () => {
  let folder: string;
  let nats: NatsServer;
  let redis: RedisServer;
  let servers: readonly string[];

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-'));
    nats = await NatsServer.start({ folder: path.join(folder, 'nats') });
    redis = await RedisServer.start({ folder: path.join(folder, 'redis') });
    servers = ['--nats-url', nats.url, '--redis-url', redis.url];
  });
  after(async () => {
    await nats.kill9();
    await redis.kill9();
    await rm(folder, { recursive: true });
  });

  const OWN = {
    edge: ['--host', LOOPBACK, '--ocpp-port', '0', '--drain-time', '0'],
    worker: [],
    api: ['--grpc-port', '0'],
  } as const;

  const serviceOf = (kind: keyof typeof OWN, where: readonly string[]) =>
    new ServiceProcess({
      name: `the ${kind}`,
      main: `services/${kind}/main.js`,
      started: `${kind}_started`,
      flags: () => [...where, '--mode', 'open', '--ops-host', LOOPBACK, '--ops-port', '0', ...OWN[kind]],
    });

  async function started(t: TestContext, kind: keyof typeof OWN) {
    const process = serviceOf(kind, servers);
    t.after(() => process.kill9());
    await process.start();
    const { ocppPort, opsPort } = process.startLine;
    return {
      process,
      ocppUrl: `ws://${LOOPBACK}:${Number(ocppPort)}/ocpp`,
      opsUrl: `http://${LOOPBACK}:${Number(opsPort)}`,
    };
  }

  test('the simulator completes whole sessions in every version; SIGTERM ends each with status 0', async (t) => {
    const [worker, edge] = await Promise.all([started(t, 'worker'), started(t, 'edge')]);
    for (const { opsUrl } of [worker, edge]) {
      const ready = await fetch(`${opsUrl}/readyz`);
      assert.equal(ready.status, 200, await ready.text());
    }
    const { status, stdout, stderr } = await simulateSessions(edge.ocppUrl, STATIONS);
    assert.equal(status, 0, `${stdout}\n${stderr}`);

    const all = STATIONS * VERSIONS;
    const metrics = await until(`${all} ends of connections in the metrics`, async () => {
      const text = await scrape(worker.opsUrl);
      return metricOf(text, 'stationmaster_events_total', { type: 'station.disconnected' }) === all && text;
    });
    assert.equal(metricOf(metrics, 'stationmaster_events_total', { type: 'transaction.ended' }), all);
    assert.equal(metricOf(metrics, 'stationmaster_actor_crashes_total'), 0);
    assert.equal(metricOf(await scrape(edge.opsUrl), 'stationmaster_edge_faults_total'), 0);
    assert.equal(await edge.process.stop(), 0, edge.process.output.join('\n'));
    assert.equal(await worker.process.stop(), 0, worker.process.output.join('\n'));
  });

  test('an API started before any worker waits for the event log; then it serves calls, and SIGTERM ends it with status 0', async (t) => {
    const own = await NatsServer.start({ folder: path.join(folder, 'own nats') });
    t.after(() => own.kill9());
    const flags = ['--redis-url', redis.url, '--nats-url', own.url];
    const start = (kind: 'worker' | 'api') => {
      const process = serviceOf(kind, flags);
      t.after(() => process.kill9());
      return { process, serves: process.start() };
    };
    const api = start('api');
    await until('waiting', () => api.process.output.some((line) => line.includes('there is no stream')));
    const worker = start('worker');
    await Promise.all([worker.serves, api.serves]);
    const channel = createChannel(`${LOOPBACK}:${Number(api.process.startLine['grpcPort'])}`);
    t.after(() => channel.close());
    const commands = createClient(grpc.CommandServiceDefinition, channel);
    const command = { stationId: 'nobody', action: 'ClearCache' };
    const { outcome } = await commands.sendCommand({ command, commandId: 'k', timeoutMs: 5_000 });
    assert.equal(outcome?.status, grpc.OutcomeStatus.OUTCOME_STATUS_OFFLINE);
    const known = await commands.getCommand({ stationId: 'nobody', commandId: 'k' });
    assert.equal(known.command?.state, grpc.CommandState.COMMAND_STATE_ENDED);
    assert.equal(await api.process.stop(), 0, api.process.output.join('\n'));
    assert.equal(await worker.process.stop(), 0, worker.process.output.join('\n'));
  });

  for (const kind of ['edge', 'worker', 'api'] as const) {
    test(`${kind}: SIGHUP does not end it while it waits for its servers; SIGTERM does, with status 0`, async (t) => {
      const [nowhere = 0] = await freePorts(1);
      const process = new ServiceProcess({
        name: `the ${kind}`,
        main: `services/${kind}/main.js`,
        started: `${kind}_started`,
        flags: () => [
          '--nats-url',
          `nats://${LOOPBACK}:${nowhere}`,
          '--ops-host',
          LOOPBACK,
          '--ops-port',
          '0',
        ],
      });
      t.after(() => process.kill9());
      const ended = assert.rejects(process.start(), /ended \(0\) at its start/);
      await until('waiting', () => process.output.some((line) => line.includes('"waiting_for_server"')));
      process.signal('SIGHUP');
      process.signal('SIGTERM');
      await ended;
    });
  }

  test('the directory is filled and listed', async () => {
    const file = path.join(folder, 'stations.yaml');
    await writeFile(
      file,
      'stations:\n  - { id: A, password: sixteen-chars-00 }\n  - { id: B, noPassword: true }\n',
    );
    const filled = await run('services/provision/main.js', [...servers, '--stations-file', file]);
    assert.equal(filled.status, 0, filled.stderr);
    assert.equal(filled.stdout, 'added A\nadded B\n2 added, 0 changed, 0 removed, 0 as they were\n');
    const list = await run('services/provision/main.js', [...servers, '--list']);
    assert.deepEqual([list.status, list.stdout], [0, 'A: 1 password\nB: no password\n'], list.stderr);
  });

  test('what keeps a process from starting is one line, without secrets', async () => {
    const [nowhere = 0] = await freePorts(1);
    const flags = ['--ops-host', LOOPBACK, '--ops-port', '0', '--server-wait', '0'];
    const [edge, worker] = await Promise.all([
      run('services/edge/main.js', [...flags, '--nats-url', `nats://me:secret@${LOOPBACK}:${nowhere}`]),
      run('services/worker/main.js', [...flags, '--redis-url', 'http://:secret@localhost']),
    ]);
    assert.match(lastLine(edge.stderr), /^stationmaster: .*NATS.* \(waited 0 s; see --nats-url\)$/);
    assert.equal(edge.status, 1);
    assert.match(worker.stderr, /^stationmaster: --redis-url: what is given is not valid, it must be .*\n$/);
    assert.equal(worker.status, 2);
    for (const { stdout, stderr } of [edge, worker]) assert.ok(!`${stdout}${stderr}`.includes('secret'));
  });
});

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? '';

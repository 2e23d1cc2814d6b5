import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { freePorts, LOOPBACK } from '../../libs/servers/mod.js';
import { until } from '../client/until.js';
import { ServiceProcess } from '../topology/process.js';
import { run, simulateSessions } from './run.js';

test('npm run cluster: one worker is killed, stations charge nevertheless, and everything ends with it', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-'));
  const cluster = new ServiceProcess({
    name: 'the cluster',
    main: 'services/cluster/main.js',
    started: 'cluster_started',
    flags: () => [
      ...['--host', LOOPBACK, '--ocpp-port', '0', '--ops-port', '0', '--grpc-port', '0'],
      ...['--nats-port', '0', '--redis-port', '0'],
      ...['--lease-time', '1s', '--data-dir', folder],
    ],
  });
  t.after(async () => {
    await cluster.kill9();
    await rm(folder, { recursive: true });
  });
  await cluster.start();
  const line = cluster.startLine;
  const processes = line['processes'] as Readonly<Record<string, number>>;
  const [ocppPort = 0] = line['ocppPorts'] as readonly number[];
  assert.deepEqual(Object.keys(processes).sort(), [
    'api',
    'edge-1',
    'edge-2',
    'nats-server',
    'redis-server',
    'worker-1',
    'worker-2',
  ]);
  t.after(() => {
    for (const pid of Object.values(processes)) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });

  process.kill(processes['worker-1'] ?? 0, 'SIGKILL');
  await until('the report of the end', () => cluster.output.some((text) => text.includes('"process_ended"')));
  const { status, stdout, stderr } = await simulateSessions(`ws://${LOOPBACK}:${ocppPort}/ocpp`, 5);
  assert.equal(status, 0, `${stdout}\n${stderr}`);

  assert.equal(await cluster.stop(), 0, cluster.output.join('\n'));
  for (const [name, pid] of Object.entries(processes)) assert.ok(!isAlive(pid), `${name} is still there`);
});

test('a port in use is one line', async () => {
  const [port = 0] = await freePorts(1);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(port, LOOPBACK, resolve));
  try {
    const { status, stderr } = await run('services/cluster/main.js', ['--nats-port', String(port)]);
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`^stationmaster: port ${port} is in use: .*\\n$`));
  } finally {
    server.close();
  }
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { GatewayCluster } from './cluster.js';

const PASSWORD = 'a-password-of-20-char';

/** `open`, or the status with which the handshake was refused. */
async function handshake(url: string, password: string): Promise<string> {
  const socket = new WebSocket(`${url}/bench-0`, 'ocpp1.6', {
    auth: `bench-0:${password}`,
    rejectUnauthorized: false,
  });
  socket.on('error', () => undefined);
  const refused = once(socket, 'unexpected-response').then(([, { statusCode }]) => String(statusCode));
  const outcome = await Promise.race([once(socket, 'open').then(() => 'open'), refused]);
  socket.terminate();
  return outcome;
}

test('a cluster has its processes by name, lets in whom it was told of, and leaves nothing behind', async (t) => {
  const cluster = await GatewayCluster.start({
    edges: 1,
    workers: 1,
    api: true,
    tls: true,
    stations: [{ id: 'bench-0', password: PASSWORD }],
  });
  t.after(() => cluster.close());
  assert.deepEqual(cluster.processes.map(({ name }) => name).sort(), [
    'api-1',
    'edge-1',
    'nats',
    'redis',
    'worker-1',
  ]);
  assert.equal(cluster.opsUrls.length, 3);
  for (const { name, cpuMicros, rssBytes } of cluster.processes) {
    assert.ok(cpuMicros() > 0, name);
    assert.ok(rssBytes() > 1_000_000, name);
  }
  const [url = '', tlsUrl = ''] = [...cluster.ocppUrls, ...cluster.tlsUrls];
  assert.equal(await handshake(url, PASSWORD), 'open');
  assert.equal(await handshake(tlsUrl, PASSWORD), 'open');
  assert.equal(await handshake(url, 'another-password'), '401');
  await cluster.close();
  for (const { name, pid } of cluster.processes) assert.ok(!existsSync(`/proc/${pid}`), name);
});

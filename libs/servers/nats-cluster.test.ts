import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { NatsCluster } from './mod.js';
import { ask } from './ports.js';

test('three nats-servers form a cluster with JetStream; one is killed and comes back', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const cluster = await NatsCluster.start({ folder });
  t.after(() => cluster.kill9());
  assert.equal(new Set(cluster.urls).size, 3);
  const [first] = cluster.nodes;
  assert.ok(first !== undefined);
  await first.kill9();
  assert.equal(await ask(first.port, ''), undefined);
  await first.start();
  await cluster.ready();
  for (const { port } of cluster.nodes)
    assert.match((await ask(port, '')) ?? '', /"cluster":"stationmaster"/);
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type AddressInfo, createServer } from 'node:net';
import { test, type TestContext } from 'node:test';
import { ManualClock } from '../clock/mod.js';
import { createMetrics, silentLogger, StartError } from './mod.js';
import { startOpsServer, type OpsServerOptions } from './ops-server.js';

async function started(t: TestContext, options: Partial<OpsServerOptions> = {}) {
  const server = await startOpsServer({
    port: 0,
    host: '127.0.0.1',
    metrics: createMetrics(),
    checks: {},
    logger: silentLogger(),
    ...options,
  });
  t.after(() => server.close());
  const url = `http://127.0.0.1:${server.port}`;
  return { server, fetch: (path: string, init?: RequestInit) => fetch(url + path, init) };
}

test('/healthz is 200 while the process lives, ready or not', async (t) => {
  const { fetch } = await started(t);
  const response = await fetch('/healthz?probe=1');
  assert.equal(response.status, 200);
  assert.equal(await response.text(), 'ok\n');
});

test('/readyz is 503 until set ready, and again when draining', async (t) => {
  const { server, fetch } = await started(t, { checks: { store: () => {} } });
  const before = await fetch('/readyz');
  assert.equal(before.status, 503);
  assert.deepEqual(await before.json(), {
    ready: false,
    checks: { process: 'starting or draining', store: 'ok' },
  });
  server.setReady(true);
  const ready = await fetch('/readyz');
  assert.equal(ready.status, 200);
  assert.deepEqual(await ready.json(), { ready: true, checks: { process: 'ok', store: 'ok' } });
  server.setReady(false);
  assert.equal((await fetch('/readyz')).status, 503);
});

test('/readyz names each check that throws, rejects or hangs', async (t) => {
  const checks = {
    good: () => Promise.resolve(),
    throwing: () => {
      throw new Error('disk full');
    },
    rejecting: () => Promise.reject(new Error('not connected')),
    hanging: () => new Promise<void>(() => {}),
  };
  const { server, fetch } = await started(t, { checks, checkTimeoutMs: 20 });
  server.setReady(true);
  const response = await fetch('/readyz');
  assert.equal(response.status, 503);
  assert.deepEqual(await response.json(), {
    ready: false,
    checks: {
      process: 'ok',
      good: 'ok',
      throwing: 'disk full',
      rejecting: 'not connected',
      hanging: 'no answer within 20 ms',
    },
  });
});

test('/readyz runs its checks at most once a second, and tells a drain at once', async (t) => {
  const clock = new ManualClock();
  let runs = 0;
  const store = () => {
    if (++runs > 1) throw new Error('disk full');
  };
  const { server, fetch } = await started(t, { clock, checks: { store } });
  server.setReady(true);
  const asked = await Promise.all([fetch('/readyz'), fetch('/readyz'), fetch('/readyz')]);
  assert.deepEqual([...asked.map(({ status }) => status), runs], [200, 200, 200, 1]);
  server.setReady(false);
  assert.equal((await fetch('/readyz')).status, 503);
  server.setReady(true);
  await clock.advance(999);
  assert.equal((await fetch('/readyz')).status, 200);
  await clock.advance(1);
  assert.equal((await fetch('/readyz')).status, 503);
  assert.equal(runs, 2);
});

test('/metrics tells the metrics in Prometheus format', async (t) => {
  const metrics = createMetrics();
  metrics.counter({ name: 'stationmaster_seen_total', help: 'Seen.' }).cell().add(3);
  const { fetch } = await started(t, { metrics });
  const response = await fetch('/metrics');
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(await response.text(), /^stationmaster_seen_total 3$/m);
});

test('/metrics is 500 when a reading fails, and works again afterwards', async (t) => {
  const metrics = createMetrics();
  let broken = true;
  metrics.gauge({ name: 'stationmaster_level', help: 'Level.' }, () => {
    if (broken) throw new Error('broken');
    return 1;
  });
  const { fetch } = await started(t, { metrics });
  assert.equal((await fetch('/metrics')).status, 500);
  broken = false;
  assert.equal((await fetch('/metrics')).status, 200);
});

test('/ lists the paths, others are 404, HEAD has no body, other methods are 405', async (t) => {
  const { fetch } = await started(t);
  assert.match(await (await fetch('/')).text(), /\/healthz[^]*\/readyz[^]*\/metrics/);
  assert.equal((await fetch('/nothing')).status, 404);
  assert.equal((await fetch('/constructor')).status, 404);
  const head = await fetch('/healthz', { method: 'HEAD' });
  assert.equal(head.status, 200);
  assert.equal(head.headers.get('content-length'), '3');
  assert.equal(await head.text(), '');
  const post = await fetch('/healthz', { method: 'POST', body: 'x' });
  assert.equal(post.status, 405);
  assert.equal(post.headers.get('allow'), 'GET, HEAD');
});

test('closing ends connections that say nothing', async (t) => {
  const { server } = await started(t);
  const idle = connect(server.port, '127.0.0.1');
  await once(idle, 'connect');
  const closed = once(idle, 'close');
  idle.resume();
  await server.close();
  await closed;
});

test('a port in use is a StartError that names it', async (t) => {
  const other = createServer();
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  const { port } = other.address() as AddressInfo;
  await assert.rejects(started(t, { port }), (error: unknown) => {
    assert.ok(error instanceof StartError);
    assert.match(
      error.message,
      new RegExp(`^the ops port 127\\.0\\.0\\.1:${port} cannot be used: .*EADDRINUSE`),
    );
    return true;
  });
});

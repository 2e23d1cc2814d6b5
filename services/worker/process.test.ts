import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { Closers, defaultsOf, silentLogger, StartError } from '../../libs/ops/mod.js';
import { OPTIONS } from './options.js';
import { startWorkerProcess } from './process.js';

/** Of a listener that is gone. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  await new Promise<unknown>((resolve) => server.close(resolve));
  return address.port;
}

test('a worker that waits for its servers is stopped with what it has opened', async () => {
  const opsPort = await freePort();
  const closers = new Closers(silentLogger());
  const config = {
    ...defaultsOf(OPTIONS),
    opsHost: '127.0.0.1',
    opsPort,
    natsUrl: [`nats://127.0.0.1:${await freePort()}`],
    serverWait: 1_000,
  };
  const health = () => fetch(`http://127.0.0.1:${opsPort}/healthz`).then(({ status }) => status);
  const starting = assert.rejects(
    startWorkerProcess(config, { logger: silentLogger(), closers }),
    StartError,
  );
  while ((await health().catch(() => undefined)) === undefined);
  assert.equal(await health(), 200);
  await closers.close();
  await assert.rejects(health());
  await starting;
});

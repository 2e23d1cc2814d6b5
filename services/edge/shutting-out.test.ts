import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { MemoryBroker } from '../../libs/bus/mod.js';
import { systemClock } from '../../libs/clock/mod.js';
import { stationToken, subjects } from '../../libs/link/mod.js';
import { createMetrics, silentLogger } from '../../libs/ops/mod.js';
import { hashPassword, memoryStore, type Directory } from '../../libs/store/mod.js';
import { edgeConfig, startEdge } from './mod.js';
import { until } from './socket/recorder.fixture.js';

const OLD = 'sixteen-chars-00';
const NEW = 'another-password-1';
const NOTHING = new Uint8Array(0);

async function start(t: TestContext, socket: 'uws' | 'ws') {
  const clock = systemClock();
  const broker = new MemoryBroker();
  const bus = broker.connect();
  const gateway = broker.connect();
  const { directory, running } = memoryStore({ clock, shards: 256 });
  const [credential, newer] = [hashPassword(Buffer.from(OLD)), hashPassword(Buffer.from(NEW))];
  for (const stationId of ['CP/1', 'CP2']) await directory.put({ stationId, credentials: [credential] });
  const retired: unknown[] = [];
  const watched: Directory = {
    get: (stationId) => directory.get(stationId),
    put: (record) => directory.put(record),
    remove: (stationId) => directory.remove(stationId),
    list: (options) => directory.list(options),
    replace: async (stationId, expected, next) => {
      const done = await directory.replace(stationId, expected, next);
      if (done) retired.push(next);
      return done;
    },
  };
  const config = edgeConfig({ host: '127.0.0.1', port: 0, socket });
  const metrics = createMetrics();
  const edge = await startEdge({
    bus,
    directory: watched,
    running,
    clock,
    logger: silentLogger(),
    metrics,
    config,
  });
  t.after(() => edge.close());

  /** The status of the answer, or the open connection. */
  const knock = (stationId: string, password: string): Promise<WebSocket | number> =>
    new Promise((resolve) => {
      const basic = Buffer.from(`${stationId}:${password}`).toString('base64');
      const url = `ws://127.0.0.1:${edge.port}/ocpp/${encodeURIComponent(stationId)}`;
      const client = new WebSocket(url, ['ocpp1.6'], { headers: { Authorization: `Basic ${basic}` } });
      client.on('open', () => resolve(client));
      client.on('unexpected-response', (_request, response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      client.on('error', () => undefined);
    });
  const enter = async (stationId: string, password: string = OLD): Promise<WebSocket> => {
    const client = await knock(stationId, password);
    assert.ok(client instanceof WebSocket, `refused: ${typeof client === 'number' ? client : ''}`);
    t.after(() => client.terminate());
    return client;
  };
  const tell = (stationId: string) => gateway.publish(subjects.shutout(stationToken(stationId)), NOTHING);
  return { directory, retired, credential, newer, bus, knock, enter, tell };
}

const ended = (client: WebSocket): Promise<number> => new Promise((resolve) => client.on('close', resolve));

for (const socket of ['uws', 'ws'] as const) {
  describe(`an edge on ${socket}`, () => {
    test('ends a station that was removed as soon as it is told over the bus, and no other', async (t) => {
      const { directory, enter, knock, tell } = await start(t, socket);
      const [gone, stays] = [await enter('CP/1'), await enter('CP2')];
      const end = ended(gone);
      await directory.remove('CP/1');
      tell('CP/1');
      assert.equal(await end, 1008);
      assert.equal(stays.readyState, WebSocket.OPEN);
      assert.equal(await knock('CP/1', OLD), 404);
    });

    test('who comes in after it was told stays', async (t) => {
      const { directory, newer, enter, tell } = await start(t, socket);
      const before = await enter('CP/1');
      const end = ended(before);
      await directory.put({ stationId: 'CP/1', credentials: [newer] });
      tell('CP/1');
      const after = await enter('CP/1', NEW);
      assert.equal(await end, 1008);
      const heard = new Promise((resolve) => {
        after.on('close', resolve);
        after.once('pong', () => resolve('pong')).ping();
      });
      assert.equal(await heard, 'pong');
    });

    test('ends a station of which it could not be told when the bus is back', async (t) => {
      const { directory, enter, tell, bus } = await start(t, socket);
      const [gone, stays] = [await enter('CP/1'), await enter('CP2')];
      const end = ended(gone);
      bus.setConnected(false);
      const record = await directory.get('CP/1');
      assert.ok(record);
      await directory.put({ ...record, disabled: true });
      tell('CP/1');
      bus.setConnected(true);
      assert.equal(await end, 1008);
      assert.equal(stays.readyState, WebSocket.OPEN);
    });

    test('a rotated password: who came in with the old one stays until the new one is used', async (t) => {
      const { directory, retired, credential, newer, enter, knock } = await start(t, socket);
      const before = await enter('CP/1');
      await directory.put({ stationId: 'CP/1', credentials: [newer, credential], rotating: true });
      const meanwhile = await enter('CP/1');
      assert.equal(before.readyState, WebSocket.OPEN);
      await enter('CP/1', NEW);
      await until('retired', () => retired.length > 0);
      assert.deepEqual(retired, [{ stationId: 'CP/1', credentials: [newer] }]);
      assert.equal(await knock('CP/1', OLD), 401);
      assert.equal(meanwhile.readyState, WebSocket.OPEN);
      await enter('CP/1', NEW);
    });
  });
}

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { connect as tlsConnect } from 'node:tls';
import { WebSocket, type ClientOptions } from 'ws';
import { memoryBus } from '../../libs/bus/mod.js';
import { systemClock } from '../../libs/clock/mod.js';
import { decodeUp, encodeDown, type Connection, type Up } from '../../libs/link/mod.js';
import { createMetrics, silentLogger } from '../../libs/ops/mod.js';
import { hashPassword, memoryStore } from '../../libs/store/mod.js';
import { certificateFolder } from './fixtures/certificates.fixture.js';
import { edgeConfig, ListenError, startEdge, TlsError, type Edge, type EdgeConfigInput } from './mod.js';
import { until } from './socket/recorder.fixture.js';

const IMPLEMENTATIONS = ['uws', 'ws'] as const;

interface World {
  readonly edge: Edge;
  readonly url: string;
  /** What a worker heard. */
  readonly heard: Up[];
  send(connection: Connection, kind: 'reply' | 'order', id: string, message: unknown): void;
  metrics(): Promise<string>;
}

/** An edge on a free port, and a worker that answers every CALL with its own id. */
async function start(t: TestContext, input: EdgeConfigInput): Promise<World> {
  const clock = systemClock();
  const bus = memoryBus({ clock });
  const metrics = createMetrics();
  const { directory, running } = memoryStore({ clock, shards: 256 });
  await directory.put({ stationId: 'CP1', credentials: [hashPassword(Buffer.from('secret'))] });
  await directory.put({ stationId: 'locked', credentials: [], disabled: true });
  await directory.put({
    stationId: 'safe',
    credentials: [hashPassword(Buffer.from('secret'))],
    minimumSecurityProfile: 2,
  });
  const heard: Up[] = [];
  const send: World['send'] = ({ edgeId, connectionId }, kind, id, message) => {
    const frame = JSON.stringify(message);
    bus.publish(`csms.edge.${edgeId}.${connectionId}`, encodeDown({ kind, epoch: 1, id, frame }));
  };
  bus.subscribe('csms.up.*.*', ({ data }) => {
    const up = decodeUp(data);
    heard.push(up);
    if (up.kind === 'call') send(up.connection, 'reply', up.id, [3, up.id, { answered: up.id }]);
  });
  const config = edgeConfig({ host: '127.0.0.1', port: 0, mode: 'open', stationRateLimit: 0, ...input });
  const edge = await startEdge({ bus, directory, running, clock, logger: silentLogger(), metrics, config });
  t.after(() => edge.close());
  const url = `ws://127.0.0.1:${edge.port}/ocpp`;
  return { edge, url, heard, send, metrics: () => metrics.text() };
}

class Client {
  readonly messages: unknown[] = [];
  readonly socket: WebSocket;
  end: { code: number; reason: string } | undefined;
  status: number | undefined;

  constructor(url: string, protocols: string[] = ['ocpp1.6'], options: ClientOptions = {}) {
    this.socket = new WebSocket(url, protocols, {
      rejectUnauthorized: false,
      perMessageDeflate: false,
      ...options,
    });
    this.socket.on('message', (data: Buffer) => this.messages.push(JSON.parse(data.toString())));
    this.socket.on('close', (code, reason) => (this.end = { code, reason: reason.toString() }));
    this.socket.on('unexpected-response', (_request, response) => {
      this.status = response.statusCode ?? 0;
      response.resume();
    });
    this.socket.on('error', () => undefined);
  }

  async opened(): Promise<this> {
    await until('open', () => this.socket.readyState === WebSocket.OPEN);
    return this;
  }

  async ended(): Promise<{ code: number; reason: string }> {
    await until('closed', () => this.end !== undefined);
    return this.end ?? { code: 0, reason: '' };
  }

  async refused(): Promise<number> {
    await until('refused', () => this.status !== undefined);
    return this.status ?? 0;
  }
}

/** Who the certificate of a TLS port is for; `reset` in the instant in which the port changes hands. */
const commonName = (port: number): Promise<string> =>
  new Promise((resolve) => {
    const socket = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on('error', () => {
      resolve('reset');
    });
  });

/** First bytes of the answer to a handshake whose path is these bytes. */
const knock = (port: number, path: Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    const headers = [
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Protocol: ocpp1.6',
    ];
    const socket = connect(port, '127.0.0.1');
    socket.write(Buffer.concat([Buffer.from('GET '), path]));
    socket.write(` HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once('error', reject);
  });

const heartbeat = (id: string): string => `[2,"${id}","Heartbeat",{}]`;
const basic = (user: string, password: string): ClientOptions => ({
  headers: { Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
});

for (const socket of IMPLEMENTATIONS) {
  describe(`an edge on ${socket}`, () => {
    test('a station connects, its CALL is answered, and the worker hears of its end', async (t) => {
      const { edge, url, heard } = await start(t, { socket, edgeId: 'edge-1' });
      const client = await new Client(`${url}/CP%201`, ['ocpp2.0.1']).opened();
      client.socket.send(heartbeat('a'));
      await until('answered', () => client.messages.length === 1);
      assert.deepEqual(client.messages, [[3, 'a', { answered: 'a' }]]);
      assert.equal(edge.connections, 1);
      client.socket.close(1000);
      await until('gone', () => edge.connections === 0);
      await until('told', () => heard.length === 3);
      assert.deepEqual(
        heard.map(({ kind }) => kind),
        ['connected', 'call', 'disconnected'],
      );
      const [first] = heard;
      assert.ok(first?.kind === 'connected');
      const { connectedAt, connectionId, ...connection } = first.connection;
      assert.deepEqual(connection, {
        edgeId: 'edge-1',
        version: '2.0.1',
        provisioned: true,
        securityProfile: 0,
      });
      assert.ok(Math.abs(connectedAt - Date.now()) < 60_000);
      assert.match(connectionId, /^[0-9a-f]{8}-1$/);
    });

    test('handshakes are answered by the table', async (t) => {
      const { url, metrics } = await start(t, { socket, mode: 'provisioned' });
      const good = basic('CP1', 'secret');
      await new Client(`${url}/CP1`, ['ocpp1.6'], good).opened().then((client) => {
        client.socket.terminate();
      });
      for (const [path, options, status] of [
        ['/CP1', {}, 401],
        ['/CP1', basic('CP1', 'wrong'), 401],
        ['/CP1', basic('CP2', 'secret'), 401],
        ['/nobody', basic('nobody', 'secret'), 404],
        ['/locked', {}, 404],
        ['/safe', basic('safe', 'secret'), 403],
        ['/100%', good, 400],
        ['/', good, 400],
        ['/%00', good, 400],
      ] as const) {
        assert.equal(await new Client(`${url}${path}`, ['ocpp1.6'], options).refused(), status, path);
      }
      const lost = new Client(`${url}/CP1`, ['mqtt'], good);
      await lost.ended();
      assert.equal(lost.status, undefined);
      const text = await metrics();
      for (const line of ['accepted"} 1', 'unauthorized"} 3', 'unknown_station"} 1', 'no_subprotocol"} 1']) {
        assert.ok(text.includes(`stationmaster_edge_handshakes_total{outcome="${line}`), line);
      }
    });

    test('who comes without a WebSocket is told what this is', async (t) => {
      const { edge } = await start(t, { socket });
      const station = await fetch(`http://127.0.0.1:${edge.port}/ocpp/CP1`);
      assert.equal(station.status, 426);
      assert.match(await station.text(), /OCPP gateway/);
      const root = await fetch(`http://127.0.0.1:${edge.port}/`);
      assert.equal(root.status, 404);
      assert.match(await root.text(), /\/ocpp\/<station id>/);
    });

    test('too many handshakes: 429', async (t) => {
      const { url } = await start(t, { socket, connectionRate: 0.001, connectionBurst: 1 });
      await new Client(`${url}/CP1`).opened();
      assert.equal(await new Client(`${url}/CP2`).refused(), 429);
    });

    test('500 CALLs at once, more than the rate allows: all answered, in order', async (t) => {
      const { url, metrics } = await start(t, { socket, stationRateLimit: 1000, stationBurst: 50 });
      const client = await new Client(`${url}/CP1`).opened();
      const ids = Array.from({ length: 500 }, (_, n) => String(n));
      for (const id of ids) client.socket.send(heartbeat(id));
      let paused = false;
      const look = async () => {
        paused ||= (await metrics()).includes('stationmaster_edge_paused_connections 1');
      };
      while (client.messages.length < ids.length) {
        await look();
        await new Promise((resolve) => setImmediate(resolve));
      }
      // What was read at once is served at once; it is paid for afterwards.
      await look();
      assert.ok(paused, 'it was slowed down');
      assert.deepEqual(
        client.messages.map((message) => (message as string[])[1]),
        ids,
      );
    });

    test('512 KiB are served, one byte more closes with 1009', async (t) => {
      const { url } = await start(t, { socket });
      const client = await new Client(`${url}/CP1`).opened();
      const frame = (bytes: number): string => {
        const [head, tail] = ['[2,"a","DataTransfer",{"vendorId":"v","data":"', '"}]'];
        return `${head}${'x'.repeat(bytes - head.length - tail.length)}${tail}`;
      };
      client.socket.send(frame(512 * 1024));
      await until('answered', () => client.messages.length === 1);
      client.socket.send(frame(512 * 1024 + 1));
      assert.equal((await client.ended()).code, 1009);
    });

    test('a station that does not read is cut off', async (t) => {
      const { edge, url, heard, send } = await start(t, { socket, maxBufferedBytes: 64 * 1024 });
      const client = await new Client(`${url}/CP1`).opened();
      await until('known', () => heard.length === 1);
      client.socket.pause();
      const [first] = heard;
      assert.ok(first?.kind === 'connected');
      for (let n = 0; n < 400; n++)
        send(first.connection, 'order', `o${n}`, [2, `o${n}`, 'X', { x: 'x'.repeat(50_000) }]);
      await until('cut off', () => edge.connections === 0);
      client.socket.terminate();
    });

    test('bytes in the path that are no UTF-8 are refused', async (t) => {
      const { edge } = await start(t, { socket });
      assert.match(await knock(edge.port, Buffer.from('/ocpp/caf\xe9', 'latin1')), /^HTTP\/1\.1 400 /);
      assert.match(await knock(edge.port, Buffer.from('/ocpp/caf\xe8', 'latin1')), /^HTTP\/1\.1 400 /);
      assert.match(await knock(edge.port, Buffer.from('/ocpp/caf%C3%A9')), /^HTTP\/1\.1 101 /);
    });

    test('the connections of stations that may not stay are ended, the others live on', async (t) => {
      const { edge, url } = await start(t, { socket });
      const [first, again, other] = await Promise.all(
        ['CP1', 'CP1', 'CP2'].map((id) => new Client(`${url}/${id}`).opened()),
      );
      assert.equal(edge.disconnect([]), 0);
      assert.equal(edge.disconnect(['CP1', 'unknown']), 2);
      for (const client of [first, again]) {
        const { code, reason } = (await client?.ended()) ?? {};
        assert.equal(code, 1008);
        assert.match(reason ?? '', /removed, disabled, or other credentials/);
      }
      assert.equal(edge.connections, 1);
      other?.socket.send(heartbeat('still'));
      await until('answered', () => other?.messages.length === 1);
    });

    test('draining: the port is free at once, and who is there is told to go (1001)', async (t) => {
      const { edge, url } = await start(t, { socket, drainSpreadMs: 200 });
      const clients = await Promise.all(
        ['CP1', 'CP2', 'CP3'].map((id) => new Client(`${url}/${id}`).opened()),
      );
      const drained = edge.drain();
      const port = await new Promise((resolve) => {
        connect(edge.port, '127.0.0.1').on('error', (error: NodeJS.ErrnoException) => {
          resolve(error.code);
        });
      });
      assert.equal(port, 'ECONNREFUSED');
      assert.ok(edge.connections > 0);
      for (const client of clients) assert.equal((await client.ended()).code, 1001);
      await drained;
      assert.equal(edge.connections, 0);
    });

    test('new certificates are taken up from the files; a connection lives on', async (t) => {
      const folder = certificateFolder();
      t.after(() => {
        folder.remove();
      });
      const certificates = [folder.files('ecdsa')];
      const tls = { host: '127.0.0.1', port: 0, certificates, reloadCheckMs: 5 };
      const { edge } = await start(t, { socket, tls });
      const url = `wss://127.0.0.1:${edge.tlsPort ?? 0}/ocpp/CP1`;
      const client = await new Client(url).opened();
      const nameOf = (): Promise<string> => commonName(edge.tlsPort ?? 0);
      assert.equal(await nameOf(), 'localhost');
      folder.replace('ecdsa', 'nonsense');
      await assert.rejects(edge.reloadTls(), TlsError);
      assert.equal(await nameOf(), 'localhost');
      folder.replace('ecdsa', 'renewed');
      while ((await nameOf()) !== 'renewed');
      client.socket.send(heartbeat('still'));
      await until('answered', () => client.messages.length === 1);
    });
  });
}

describe('starting', () => {
  test('a TLS port that cannot be had is a clear error, and nothing is left listening', async (t) => {
    const folder = certificateFolder();
    t.after(() => {
      folder.remove();
    });
    const { edge } = await start(t, {});
    const gone = await start(t, {});
    await gone.edge.close();
    const { port } = gone.edge;
    const tls = { host: '127.0.0.1', port: edge.port, certificates: [folder.files('rsa')] };
    await assert.rejects(start(t, { port, tls }), ListenError);
    await start(t, { port });
  });

  test('settings that cannot work are refused with what to change', async (t) => {
    await assert.rejects(start(t, { maxMessageBytes: 2 ** 20 }), /the bus takes at most/);
    assert.throws(() => edgeConfig({ edgeId: 'a.b' }), /may hold only letters/);
    assert.throws(() => edgeConfig({ tls: {} }), /needs a certificate/);
    assert.throws(() => edgeConfig({ pingIntervalMs: 10, deadAfterMs: 10 }), /must be above/);
  });
});

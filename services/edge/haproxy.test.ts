import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { WebSocket, type ClientOptions } from 'ws';
import { memoryBus } from '../../libs/bus/mod.js';
import { systemClock } from '../../libs/clock/mod.js';
import { decodeUp, type Connection } from '../../libs/link/mod.js';
import { createLogger, createMetrics } from '../../libs/ops/mod.js';
import { findProgram } from '../../libs/servers/mod.js';
import { hashPassword, memoryStore } from '../../libs/store/mod.js';
import {
  clientCertificate,
  CPO_NAME,
  proxyFolder,
  type ClientName,
} from './fixtures/client-certificates.fixture.js';
import { PROXY_ADDRESS, startEdgeProxy } from './fixtures/haproxy.fixture.js';
import { edgeConfig, startEdge } from './mod.js';

/** Security profile 3: a real HAProxy terminates TLS in front of the edge (CONFORMANCE 1). */

const skip =
  findProgram('haproxy') === undefined &&
  'haproxy is not on the PATH (Debian and Ubuntu: apt-get install haproxy)';

const PASSWORD = 'correct-horse-battery';
const BASIC = { authorization: `Basic ${Buffer.from(`CP1:${PASSWORD}`).toString('base64')}` };
const FORGED = { 'X-Client-Verify': 'SUCCESS', 'X-Client-CN': 'SN-0001', 'X-Client-O': CPO_NAME };

interface World {
  /** Through the proxy; the status of the answer, or `tls` when there is none. */
  knock(
    certificate: ClientName | undefined,
    headers?: Readonly<Record<string, string>>,
  ): Promise<number | 'tls'>;
  /** Past the proxy. */
  knockDirectly(headers: Readonly<Record<string, string>>): Promise<number | 'tls'>;
  /** Of those let in. */
  readonly connections: Connection[];
  /** Lines of the log. */
  readonly log: Readonly<Record<string, unknown>>[];
  metrics(): Promise<string>;
}

async function world(
  t: TestContext,
  socket: 'uws' | 'ws',
  { passesBadCertificates = false } = {},
): Promise<World> {
  const clock = systemClock();
  const bus = memoryBus({ clock });
  const metrics = createMetrics();
  const { directory, running } = memoryStore({ clock, shards: 256 });
  const credentials = [hashPassword(Buffer.from(PASSWORD))];
  await directory.put({ stationId: 'CP1', serialNumber: 'SN-0001', credentials });
  const connections: Connection[] = [];
  bus.subscribe('csms.up.*.*', ({ data }) => {
    const up = decodeUp(data);
    if (up.kind === 'connected') connections.push(up.connection);
  });
  const log: World['log'] = [];
  const output = { write: (line: string) => void log.push(JSON.parse(line) as World['log'][number]) };
  const trustedProxies = [PROXY_ADDRESS];
  const config = edgeConfig({ host: '127.0.0.1', port: 0, socket, trustedProxies, cpoName: CPO_NAME });
  const logger = createLogger({ level: 'debug', name: 'edge' }, output);
  const edge = await startEdge({ bus, directory, running, clock, logger, metrics, config });
  t.after(() => edge.close());
  const folder = proxyFolder();
  t.after(() => {
    folder.remove();
  });
  const proxy = await startEdgeProxy({ folder, edgePort: edge.port, passesBadCertificates });
  t.after(() => proxy.kill9());
  return {
    knock: (certificate, headers = {}) =>
      knock(`wss://localhost:${proxy.port}/ocpp/CP1`, {
        headers,
        rejectUnauthorized: false,
        ...(certificate === undefined ? {} : clientCertificate(certificate)),
      }),
    knockDirectly: (headers) => knock(`ws://127.0.0.1:${edge.port}/ocpp/CP1`, { headers }),
    connections,
    log,
    metrics: () => metrics.text(),
  };
}

function knock(url: string, options: ClientOptions): Promise<number | 'tls'> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, ['ocpp1.6'], { family: 4, ...options });
    socket.on('open', () => {
      resolve(101);
      socket.close();
    });
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      response.resume();
    });
    socket.on('error', () => {
      resolve('tls');
    });
  });
}

for (const socket of ['uws', 'ws'] as const) {
  describe(`security profile 3 behind HAProxy (${socket})`, { skip }, () => {
    test('the certificate of the station opens, without a password', async (t) => {
      const { knock, connections, log } = await world(t, socket);
      assert.equal(await knock('right'), 101);
      assert.equal(connections[0]?.securityProfile, 3);
      assert.equal(connections[0].certificateCn, 'SN-0001');
      const admitted = log.find((line) => line['msg'] === 'station_admitted');
      assert.equal(admitted?.['remoteAddress'], '127.0.0.1', 'not that of the proxy');
    });

    test('that of another station, or of another operator, opens nothing, whatever the password', async (t) => {
      const { knock, connections, metrics } = await world(t, socket);
      assert.equal(await knock('wrong', BASIC), 403);
      assert.equal(await knock('otherCpo', BASIC), 403);
      assert.deepEqual(connections, []);
      const text = await metrics();
      assert.match(text, /handshakes_total\{outcome="wrong_certificate"\} 1/);
      assert.match(text, /handshakes_total\{outcome="foreign_certificate"\} 1/);
    });

    test('HAProxy refuses expired and foreign certificates before a word of HTTP', async (t) => {
      const { knock, connections } = await world(t, socket);
      assert.equal(await knock('expired', BASIC), 'tls');
      assert.equal(await knock('foreign', BASIC), 'tls');
      assert.deepEqual(connections, []);
    });

    test('a proxy that lets them through, and says so, is believed', async (t) => {
      const { knock, metrics } = await world(t, socket, { passesBadCertificates: true });
      assert.equal(await knock('expired', BASIC), 403);
      assert.equal(await knock('foreign', BASIC), 403);
      assert.equal(await knock('right'), 101);
      assert.match(await metrics(), /handshakes_total\{outcome="certificate_not_verified"\} 2/);
    });

    test('without a certificate a password over TLS is security profile 2', async (t) => {
      const { knock, connections } = await world(t, socket);
      assert.equal(await knock(undefined), 401);
      assert.equal(await knock(undefined, BASIC), 101);
      assert.equal(connections[0]?.securityProfile, 2);
      assert.equal(connections[0].certificateCn, undefined);
    });

    test('what a station writes into these headers itself opens nothing', async (t) => {
      const { knock, knockDirectly, metrics } = await world(t, socket);
      assert.equal(await knock(undefined, FORGED), 401);
      assert.equal(await knock('wrong', FORGED), 403);
      assert.match(await metrics(), /proxy_headers_ignored_total 0/);
      assert.equal(await knockDirectly({ ...FORGED, 'X-Forwarded-Proto': 'https' }), 401);
      assert.match(await metrics(), /proxy_headers_ignored_total 1/);
    });
  });
}

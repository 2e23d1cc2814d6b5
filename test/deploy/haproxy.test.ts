import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { findProgram, LOOPBACK } from '../../libs/servers/mod.js';
import { defaultsOf } from '../../libs/ops/mod.js';
import { OPTIONS as EDGE_OPTIONS } from '../../services/edge/options.js';
import { RawClient } from '../client/raw-client.js';
import { until } from '../client/until.js';
import { scrape } from '../smoke/metrics.js';
import { startProxy, type ShippedProxy } from './proxy.js';

const run = promisify(execFile);
const skip = findProgram('haproxy') === undefined && 'haproxy is not on the PATH: Debian has it';
const FORGED = {
  'X-Client-Verify': 'SUCCESS',
  'X-Client-CN': 'somebody',
  'X-Client-O': 'else',
  'X-Forwarded-For': '192.0.2.1',
  'X-Forwarded-Proto': 'https',
};

async function secretsFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'haproxy-'));
  await cp('deploy/secrets.sh', path.join(folder, 'secrets.sh'));
  await run('sh', [path.join(folder, 'secrets.sh')]);
  return folder;
}

describe('what an edge is told by HAProxy with deploy/haproxy/haproxy.cfg', { skip }, () => {
  let folder: string;
  let proxy: ShippedProxy;
  const secret = (name: string) => path.join(folder, 'secrets', name);

  before(async () => {
    folder = await secretsFolder();
    proxy = await startProxy(folder);
  });
  after(async () => {
    await proxy.stop();
    await rm(folder, { recursive: true });
  });

  /** A certificate for a station with its key, of the authority `ca` or of itself; `days` may lie in the past. */
  async function certificate(
    name: string,
    { subject = '/O=Operator/CN=SN-0001', ca, days = 1 }: { subject?: string; ca?: string; days?: number },
  ): Promise<RequestOptions> {
    const [key, asked, made] = [secret(`${name}.key`), secret(`${name}.csr`), secret(`${name}.pem`)];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    await run('openssl', ['req', ...curve, '-subj', subject, '-keyout', key, '-out', asked]);
    const signer =
      ca === undefined
        ? ['-signkey', key]
        : ['-CA', secret(`${ca}.pem`), '-CAkey', secret(`${ca}.key`), '-CAcreateserial'];
    await run('openssl', ['x509', '-req', '-in', asked, ...signer, '-days', String(days), '-out', made]);
    return { cert: await readFile(made), key: await readFile(key) };
  }

  interface Told {
    readonly headers: IncomingHttpHeaders;
    readonly isResumed: boolean;
  }

  /** @param onSession gets what the connection can be resumed with. */
  async function told(
    options: RequestOptions & Pick<ConnectionOptions, 'session'>,
    onSession?: (session: Buffer) => void,
  ): Promise<Told> {
    const ca = await readFile(secret('ca.pem'));
    return await new Promise((resolve, reject) => {
      const sent = request(
        { host: LOOPBACK, port: proxy.ports.tls, ca, headers: FORGED, agent: false, ...options },
        (got) => {
          let text = '';
          got.on('data', (part: Buffer) => (text += part.toString()));
          got.on('end', () => {
            const isResumed = (got.socket as TLSSocket).isSessionReused();
            resolve({ headers: JSON.parse(text) as IncomingHttpHeaders, isResumed });
          });
        },
      );
      sent.once('socket', (socket) => {
        if (onSession !== undefined) socket.on('session', onSession);
      });
      sent.once('error', reject);
      sent.end();
    });
  }

  test('a station without a certificate: nothing that it says of one gets through', async () => {
    const { headers } = await told({});
    assert.equal(headers['x-client-verify'], undefined);
    assert.equal(headers['x-client-cn'], undefined);
    assert.equal(headers['x-client-o'], undefined);
    assert.equal(headers['x-forwarded-proto'], 'https');
    assert.equal(headers['x-forwarded-for'], LOOPBACK);
  });

  test('a station with a certificate of the authority: its subject, and nothing that it says of another', async () => {
    const { headers } = await told(await certificate('station', { ca: 'ca' }));
    assert.equal(headers['x-client-verify'], 'SUCCESS');
    assert.equal(headers['x-client-cn'], 'SN-0001');
    assert.equal(headers['x-client-o'], 'Operator');
  });

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`a session that is resumed has the subject of its certificate (${version})`, async () => {
      const options = {
        ...(await certificate('again', { ca: 'ca', subject: '/O=Operator/CN=SN-0002' })),
        minVersion: version,
        maxVersion: version,
      };
      const sessions: Buffer[] = [];
      await told(options, (session) => void sessions.push(session));
      const session = await until('a session', () => sessions.at(-1));
      const { headers, isResumed } = await told({ ...options, session });
      assert.ok(isResumed);
      assert.equal(headers['x-client-verify'], 'SUCCESS');
      assert.equal(headers['x-client-cn'], 'SN-0002');
    });
  }

  test('a certificate of another authority, or one that has expired, does not get in', async () => {
    await assert.rejects(told(await certificate('foreign', {})));
    const expired = await certificate('expired', { ca: 'ca', days: -1 });
    const verified = run('openssl', ['verify', '-CAfile', secret('ca.pem'), secret('expired.pem')]);
    await assert.rejects(verified, /certificate has expired/);
    await assert.rejects(told(expired), /expired|ECONNRESET/);
  });

  test('without TLS, nothing of a certificate gets through, nor that it were TLS', async () => {
    const response = await fetch(`http://${LOOPBACK}:${proxy.ports.plain}/`, { headers: FORGED });
    const headers = (await response.json()) as IncomingHttpHeaders;
    assert.equal(headers['x-client-verify'], undefined);
    assert.equal(headers['x-client-cn'], undefined);
    assert.equal(headers['x-client-o'], undefined);
    assert.equal(headers['x-forwarded-proto'], 'http');
    assert.equal(headers['x-forwarded-for'], LOOPBACK);
  });
});

describe('where HAProxy with deploy/haproxy/haproxy.cfg sends stations', { skip }, () => {
  let folder: string;

  before(async () => {
    folder = await secretsFolder();
  });
  after(() => rm(folder, { recursive: true }));

  const connect = ({ ports }: ShippedProxy, stationId: string) =>
    RawClient.connect({
      url: `ws://${LOOPBACK}:${ports.plain}/ocpp`,
      stationId,
      protocols: ['ocpp1.6'],
    });
  const connectedTo = ({ edges }: ShippedProxy) => edges.map(({ stations }) => stations.length);
  const EDGES = { proxy: 'edges' };

  test('what alerts read of it is there', async (t) => {
    const proxy = await startProxy(folder);
    t.after(() => proxy.stop());
    const told = await scrape(`http://${LOOPBACK}:${proxy.ports.operation}`);
    const read =
      (await readFile('deploy/prometheus/rules.yaml', 'utf8')).match(/\bhaproxy_\w+\{[^}]*\}/g) ?? [];
    assert.ok(read.length > 0);
    for (const series of read) assert.ok(told.includes(`\n${series} `), series);
    assert.equal((await fetch(`http://${LOOPBACK}:${proxy.ports.operation}/healthz`)).status, 200);
    assert.equal((await fetch(`http://${LOOPBACK}:${proxy.ports.operation}/`)).status, 404);
  });

  test('an edge that is not ready gets no new stations and keeps those that it has; ready again, it gets new ones', async (t) => {
    const proxy = await startProxy(folder);
    t.after(() => proxy.stop());
    const active = (count: number) =>
      until(`${count} edges get stations`, async () => {
        return (await proxy.metric('haproxy_backend_active_servers', EDGES)) === count;
      });
    await active(2);
    const stations = [await connect(proxy, 'CS-1'), await connect(proxy, 'CS-2')];
    assert.deepEqual(connectedTo(proxy), [1, 1], 'to the one that has fewest');
    proxy.edges[0].ready = false;
    await active(1);
    stations.push(await connect(proxy, 'CS-3'), await connect(proxy, 'CS-4'));
    assert.deepEqual(connectedTo(proxy), [1, 3]);
    for (const station of stations)
      assert.deepEqual(await station.call('1', 'Echoed', {}), [2, '1', 'Echoed', {}]);
    assert.ok(stations.every(({ isOpen }) => isOpen));
    proxy.edges[0].ready = true;
    await active(2);
    for (const station of stations) await station.close();
  });

  test('a handshake that comes to an edge that has just died is taken by another one at once', async (t) => {
    // Nobody has noticed: the checks are far between.
    const proxy = await startProxy(folder, '1h');
    t.after(() => proxy.stop());
    const first = [await connect(proxy, 'CS-1'), await connect(proxy, 'CS-2')];
    assert.deepEqual(connectedTo(proxy), [1, 1]);
    proxy.edges[0].die();
    await until('the station of the dead edge is cut off', () => first.some(({ isOpen }) => !isOpen));
    const again = await Promise.all(Array.from({ length: 6 }, (_, at) => connect(proxy, `CS-${10 + at}`)));
    assert.deepEqual(connectedTo(proxy), [0, 7]);
    assert.ok((await proxy.metric('haproxy_backend_redispatch_warnings_total', EDGES)) > 0);
    assert.equal(await proxy.metric('haproxy_backend_active_servers', EDGES), 2);
    for (const station of [...first, ...again]) if (station.isOpen) await station.close();
  });
});

describe('deploy/haproxy/haproxy.cfg beside the rest', () => {
  const config = () => readFile('deploy/haproxy/haproxy.cfg', 'utf8');
  const secondsOf = (text: string, setting: string): number => {
    const [, count = '', unit = ''] = new RegExp(`^ *timeout ${setting} (\\d+)([ms])$`, 'm').exec(text) ?? [];
    return Number(count) * (unit === 'm' ? 60 : 1);
  };

  test('a connection that only pings is not cut off, and an edge answers a handshake in time', async () => {
    const { pingInterval, deadAfter } = defaultsOf(EDGE_OPTIONS);
    const text = await config();
    assert.ok(secondsOf(text, 'tunnel') * 1000 > Math.max(2 * pingInterval, deadAfter));
    assert.ok(secondsOf(text, 'server') * 1000 >= 30_000);
  });

  test('it lets in as many as the edges take, and has the files for them', async () => {
    const text = await config();
    const [, all = ''] = /^ {2}maxconn (\d+)$/m.exec(text) ?? [];
    const [, each = ''] = /^ {2}default-server .*\bmaxconn (\d+)\b/m.exec(text) ?? [];
    const { services } = parse(await readFile('deploy/compose.yaml', 'utf8'), { merge: true }) as {
      services: Readonly<
        Record<string, { environment: Record<string, string>; ulimits: { nofile: number } }>
      >;
    };
    const edges = ['edge-1', 'edge-2'].map(
      (name) => services[name]?.environment['STATIONMASTER_MAX_CONNECTIONS'],
    );
    assert.deepEqual(edges, [each, each]);
    assert.equal(Number(all), Number(each) * edges.length);
    assert.ok((services['haproxy']?.ulimits.nofile ?? 0) > 2 * Number(all));
  });
});

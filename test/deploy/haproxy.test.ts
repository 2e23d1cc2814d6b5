import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { findProgram, freePorts, LOOPBACK, programPath, ServerProcess } from '../../libs/servers/mod.js';

const run = promisify(execFile);
const skip = findProgram('haproxy') === undefined && 'haproxy is not on the PATH: Debian has it';
const FORGED = {
  'X-Client-Verify': 'SUCCESS',
  'X-Client-CN': 'somebody',
  'X-Client-O': 'else',
  'X-Forwarded-For': '192.0.2.1',
  'X-Forwarded-Proto': 'https',
};

/** What an edge behind it is told with deploy/haproxy/haproxy.cfg; only ports, addresses and paths are others. */
describe('HAProxy with deploy/haproxy/haproxy.cfg', { skip }, () => {
  let folder: string;
  let edge: Server;
  let proxy: ServerProcess;
  let ports: { readonly tls: number; readonly plain: number };
  const secret = (name: string) => path.join(folder, 'secrets', name);

  /** A certificate for a station with its key, of the authority `ca` or of itself. */
  async function certificate(name: string, subject: string, ca?: string): Promise<RequestOptions> {
    const [key, certificate] = [secret(`${name}.key`), secret(`${name}.pem`)];
    const signer = ca === undefined ? [] : ['-CA', secret(`${ca}.pem`), '-CAkey', secret(`${ca}.key`)];
    await run('openssl', [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '1',
      ],
      ...['-subj', subject, '-keyout', key, '-out', certificate, ...signer],
    ]);
    return { cert: await readFile(certificate), key: await readFile(key) };
  }

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'haproxy-'));
    await cp('deploy/secrets.sh', path.join(folder, 'secrets.sh'));
    await run('sh', [path.join(folder, 'secrets.sh')]);
    edge = createServer((incoming, response) => {
      response.end(JSON.stringify(incoming.headers));
    });
    await new Promise<void>((resolve) => edge.listen(0, LOOPBACK, resolve));
    const [tls = 0, plain = 0, operation = 0] = await freePorts(3);
    ports = { tls, plain };
    const text = (await readFile('deploy/haproxy/haproxy.cfg', 'utf8'))
      .replaceAll('/etc/haproxy/certs', secret('haproxy'))
      .replace(/maxconn \d+/, 'maxconn 1000')
      .replace('bind :9223', `bind ${LOOPBACK}:${tls}`)
      .replace('bind :9220', `bind ${LOOPBACK}:${plain}`)
      .replace('bind :8404', `bind ${LOOPBACK}:${operation}`)
      .replace(/^ {2}default-server .*$/m, '')
      .replace(/^ {2}server edge-2 .*$/m, '')
      .replace('edge-1:9220', `${LOOPBACK}:${(edge.address() as AddressInfo).port}`);
    const file = path.join(folder, 'haproxy.cfg');
    await writeFile(file, text);
    proxy = new ServerProcess({
      name: 'haproxy',
      program: programPath('haproxy'),
      args: ['-f', file],
      isReady: () => accepts(tls),
    });
    await proxy.start();
  });
  after(async () => {
    await proxy.kill9();
    edge.close();
    await rm(folder, { recursive: true });
  });

  async function told(options: RequestOptions): Promise<IncomingHttpHeaders> {
    const ca = await readFile(secret('ca.pem'));
    return await new Promise((resolve, reject) => {
      const sent = request(
        { host: LOOPBACK, port: ports.tls, ca, headers: FORGED, agent: false, ...options },
        (got) => {
          let text = '';
          got.on('data', (part: Buffer) => (text += part.toString()));
          got.on('end', () => {
            resolve(JSON.parse(text) as IncomingHttpHeaders);
          });
        },
      );
      sent.once('error', reject);
      sent.end();
    });
  }

  test('a station without a certificate: nothing that it says of one gets through', async () => {
    const headers = await told({});
    assert.equal(headers['x-client-verify'], undefined);
    assert.equal(headers['x-client-cn'], undefined);
    assert.equal(headers['x-client-o'], undefined);
    assert.equal(headers['x-forwarded-proto'], 'https');
    assert.equal(headers['x-forwarded-for'], LOOPBACK);
  });

  test('a station with a certificate of the authority: its subject, and nothing that it says of another', async () => {
    const headers = await told(await certificate('station', '/O=Operator/CN=SN-0001', 'ca'));
    assert.equal(headers['x-client-verify'], 'SUCCESS');
    assert.equal(headers['x-client-cn'], 'SN-0001');
    assert.equal(headers['x-client-o'], 'Operator');
  });

  test('a certificate of another authority does not get in', async () => {
    const foreign = await certificate('foreign', '/O=Operator/CN=SN-0001');
    await assert.rejects(told(foreign));
  });

  test('without TLS, nothing of a certificate gets through, nor that it were TLS', async () => {
    const response = await fetch(`http://${LOOPBACK}:${ports.plain}/`, { headers: FORGED });
    const headers = (await response.json()) as IncomingHttpHeaders;
    assert.equal(headers['x-client-verify'], undefined);
    assert.equal(headers['x-client-cn'], undefined);
    assert.equal(headers['x-client-o'], undefined);
    assert.equal(headers['x-forwarded-proto'], 'http');
    assert.equal(headers['x-forwarded-for'], LOOPBACK);
  });
});

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, LOOPBACK, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

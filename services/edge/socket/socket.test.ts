import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import { get as httpGet } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { connect as tlsConnect, type ConnectionOptions } from 'node:tls';
import { WebSocket, type ClientOptions } from 'ws';
import { systemClock } from '../../../libs/clock/mod.js';
import { silentLogger } from '../../../libs/ops/mod.js';
import { certificateFolder, type CertificateFolder } from '../fixtures/certificates.fixture.js';
import { listenSocket, type SocketChoice } from './listen.js';
import { ListenError } from './port.js';
import { Recorder, until } from './recorder.fixture.js';
import type { SocketServer, SocketServerOptions, UpgradeDecision, UpgradeRequest } from './socket.js';
import { OCPP_CIPHERS, TlsError } from './tls.js';

const MAX = 64 * 1024;
const MAX_BUFFERED = 1024 * 1024;
/** What may still be told of a connection after its pause: a read chunk. */
const CHUNK = 512 * 1024;

const NOT_FOUND = {
  accept: false,
  status: '404 Not Found',
  headers: [['X-Why', 'unknown']],
  body: 'not here',
} as const;

interface World {
  readonly server: SocketServer;
  readonly requests: UpgradeRequest[];
  decide: (recorder: Recorder, request: UpgradeRequest) => UpgradeDecision | Promise<UpgradeDecision>;
  /** What the last accepted connection told. */
  recorder: Recorder;
  readonly url: string;
}

const accepted = (
  handler: Recorder,
  protocol: string | undefined = 'ocpp1.6',
  compress = false,
): UpgradeDecision => ({
  accept: true,
  handler,
  protocol,
  compress,
});

async function start(choice: SocketChoice, options: Partial<SocketServerOptions> = {}): Promise<World> {
  const requests: UpgradeRequest[] = [];
  const decide: World['decide'] = (recorder) => accepted(recorder);
  const world = { requests, decide, recorder: new Recorder() };
  const server = await listenSocket(choice, {
    host: '127.0.0.1',
    port: 0,
    sharePort: false,
    maxMessageBytes: MAX,
    maxBufferedBytes: MAX_BUFFERED,
    compressFromBytes: 100,
    clock: systemClock(),
    logger: silentLogger(),
    upgrade: (request) => {
      requests.push(request);
      world.recorder = new Recorder();
      return world.decide(world.recorder, request);
    },
    request: ({ path }) => ({ ...NOT_FOUND, body: `no WebSocket at ${path}` }),
    ...options,
  });
  const scheme = options.tls === undefined ? 'ws' : 'wss';
  return Object.assign(world, { server, url: `${scheme}://127.0.0.1:${server.port}` });
}

const client = (url: string, protocols: string[] = ['ocpp1.6'], options: ClientOptions = {}): WebSocket =>
  new WebSocket(url, protocols, { rejectUnauthorized: false, perMessageDeflate: false, ...options });

async function connected(world: World, options: ClientOptions = {}): Promise<WebSocket> {
  const socket = client(`${world.url}/ocpp/CP1`, ['ocpp1.6'], options);
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return socket;
}

const closeOf = (socket: WebSocket): Promise<{ code: number; reason: string }> =>
  new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('close', (code, reason) => {
      resolve({ code, reason: reason.toString() });
    });
  });

const nextMessage = (socket: WebSocket): Promise<string> =>
  new Promise((resolve) => {
    socket.once('message', (data) => {
      resolve((data as Buffer).toString());
    });
  });

/** Status, headers and body that answer a handshake that is refused. */
const refusalOf = (
  socket: WebSocket,
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }> =>
  new Promise((resolve) => {
    socket.on('error', () => undefined);
    socket.once('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
  });

/** Many turns of the event loop of this process, in which other connections are served. */
async function busyTurns(url: string): Promise<void> {
  for (let turn = 0; turn < 20; turn++)
    await fetch(url.replace(/^ws/, 'http')).then((response) => response.text());
}

for (const choice of ['uws', 'ws'] as const) {
  describe(`socket server: ${choice}`, () => {
    let world: World;
    before(async () => {
      world = await start(choice);
    });
    after(() => {
      world.server.close();
    });

    test('a handshake tells path without query, protocols, version, credentials and address', async () => {
      const socket = client(`${world.url}/ocpp/CP%201?x=1`, ['ocpp2.0.1', 'ocpp1.6'], {
        headers: { Authorization: 'Basic Q1AgMTpwYXNz' },
      });
      await until('open', () => socket.readyState === WebSocket.OPEN);
      assert.deepEqual(world.requests.at(-1), {
        method: 'GET',
        path: '/ocpp/CP%201',
        protocols: 'ocpp2.0.1,ocpp1.6',
        webSocketVersion: '13',
        authorization: 'Basic Q1AgMTpwYXNz',
        remoteAddress: '127.0.0.1',
        proxyHeaders: new Map(),
        secure: false,
      });
      assert.equal(socket.protocol, 'ocpp1.6');
      socket.terminate();
    });

    test('a handshake tells every header of a proxy, in order and as UTF-8', async () => {
      const headers = [
        ...['X-Forwarded-For', '1.2.3.4', 'X-Client-O', Buffer.from('Müller').toString('latin1')],
        ...['X-FORWARDED-FOR', '192.0.2.9', 'X-Other', 'no'],
        ...['Connection', 'Upgrade', 'Upgrade', 'websocket', 'Sec-WebSocket-Version', '13'],
        ...['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==', 'Host', 'localhost'],
      ];
      const url = world.url.replace(/^ws/, 'http');
      const request = httpGet(`${url}/ocpp/CP1`, { headers }).on('error', () => undefined);
      const before = world.requests.length;
      await until('told', () => world.requests.length > before);
      request.destroy();
      assert.deepEqual(
        world.requests.at(-1)?.proxyHeaders,
        new Map([
          ['x-forwarded-for', ['1.2.3.4', '192.0.2.9']],
          ['x-client-o', ['Müller']],
        ]),
      );
    });

    test('a decision may take its time; the answer echoes the subprotocol', async () => {
      world.decide = async (recorder) => {
        await new Promise((resolve) => setImmediate(resolve));
        return accepted(recorder, 'ocpp2.1');
      };
      const socket = client(world.url, ['ocpp2.1']);
      await until('open', () => socket.readyState === WebSocket.OPEN);
      assert.equal(socket.protocol, 'ocpp2.1');
      assert.notEqual(world.recorder.socket, undefined);
      socket.terminate();
    });

    test('101 without Sec-WebSocket-Protocol, then closed at once (1.6J 3.2)', async () => {
      world.decide = (recorder) => {
        recorder.opened = (socket) => {
          socket.close(1002, 'no supported version');
        };
        return { accept: true, handler: recorder, protocol: undefined, compress: false };
      };
      const answer = await rawHandshake(world.server.port, 'ocpp9');
      assert.match(answer, /^HTTP\/1\.1 101 /);
      assert.doesNotMatch(answer, /sec-websocket-protocol/i);
      assert.ok(answer.includes('\x03\xeano supported version'), 'a close frame with 1002 and the reason');
      assert.deepEqual(world.recorder.ends, [{ code: 1002, reason: 'no supported version' }]);
    });

    test('a refusal carries status, headers and a line of text', async () => {
      world.decide = () => NOT_FOUND;
      const { status, headers, body } = await refusalOf(client(world.url));
      assert.equal(status, 404);
      assert.equal(headers['x-why'], 'unknown');
      assert.equal(body, 'not here\n');
    });

    test('a client that leaves before the decision is forgotten', async () => {
      let settle: ((decision: UpgradeDecision) => void) | undefined;
      world.decide = () => new Promise((resolve) => (settle = resolve));
      const left = client(world.url);
      await until('asked', () => settle !== undefined);
      const recorder = world.recorder;
      left.on('error', () => undefined);
      left.terminate();
      await until('gone', () => left.readyState === WebSocket.CLOSED);
      world.decide = (next) => accepted(next);
      await connected(world).then((socket) => {
        socket.terminate();
      });
      settle?.(accepted(recorder));
      await busyTurns(world.url);
      assert.deepEqual(recorder.ends.length, recorder.socket === undefined ? 0 : 1);
    });

    test('a plain request is answered', async () => {
      const response = await fetch(`${world.url.replace('ws', 'http')}/some/where?q`);
      assert.equal(response.status, 404);
      assert.equal(await response.text(), 'no WebSocket at /some/where\n');
    });

    test('text and binary messages arrive whole, in order, up to the limit', async () => {
      world.decide = (recorder) => accepted(recorder);
      const socket = await connected(world);
      socket.send('första');
      socket.send(Buffer.from([1, 2]), { binary: true });
      socket.send('', { binary: false });
      socket.send('frag', { fin: false });
      socket.send('mented', { fin: true });
      socket.send('x'.repeat(MAX));
      const { recorder } = world;
      await until('six messages', () => recorder.messages.length === 5);
      assert.deepEqual(recorder.messages.slice(0, 4), [
        { text: 'första', isBinary: false },
        { text: '\x01\x02', isBinary: true },
        { text: '', isBinary: false },
        { text: 'fragmented', isBinary: false },
      ]);
      assert.equal(recorder.lengths[4], MAX);
      socket.terminate();
      await until('lost', () => recorder.ends.length === 1);
      assert.equal(recorder.ends[0]?.code, 1006);
    });

    test('one byte more than the limit: 1009', async () => {
      const socket = await connected(world);
      const closed = closeOf(socket);
      const { recorder } = world;
      socket.send('x'.repeat(MAX + 1));
      assert.equal((await closed).code, 1009);
      assert.deepEqual(recorder.messages, []);
      assert.equal(recorder.ends[0]?.code, 1009);
    });

    test('a far larger message, and text that is no UTF-8, end the connection', async () => {
      for (const [bytes, code] of [
        [Buffer.alloc(8 * MAX, 'x'), 1009],
        [Buffer.from([0xc3, 0x28]), 1007],
      ] as const) {
        const socket = await connected(world);
        const closed = closeOf(socket);
        const { recorder } = world;
        socket.send(bytes, { binary: false });
        await closed;
        assert.deepEqual(recorder.messages, []);
        assert.equal(recorder.ends[0]?.code, code);
      }
    });

    test('sends text and bytes as text messages', async () => {
      const socket = await connected(world);
      const first = nextMessage(socket);
      assert.equal(world.recorder.open.send('[3,"1",{"é":1}]'), 'sent');
      assert.equal(await first, '[3,"1",{"é":1}]');
      const second = nextMessage(socket);
      assert.equal(world.recorder.open.send(Buffer.from('xxé').subarray(1)), 'sent');
      assert.equal(await second, 'xé');
      socket.terminate();
    });

    test('close tells the peer code and reason, and us within the call; then everything is a no-op', async () => {
      const socket = await connected(world);
      const closed = closeOf(socket);
      const { recorder } = world;
      const server = recorder.open;
      server.close(1008, 'enough');
      assert.deepEqual(recorder.ends, [{ code: 1008, reason: 'enough' }]);
      assert.equal(server.send('late'), 'refused');
      assert.equal(server.bufferedAmount, 0);
      server.ping();
      server.resume();
      server.close(1001, 'again');
      server.terminate();
      assert.deepEqual(await closed, { code: 1008, reason: 'enough' });
      await busyTurns(world.url);
      assert.equal(recorder.ends.length, 1);
    });

    test('terminate cuts without a close frame', async () => {
      const socket = await connected(world);
      const closed = closeOf(socket);
      world.recorder.open.terminate();
      assert.equal(world.recorder.ends[0]?.code, 1006);
      assert.equal((await closed).code, 1006);
    });

    test("the peer's close is told with its code; 1005 when it gave none", async () => {
      for (const code of [1000, 4001, undefined]) {
        const socket = await connected(world);
        const { recorder } = world;
        socket.close(code, code === undefined ? undefined : 'bye');
        await until('closed', () => recorder.ends.length === 1);
        assert.equal(recorder.ends[0]?.code, code ?? 1005);
      }
    });

    test('pings are answered, and told when the peer answers', async () => {
      const socket = await connected(world);
      const answered = new Promise((resolve) => socket.once('pong', resolve));
      socket.ping();
      await answered;
      const { recorder } = world;
      recorder.open.ping();
      await until('pong', () => recorder.pongs === 1);
      socket.terminate();
    });

    test('compression is used where it was allowed and offered, and only there', async () => {
      const text = 'compressible '.repeat(500);
      for (const [offered, allowed] of [
        [true, true],
        [true, false],
        [false, true],
      ] as const) {
        world.decide = (recorder) => accepted(recorder, 'ocpp1.6', allowed);
        const socket = await connected(world, { perMessageDeflate: offered });
        assert.equal(socket.extensions !== '', offered && allowed);
        const got = nextMessage(socket);
        const { recorder } = world;
        recorder.open.send(text);
        assert.equal(await got, text);
        socket.send(text);
        await until('echoed', () => recorder.lengths[0] === text.length);
        socket.terminate();
      }
      world.decide = (recorder) => accepted(recorder);
    });

    test('a message that is too big only when it is unpacked is refused too', async () => {
      world.decide = (recorder) => accepted(recorder, 'ocpp1.6', true);
      const socket = await connected(world, { perMessageDeflate: true });
      const { recorder } = world;
      const closed = closeOf(socket);
      socket.send('x'.repeat(16 * MAX));
      await closed;
      assert.deepEqual(recorder.messages, []);
      world.decide = (next) => accepted(next);
    });

    test('a port in use is a clear error', async () => {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
      const address = other.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      await assert.rejects(start(choice, { port }), (error: Error) => {
        assert.ok(error instanceof ListenError);
        assert.match(error.message, new RegExp(`127.0.0.1:${port}: another process uses the port`));
        return true;
      });
      other.close();
      await assert.rejects(start(choice, { host: '192.0.2.1' }), /does not belong to this machine/);
      await assert.rejects(start(choice, { port: world.server.port }), /another process uses the port/);
    });

    test('after stopListening open connections live on', async () => {
      const own = await start(choice);
      const socket = await connected(own);
      own.server.stopListening();
      await assert.rejects(connected(own), /ECONNREFUSED/);
      const got = nextMessage(socket);
      own.recorder.open.send('still');
      assert.equal(await got, 'still');
      own.server.close();
      assert.equal((await closeOf(socket)).code, 1006);
      assert.equal(own.recorder.ends.length, 1);
    });
  });

  for (const secure of [false, true]) {
    describe(`flow control: ${choice}${secure ? ' over TLS' : ''}`, () => {
      let world: World;
      let certificates: CertificateFolder;
      before(async () => {
        certificates = certificateFolder();
        world = await start(choice, secure ? { tls: tlsOf(certificates, 'rsa') } : {});
      });
      after(() => {
        world.server.close();
        certificates.remove();
      });

      test('pause stops reading, so the peer is held back; resume goes on and nothing is lost', async () => {
        const socket = await connected(world);
        const { recorder } = world;
        const sent = 2000;
        const body = 'x'.repeat(20_000);
        recorder.onMessage = () => {
          if (recorder.messages.length === 10) assert.equal(recorder.open.pause(), true);
        };
        for (let n = 0; n < sent; n++) socket.send(`${n} ${body}`);
        await until('paused', () => recorder.messages.length >= 10);
        await othersServed(world);
        const told = recorder.messages.length;
        assert.ok(told * body.length <= 2 * CHUNK, `${told} messages came after the pause`);
        assert.ok(socket.bufferedAmount > 1024 * 1024, 'the rest stands at the peer');
        const got = nextMessage(socket);
        recorder.open.send('in the pause');
        assert.equal(await got, 'in the pause');
        await othersServed(world);
        assert.equal(recorder.messages.length, told);
        recorder.onMessage = undefined;
        recorder.open.resume();
        await until('all', () => recorder.messages.length === sent);
        assert.deepEqual(
          recorder.texts.map((text) => Number.parseInt(text, 10)),
          Array.from({ length: sent }, (_, n) => n),
        );
        socket.terminate();
      });

      test('a peer that does not read: buffered, then refused; drained is told when it reads again', async () => {
        const socket = await connected(world);
        const { recorder } = world;
        let received = 0;
        socket.on('message', (data: Buffer) => (received += data.length));
        socket.pause();
        const chunk = 'y'.repeat(60_000);
        let taken = 0;
        let result = recorder.open.send(chunk);
        while (result !== 'refused') {
          taken++;
          assert.ok(taken < 1000, 'never refused');
          result = recorder.open.send(chunk);
        }
        assert.ok(recorder.open.bufferedAmount >= MAX_BUFFERED);
        assert.ok(recorder.open.bufferedAmount < MAX_BUFFERED + 2 * chunk.length);
        socket.resume();
        await until('drained', () => recorder.drains > 0 && recorder.open.bufferedAmount === 0);
        await until('all received', () => received === taken * chunk.length);
        socket.terminate();
      });

      test('a pause while the peer does not read takes effect, and loses nothing', async () => {
        const socket = await connected(world);
        const { recorder } = world;
        socket.pause();
        while (recorder.open.send('z'.repeat(60_000)) === 'sent');
        assert.equal(recorder.open.pause(), true);
        socket.send('early');
        socket.resume();
        await until('drained', () => recorder.open.bufferedAmount === 0);
        await othersServed(world);
        const told = recorder.messages.length;
        socket.send('late');
        await othersServed(world);
        assert.equal(recorder.messages.length, told);
        recorder.open.resume();
        await until('both', () => recorder.messages.length === 2);
        assert.deepEqual(recorder.texts, ['early', 'late']);
        socket.terminate();
      });

      test('a paused connection can be closed', async () => {
        const socket = await connected(world);
        assert.equal(world.recorder.open.pause(), true);
        const closed = closeOf(socket);
        world.recorder.open.close(1001, 'stop');
        assert.deepEqual(await closed, { code: 1001, reason: 'stop' });
      });
    });
  }

  describe(`TLS: ${choice}`, () => {
    let certificates: CertificateFolder;
    before(() => {
      certificates = certificateFolder();
    });
    after(() => {
      certificates.remove();
    });

    test("OCPP's suites for either kind of key, nothing below TLS 1.2, nothing weaker", async () => {
      for (const [name, suites] of [
        ['ecdsa', ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384']],
        ['rsa', ['AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'ECDHE-RSA-AES128-GCM-SHA256']],
      ] as const) {
        const { server } = await start(choice, { tls: tlsOf(certificates, name) });
        for (const ciphers of suites) {
          assert.equal(
            await tlsOutcome(server.port, { ciphers, maxVersion: 'TLSv1.2' }),
            `TLSv1.2 ${ciphers}`,
          );
        }
        assert.match(await tlsOutcome(server.port, {}), /^TLSv1\.3 /);
        const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
        assert.match(await tlsOutcome(server.port, old), /^refused/);
        assert.match(
          await tlsOutcome(server.port, { ciphers: 'AES128-SHA', maxVersion: 'TLSv1.2' }),
          /^refused/,
        );
        server.close();
      }
    });

    test('secure requests say so', async () => {
      const world = await start(choice, { tls: tlsOf(certificates, 'ecdsa') });
      const socket = await connected(world);
      assert.equal(world.requests[0]?.secure, true);
      socket.terminate();
      world.server.close();
    });

    test('certificates are replaced without a restart; open connections stay', async () => {
      const own = certificateFolder();
      const world = await start(choice, { tls: tlsOf(own, 'ecdsa') });
      const socket = await connected(world);
      assert.equal(await commonName(world.server.port), 'localhost');
      own.replace('ecdsa', 'renewed');
      await world.server.reloadTls();
      assert.equal(await commonName(world.server.port), 'renewed');
      const got = nextMessage(socket);
      world.recorder.open.send('still here');
      assert.equal(await got, 'still here');
      socket.terminate();
      world.server.close();
      own.remove();
    });

    test('bad new certificates are refused with the reason, and the old ones stay', async () => {
      const own = certificateFolder();
      const world = await start(choice, { tls: tlsOf(own, 'ecdsa') });
      own.replace('ecdsa', 'nonsense');
      await assert.rejects(world.server.reloadTls(), (error: Error) => {
        assert.ok(error instanceof TlsError);
        assert.match(error.message, /ecdsa-cert\.pem holds no PEM certificate/);
        return true;
      });
      assert.equal(await commonName(world.server.port), 'localhost');
      world.server.close();
      own.remove();
    });

    test('bad files are a clear error at start', async () => {
      const { certFile } = certificates.files('rsa');
      const { keyFile } = certificates.files('ecdsa');
      const mixed = { certificates: [{ certFile, keyFile }], ciphers: OCPP_CIPHERS };
      await assert.rejects(start(choice, { tls: mixed }), /ecdsa-key\.pem is not the key of .*rsa-cert\.pem/);
      const missing = { certificates: [{ certFile: '/nowhere.pem', keyFile }], ciphers: OCPP_CIPHERS };
      await assert.rejects(start(choice, { tls: missing }), /cannot read \/nowhere\.pem/);
      const ciphers = { ...tlsOf(certificates, 'rsa'), ciphers: 'NO-SUCH-CIPHER' };
      await assert.rejects(start(choice, { tls: ciphers }), /the TLS settings are refused/);
    });
  });
}

describe('choice of implementation', () => {
  test('auto takes ws for an ECDSA and an RSA certificate on one port, and serves both', async () => {
    const certificates = certificateFolder();
    const tls = {
      certificates: [certificates.files('ecdsa'), certificates.files('rsa')],
      ciphers: OCPP_CIPHERS,
    };
    await assert.rejects(start('uws', { tls }), /uWebSockets\.js serves one certificate per port/);
    const world = await start('auto', { tls });
    assert.equal(world.server.implementation, 'ws');
    for (const ciphers of ['ECDHE-ECDSA-AES128-GCM-SHA256', 'AES128-GCM-SHA256']) {
      assert.equal(
        await tlsOutcome(world.server.port, { ciphers, maxVersion: 'TLSv1.2' }),
        `TLSv1.2 ${ciphers}`,
      );
    }
    world.server.close();
    certificates.remove();
  });

  test('uWebSockets.js shares a port when told to; ws says that it cannot', async () => {
    const first = await start('uws', { sharePort: true });
    const second = await start('uws', { sharePort: true, port: first.server.port });
    assert.equal(second.server.port, first.server.port);
    first.server.close();
    const socket = await connected(second);
    socket.terminate();
    second.server.close();
    await assert.rejects(start('ws', { sharePort: true }), /cannot share a port/);
  });
});

/** Other connections of the same server are served meanwhile. */
async function othersServed(world: World): Promise<void> {
  const { recorder } = world;
  for (let n = 0; n < 10; n++) {
    const socket = await connected(world);
    const answered = new Promise((resolve) => socket.once('pong', resolve));
    socket.ping();
    await answered;
    socket.terminate();
  }
  world.recorder = recorder;
}

const tlsOf = (certificates: CertificateFolder, name: 'ecdsa' | 'rsa') => ({
  certificates: [certificates.files(name)],
  ciphers: OCPP_CIPHERS,
});

const tlsOutcome = (port: number, options: ConnectionOptions): Promise<string> =>
  new Promise((resolve) => {
    const socket = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
      resolve(`${socket.getProtocol() ?? ''} ${socket.getCipher().name}`);
      socket.destroy();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      resolve(`refused ${error.code ?? ''}`);
    });
  });

const commonName = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      const { CN } = socket.getPeerCertificate().subject;
      resolve(String(CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });

/** All bytes that the server sends, as Latin-1, until it ends the connection. */
const rawHandshake = (port: number, protocol: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.write(
      'GET /ocpp/CP1 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n` +
        `Sec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
    );
    socket.on('data', (data) => {
      answer += data.toString('latin1');
      if (answer.includes('no supported version')) socket.end();
    });
    socket.on('close', () => {
      resolve(answer);
    });
    socket.on('error', reject);
  });

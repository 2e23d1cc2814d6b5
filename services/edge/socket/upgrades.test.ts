import assert from 'node:assert/strict';
import { connect, type Socket as TcpSocket } from 'node:net';
import { connect as tlsConnect } from 'node:tls';
import { after, before, describe, test } from 'node:test';
import { systemClock } from '../../../libs/clock/mod.js';
import { silentLogger } from '../../../libs/ops/mod.js';
import { certificateFolder } from '../fixtures/certificates.fixture.js';
import { listenSocket } from './listen.js';
import { Recorder, until } from './recorder.fixture.js';
import type { SocketServer, UpgradeDecision } from './socket.js';
import { OCPP_CIPHERS } from './tls.js';

const HANDSHAKE = [
  'GET /ocpp/CP1 HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol: ocpp1.6',
  '',
  '',
].join('\r\n');
/** The text `hi`, masked with zeros. */
const FRAME = Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0x68, 0x69]);
const NO_HANDSHAKE = { accept: false, status: '426 Upgrade Required', headers: [], body: 'no' } as const;
const REFUSED = { accept: false, status: '401 Unauthorized', headers: [], body: 'no' } as const;

/** Notes the order in which it is told things, and works when it is told that it is open, as a handler does. */
class Witness extends Recorder {
  readonly order: string[] = [];
  readonly #kept: Buffer[] = [];

  override opened(socket: Parameters<Recorder['opened']>[0]): void {
    super.opened(socket);
    this.order.push('opened');
    for (let size = 200; size < 1000; size += 37) this.#kept.push(Buffer.allocUnsafeSlow(size));
  }

  override message(bytes: Uint8Array, isBinary: boolean): void {
    super.message(bytes, isBinary);
    this.order.push('message');
  }

  override closed(code: number, reason: string): void {
    super.closed(code, reason);
    this.order.push('closed');
  }
}

/** What is known at once, in the same turn of the loop, and in a later one. */
const LATER: readonly ((decision: UpgradeDecision) => UpgradeDecision | Promise<UpgradeDecision>)[] = [
  (decision) => decision,
  (decision) => Promise.resolve(decision),
  (decision) => new Promise((resolve) => setImmediate(resolve, decision)),
  (decision) => new Promise((resolve) => setTimeout(resolve, 2, decision)),
];

for (const secure of [false, true]) {
  describe(`upgrades: uws${secure ? ' over TLS' : ''}`, () => {
    const certificates = certificateFolder();
    let server: SocketServer;
    let decide: () => UpgradeDecision | Promise<UpgradeDecision>;
    before(async () => {
      server = await listenSocket('uws', {
        host: '127.0.0.1',
        port: 0,
        sharePort: false,
        maxMessageBytes: 65_536,
        maxBufferedBytes: 1_048_576,
        compressFromBytes: 100,
        clock: systemClock(),
        logger: silentLogger(),
        upgrade: () => decide(),
        request: () => NO_HANDSHAKE,
        ...(secure ? { tls: { certificates: [certificates.files('ecdsa')], ciphers: OCPP_CIPHERS } } : {}),
      });
    });
    after(() => {
      server.close();
      certificates.remove();
    });

    /** A client that has written `bytes`. */
    async function client(bytes: string | Buffer): Promise<{ socket: TcpSocket; answer: () => string }> {
      const { port } = server;
      const host = '127.0.0.1';
      const socket = secure ? tlsConnect({ port, host, rejectUnauthorized: false }) : connect(port, host);
      let got = '';
      socket.on('data', (data: Buffer) => (got += data.toString('latin1'))).on('error', () => undefined);
      await new Promise((resolve) => socket.once(secure ? 'secureConnect' : 'connect', resolve));
      socket.write(bytes);
      return { socket, answer: () => got };
    }

    const accept = (handler: Recorder): UpgradeDecision => ({
      accept: true,
      handler,
      protocol: 'ocpp1.6',
      compress: false,
    });

    test('many at a time, whenever each is decided: all are told, stay open and are heard', async () => {
      const witnesses: Witness[] = [];
      let asked = 0;
      decide = () => {
        const later = LATER[asked % LATER.length] ?? LATER[0];
        if (asked++ % 7 === 6) return later?.(REFUSED) ?? REFUSED;
        const witness = new Witness();
        witnesses.push(witness);
        const decision = accept(witness);
        return later?.(decision) ?? decision;
      };
      const clients = await Promise.all(Array.from({ length: 210 }, () => client(HANDSHAKE)));
      await until('all answered', () => clients.every(({ answer }) => answer().includes('\r\n\r\n')));
      assert.equal(witnesses.length, 180);
      const connected = clients.filter(({ answer }) => answer().startsWith('HTTP/1.1 101 '));
      assert.equal(connected.length, 180);
      for (const { socket } of connected) socket.write(FRAME);
      await until('all heard', () => witnesses.every(({ texts }) => texts.length === 1));
      for (const { socket } of clients) socket.destroy();
      await until('all gone', () => witnesses.every(({ ends }) => ends.length === 1));
      for (const { order } of witnesses) assert.deepEqual(order, ['opened', 'message', 'closed']);
    });

    test('what says `Connection: close` is no handshake', async () => {
      let asked = 0;
      decide = () => {
        asked++;
        return REFUSED;
      };
      const { socket, answer } = await client(HANDSHAKE.replace('Connection: Upgrade', 'Connection: close'));
      await new Promise((resolve) => socket.once('close', resolve));
      assert.match(answer(), /^HTTP\/1\.1 426 /);
      assert.equal(asked, 0);
    });

    test('one that is dismissed when it is told has the answer and the close frame', async () => {
      for (const later of LATER) {
        const witness = new Witness();
        witness.opened = (socket) => {
          socket.close(1002, 'no');
        };
        decide = () => later(accept(witness));
        const { socket, answer } = await client(HANDSHAKE);
        await new Promise((resolve) => socket.once('close', resolve));
        assert.match(answer(), /^HTTP\/1\.1 101 [^]*\r\n\r\n\x88\x04\x03\xeano$/);
        assert.deepEqual(witness.ends, [{ code: 1002, reason: 'no' }]);
      }
    });

    // RFC 6455 4.1: it must wait for the answer.
    test('who sends a frame before it is answered is let in without it or not at all', async () => {
      for (const later of LATER) {
        const witness = new Witness();
        decide = () => later(accept(witness));
        const { socket, answer } = await client(Buffer.concat([Buffer.from(HANDSHAKE), FRAME]));
        await until('answered', () => answer() !== '' || socket.closed);
        if (answer().startsWith('HTTP/1.1 101 ')) socket.write(FRAME);
        await until('heard or cut', () => witness.texts.length > 0 || socket.closed);
        socket.destroy();
        await until('gone', () => witness.ends.length === (witness.socket === undefined ? 0 : 1));
        assert.ok(['', 'opened'].includes(witness.order[0] ?? ''), witness.order.join());
      }
    });
  });
}

import { randomBytes } from 'node:crypto';
import { request, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { within } from './until.js';

export interface HandshakeOptions {
  /** `ws://host:port` and the path, sent exactly as it is. */
  readonly url: string;
  readonly path: string;
  readonly protocols?: readonly string[];
  readonly authorization?: string;
  /** Offer RFC 7692 compression. */
  readonly compression?: boolean;
}

export interface HandshakeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Code of the close frame that came first after a 101 (1005: it had none); undefined when nobody waited for one. */
  readonly closeCode: number | undefined;
}

/**
 * A WebSocket handshake by hand, so that every answer can be looked at, also those that a WebSocket library takes for
 * errors. `awaitClose`: after a 101, wait for the server to close.
 */
export async function handshake(options: HandshakeOptions, awaitClose = false): Promise<HandshakeAnswer> {
  const { hostname, port } = new URL(options.url);
  const outgoing = request({
    host: hostname,
    port,
    path: options.path,
    agent: false,
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': randomBytes(16).toString('base64'),
      ...(options.protocols === undefined || options.protocols.length === 0
        ? {}
        : { 'sec-websocket-protocol': options.protocols.join(', ') }),
      ...(options.compression === true ? { 'sec-websocket-extensions': 'permessage-deflate' } : {}),
      ...(options.authorization === undefined ? {} : { authorization: options.authorization }),
    },
  });
  const answered = new Promise<HandshakeAnswer>((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      response.resume();
      resolve(answerOf(response, undefined));
    });
    outgoing.on('upgrade', (response, socket, head) => {
      if (!awaitClose) {
        socket.destroy();
        resolve(answerOf(response, undefined));
        return;
      }
      collect(socket, head).then((bytes) => resolve(answerOf(response, closeCodeOf(bytes))), reject);
    });
  });
  outgoing.end();
  return await within(`the answer to the handshake at ${options.path}`, answered);
}

function answerOf(response: IncomingMessage, closeCode: number | undefined): HandshakeAnswer {
  return { status: response.statusCode ?? 0, headers: response.headers, closeCode };
}

/** Everything that comes until the server ends the connection, or has said that it closes. */
async function collect(socket: Duplex, head: Buffer): Promise<Buffer> {
  let bytes = head;
  return await new Promise((resolve) => {
    const finish = (): void => {
      socket.destroy();
      resolve(bytes);
    };
    if (closeCodeOf(bytes) !== undefined) finish();
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (closeCodeOf(bytes) !== undefined) finish();
    });
    socket.on('end', finish);
    socket.on('close', finish);
    socket.on('error', finish);
  });
}

/** The code of a close frame (RFC 6455 5.5.1) at the beginning of `bytes`. */
function closeCodeOf(bytes: Buffer): number | undefined {
  if (bytes.length < 2 || bytes[0] !== 0x88) return undefined;
  if (bytes[1] === 0) return 1005;
  return bytes.length < 4 ? undefined : bytes.readUInt16BE(2);
}

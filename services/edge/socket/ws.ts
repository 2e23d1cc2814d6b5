import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { ListenError, listenError } from './port.js';
import { proxyHeadersOf } from './proxy-headers.js';
import type { Acceptance, HttpRequest, Refusal, SendResult, Socket, SocketHandler } from './socket.js';
import type { SocketServer, SocketServerOptions, UpgradeRequest } from './socket.js';
import { secureContextOptions } from './tls.js';

/** A client must have sent its whole request by then; uWebSockets.js has the same bound. */
const REQUEST_TIMEOUT_MS = 10_000;
/** A peer that does not answer our close frame is cut after so long. Not in @types/ws yet. */
const UNTYPED = { closeTimeout: 5000 };

/** Breaches of the WebSocket protocol that `ws` finds, and the code it closes with; others: 1002. */
const ERROR_CODES: Readonly<Record<string, number>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
  WS_ERR_INVALID_UTF8: 1007,
};

/** @throws ListenError, TlsError */
export async function listenWs(options: SocketServerOptions): Promise<SocketServer> {
  const { host, port, tls, sharePort } = options;
  if (sharePort) throw new ListenError(host, port, 'the ws socket cannot share a port: switch sharing off');
  const limits = {
    headersTimeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: 2000,
  };
  const http =
    tls === undefined
      ? createHttpServer(limits)
      : createHttpsServer({
          ...limits,
          ...(await secureContextOptions(tls)),
          handshakeTimeout: REQUEST_TIMEOUT_MS,
        });
  const server = new WsServer(http, options);
  await new Promise<void>((resolve, reject) => {
    http.once('error', (error) => {
      reject(listenError(host, port, error));
    });
    http.listen({ host, port }, resolve);
  });
  return server;
}

class WsServer implements SocketServer {
  readonly implementation = 'ws';
  readonly #plain: WebSocketServer;
  readonly #compressing: WebSocketServer;
  readonly #sockets = new Set<WsSocket>();
  /** The subprotocol decided for a request; `ws` asks for it in the middle of the handshake. */
  readonly #protocols = new WeakMap<IncomingMessage, string>();

  constructor(
    private readonly http: Server | HttpsServer,
    private readonly options: SocketServerOptions,
  ) {
    this.#plain = this.#webSockets(false);
    this.#compressing = this.#webSockets(true);
    http.on('upgrade', (request, socket, head) => {
      this.#upgrade(request, socket, head);
    });
    http.on('request', (request, response) => {
      respond(response, options.request(httpRequestOf(request)));
    });
    http.on('tlsClientError', (_error: Error, socket: Duplex) => {
      socket.destroy();
    });
  }

  get port(): number {
    const address = this.http.address();
    return typeof address === 'object' && address !== null ? address.port : this.options.port;
  }

  async reloadTls(): Promise<void> {
    const { tls } = this.options;
    if (tls === undefined || !('setSecureContext' in this.http)) return;
    this.http.setSecureContext(await secureContextOptions(tls));
  }

  stopListening(): void {
    this.http.close();
  }

  close(): void {
    this.http.close();
    for (const socket of [...this.#sockets]) socket.terminate();
    this.http.closeAllConnections();
  }

  #webSockets(compress: boolean): WebSocketServer {
    return new WebSocketServer({
      ...UNTYPED,
      noServer: true,
      clientTracking: false,
      maxPayload: this.options.maxMessageBytes,
      handleProtocols: (_offered, request) => this.#protocols.get(request) ?? false,
      perMessageDeflate: compress && {
        serverNoContextTakeover: true,
        clientNoContextTakeover: true,
        threshold: this.options.compressFromBytes,
      },
    });
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ignore = () => undefined;
    socket.on('error', ignore);
    const perform = (decision: Acceptance | Refusal) => {
      if (socket.destroyed) return;
      if (!decision.accept) return refuse(socket, decision);
      socket.off('error', ignore);
      this.#accept(request, socket, head, decision);
    };
    const decide = this.options.upgrade(this.#upgradeRequestOf(request));
    if (decide instanceof Promise) void decide.then(perform);
    else perform(decide);
  }

  #accept(request: IncomingMessage, socket: Duplex, head: Buffer, decision: Acceptance): void {
    if (decision.protocol !== undefined) this.#protocols.set(request, decision.protocol);
    const server = decision.compress ? this.#compressing : this.#plain;
    server.handleUpgrade(request, socket, head, (webSocket) => {
      decision.handler.opened(
        new WsSocket(webSocket, decision.handler, this.#sockets, this.options.maxBufferedBytes),
      );
    });
  }

  #upgradeRequestOf(request: IncomingMessage): UpgradeRequest {
    const { headers, socket } = request;
    return {
      ...httpRequestOf(request),
      protocols: headers['sec-websocket-protocol'] ?? '',
      webSocketVersion: headers['sec-websocket-version'] ?? '',
      authorization: headers.authorization ?? '',
      remoteAddress: socket.remoteAddress ?? '',
      proxyHeaders: proxyHeadersOf(headerPairs(request)),
      secure: socket instanceof TLSSocket,
    };
  }
}

/** Node gives the bytes of headers as Latin-1, and joins those of one name in `headers`. */
function* headerPairs({ rawHeaders }: IncomingMessage): Generator<[string, string]> {
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    yield [name.toLowerCase(), Buffer.from(value, 'latin1').toString('utf8')];
  }
}

/** Node gives the bytes of the path as Latin-1. */
function httpRequestOf(request: IncomingMessage): HttpRequest {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  return { method: request.method ?? 'GET', path: Buffer.from(path, 'latin1').toString('utf8') };
}

function headersOf(refusal: Refusal): [string, string][] {
  return [
    ...refusal.headers.map(([name, value]): [string, string] => [name, value]),
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Connection', 'close'],
  ];
}

function respond(response: ServerResponse, refusal: Refusal): void {
  response.writeHead(
    Number.parseInt(refusal.status, 10),
    refusal.status.slice(4),
    Object.fromEntries(headersOf(refusal)),
  );
  response.end(`${refusal.body}\n`);
}

/** An upgrade request has no ServerResponse. */
function refuse(socket: Duplex, refusal: Refusal): void {
  const body = `${refusal.body}\n`;
  const headers = [...headersOf(refusal), ['Content-Length', String(Buffer.byteLength(body))]];
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${refusal.status}\r\n${lines}\r\n${body}`, () => socket.destroy());
}

class WsSocket implements Socket {
  #open = true;
  #buffered = false;
  readonly #written = () => {
    if (!this.#open || !this.#buffered || this.bufferedAmount > 0) return;
    this.#buffered = false;
    this.handler.drained();
  };

  constructor(
    private readonly webSocket: WebSocket,
    private readonly handler: SocketHandler,
    private readonly all: Set<WsSocket>,
    private readonly maxBufferedBytes: number,
  ) {
    all.add(this);
    webSocket.on('message', (data, isBinary) => {
      if (this.#open) handler.message(bytesOf(data), isBinary);
    });
    webSocket.on('pong', () => {
      if (this.#open) handler.pong();
    });
    webSocket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code?.startsWith('WS_ERR_') === true)
        this.#over(ERROR_CODES[error.code] ?? 1002, error.message);
    });
    webSocket.on('close', (code, reason) => {
      this.#over(code, reason.toString());
    });
  }

  send(data: string | Uint8Array): SendResult {
    if (!this.#open || this.bufferedAmount > this.maxBufferedBytes) return 'refused';
    this.webSocket.send(data, { binary: false }, this.#written);
    if (this.bufferedAmount === 0) return 'sent';
    this.#buffered = true;
    return 'buffered';
  }

  get bufferedAmount(): number {
    return this.#open ? this.webSocket.bufferedAmount : 0;
  }

  ping(): void {
    if (this.#open) this.webSocket.ping();
  }

  close(code: number, reason: string): void {
    if (!this.#open) return;
    this.webSocket.close(code, reason);
    this.webSocket.resume();
    this.#over(code, reason);
  }

  terminate(): void {
    if (!this.#open) return;
    this.webSocket.terminate();
    this.#over(1006, '');
  }

  pause(): boolean {
    if (this.#open) this.webSocket.pause();
    return true;
  }

  resume(): void {
    if (this.#open) this.webSocket.resume();
  }

  #over(code: number, reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.all.delete(this);
    this.handler.closed(code, reason);
  }
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}

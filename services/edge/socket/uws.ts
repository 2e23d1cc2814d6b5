import type * as UWS from 'uWebSockets.js';
import { ReadControl, type ReadControlled } from './uws-read-control.js';
import { proxyHeadersOf } from './proxy-headers.js';
import type {
  Acceptance,
  Refusal,
  SendResult,
  Socket,
  SocketHandler,
  UpgradeDecision,
  UpgradeRequest,
} from './socket.js';
import type { SocketServer, SocketServerOptions } from './socket.js';
import { ListenError, reservePort } from './port.js';
import { checkCertificates, singleCertificate } from './tls.js';

type Module = Pick<
  typeof UWS,
  'App' | 'SSLApp' | 'us_listen_socket_close' | 'SHARED_COMPRESSOR' | 'SHARED_DECOMPRESSOR'
>;

/** What uWebSockets.js keeps with a WebSocket: it copies these properties onto its own object. */
interface Attached {
  handler: SocketHandler;
  socket: UwsSocket | undefined;
}

type WebSocket = UWS.WebSocket<Attached> & Attached;

const attached = (ws: UWS.WebSocket<Attached>): WebSocket => ws as WebSocket;

/** Reasons that uWebSockets.js gives when it cuts a connection, and what the code would be. */
const CUT_CODES: Readonly<Record<string, number>> = {
  'Received too big message': 1009,
  'Received invalid UTF-8': 1007,
};
/** uWebSockets.js cuts at its own limit without a close frame; up to this factor above ours a 1009 is sent. */
const OWN_LIMIT_FACTOR = 2;

const text = new TextDecoder();

/** @throws Error when this machine cannot load the native binary. */
export async function loadUws(): Promise<Module> {
  const { default: uws } = await import('uWebSockets.js');
  return uws;
}

/** @throws ListenError, TlsError */
export async function listenUws(uws: Module, options: SocketServerOptions): Promise<SocketServer> {
  const port = await reservePort(options);
  const server = new UwsServer(uws, options, port);
  await server.listen();
  return server;
}

class UwsServer implements SocketServer {
  readonly implementation = 'uws';
  readonly #readControl: ReadControl;
  readonly #sockets = new Set<UwsSocket>();
  #listening: UWS.us_listen_socket | undefined;

  constructor(
    private readonly uws: Module,
    readonly options: SocketServerOptions,
    readonly port: number,
  ) {
    this.#readControl = new ReadControl(options.clock, options.logger);
  }

  /**
   * A new app takes the port over: SO_REUSEPORT lets both listen. The old socket is closed right after the loop has accepted
   * what had arrived there; what arrives in the instant between is reset, and its station tries again.
   */
  async listen(): Promise<void> {
    const app = await this.#createApp();
    const { host } = this.options;
    const listening = await new Promise<UWS.us_listen_socket | false>((resolve) => {
      app.listen(host, this.port, resolve);
    });
    if (listening === false)
      throw new ListenError(host, this.port, 'the port is in use or the address is not ours');
    const old = this.#listening;
    this.#listening = listening;
    if (old === undefined) return;
    for (let turn = 0; turn < 2; turn++) await this.#turnOfLoop();
    this.uws.us_listen_socket_close(old);
  }

  #turnOfLoop(): Promise<void> {
    return new Promise((resolve) => {
      this.options.clock.soon(resolve);
    });
  }

  async reloadTls(): Promise<void> {
    if (this.options.tls !== undefined && this.#listening !== undefined) await this.listen();
  }

  stopListening(): void {
    if (this.#listening !== undefined) this.uws.us_listen_socket_close(this.#listening);
    this.#listening = undefined;
  }

  close(): void {
    this.stopListening();
    for (const socket of [...this.#sockets]) socket.terminate();
    this.#readControl.close();
  }

  async #createApp(): Promise<UWS.TemplatedApp> {
    const { tls } = this.options;
    const app = tls === undefined ? this.uws.App() : this.uws.SSLApp(await this.#sslOptions(tls));
    app.ws<Attached>('/*', this.#behavior());
    app.any('/*', (res, req) => {
      this.#answerPlain(res, req);
    });
    return app;
  }

  /** uWebSockets.js tells nothing of what is wrong with a file; Node's TLS does, so it looks first. */
  async #sslOptions(tls: NonNullable<SocketServerOptions['tls']>): Promise<UWS.AppOptions> {
    const { certFile, keyFile } = singleCertificate(tls);
    await checkCertificates(tls);
    return {
      cert_file_name: certFile,
      key_file_name: keyFile,
      ssl_ciphers: tls.ciphers,
      ssl_prefer_low_memory_usage: true,
    };
  }

  #behavior(): UWS.WebSocketBehavior<Attached> {
    const { uws, options } = this;
    return {
      maxPayloadLength: options.maxMessageBytes * OWN_LIMIT_FACTOR,
      maxBackpressure: options.maxBufferedBytes,
      compression: uws.SHARED_COMPRESSOR | uws.SHARED_DECOMPRESSOR,
      idleTimeout: 0,
      sendPingsAutomatically: false,
      upgrade: (res, req, context) => {
        this.#upgrade(res, req, context);
      },
      open: (ws) => {
        const { handler } = attached(ws);
        const socket = new UwsSocket(
          attached(ws),
          this.#readControl,
          this.#sockets,
          options.compressFromBytes,
        );
        attached(ws).socket = socket;
        handler.opened(socket);
      },
      message: (ws, message, isBinary) => {
        const { socket, handler } = attached(ws);
        socket?.heard();
        if (message.byteLength > options.maxMessageBytes) socket?.close(1009, 'message too big');
        else handler.message(new Uint8Array(message), isBinary);
      },
      pong: (ws) => {
        const { socket, handler } = attached(ws);
        socket?.heard();
        handler.pong();
      },
      drain: (ws) => attached(ws).socket?.wrote(),
      close: (ws, code, message) => {
        const { socket, handler } = attached(ws);
        const reason = text.decode(message);
        socket?.over();
        handler.closed(code === 1006 ? (CUT_CODES[reason] ?? code) : code, reason);
      },
    };
  }

  /** Answers what is no handshake. */
  #answerPlain(res: UWS.HttpResponse, req: UWS.HttpRequest): void {
    refuse(res, this.options.request({ method: req.getCaseSensitiveMethod(), path: req.getUrl() }));
  }

  /** The request is readable only within this call. */
  #upgrade(res: UWS.HttpResponse, req: UWS.HttpRequest, context: UWS.us_socket_context_t): void {
    this.#readControl.learn(res);
    if (asksForClose(req)) return this.#answerPlain(res, req);
    const key = req.getHeader('sec-websocket-key');
    const extensions = req.getHeader('sec-websocket-extensions');
    let aborted = false;
    res.onAborted(() => {
      aborted = true;
    });
    const decide = this.options.upgrade(this.#requestOf(res, req));
    const admit = (decision: Acceptance) => accept(res, decision, key, extensions, context);
    const later = (decision: UpgradeDecision) => {
      if (aborted) return;
      // Not corked: after a cork, 3.0.6 looks at a field of what was the response, 232 bytes, although a WebSocket, 136 bytes, has
      // kept its place and the allocator has got the rest back. Now and then somebody has it already, and the new connection is
      // closed. The price are 28 system calls, some 140 µs.
      if (decision.accept) admit(decision);
      else res.cork(() => refuse(res, decision));
    };
    if (decide instanceof Promise) void decide.then(later);
    else if (decide.accept) admit(decide);
    else refuse(res, decide);
  }

  #requestOf(res: UWS.HttpResponse, req: UWS.HttpRequest): UpgradeRequest {
    return {
      method: req.getCaseSensitiveMethod(),
      path: req.getUrl(),
      protocols: req.getHeader('sec-websocket-protocol'),
      webSocketVersion: req.getHeader('sec-websocket-version'),
      authorization: req.getHeader('authorization'),
      remoteAddress: text.decode(res.getRemoteAddressAsText()),
      proxyHeaders: proxyHeadersOf(headersOf(req)),
      secure: this.options.tls !== undefined,
    };
  }
}

/**
 * `Connection: close` instead of `Upgrade`: no handshake (RFC 6455 4.2.1). When it is let in later, 3.0.6 closes the new WebSocket
 * after the cork, and without a cork what is left of the response, which ends the process. It goes by the length of the header.
 */
function asksForClose(req: UWS.HttpRequest): boolean {
  return req.getHeader('connection').length === 'close'.length;
}

/** `getHeader` gives the first of a name only, and a proxy appends its own after those of the station. */
function headersOf(req: UWS.HttpRequest): [string, string][] {
  const headers: [string, string][] = [];
  req.forEach((name, value) => headers.push([name, value]));
  return headers;
}

/** uWebSockets.js leaves a header out of the answer when it is given empty. */
function accept(
  res: UWS.HttpResponse,
  decision: Acceptance,
  key: string,
  extensions: string,
  context: UWS.us_socket_context_t,
): void {
  const attached: Attached = { handler: decision.handler, socket: undefined };
  res.upgrade(attached, key, decision.protocol ?? '', decision.compress ? extensions : '', context);
}

function refuse(res: UWS.HttpResponse, refusal: Refusal): void {
  res.writeStatus(refusal.status);
  for (const [name, value] of refusal.headers) res.writeHeader(name, value);
  res.writeHeader('Content-Type', 'text/plain; charset=utf-8');
  res.end(`${refusal.body}\n`, true);
}

/** Send status of uWebSockets.js: 0 buffered, 1 sent, 2 dropped. */
const SEND_RESULTS: readonly SendResult[] = ['buffered', 'sent', 'refused'];

class UwsSocket implements Socket, ReadControlled {
  #open = true;
  /** Owned by ReadControl. */
  wantsPause = false;
  stopped = false;
  silentSinceResume = false;

  constructor(
    readonly ws: WebSocket,
    private readonly readControl: ReadControl,
    private readonly all: Set<UwsSocket>,
    private readonly compressFromBytes: number,
  ) {
    all.add(this);
  }

  send(data: string | Uint8Array): SendResult {
    if (!this.#open) return 'refused';
    const result = this.ws.send(data, false, data.length >= this.compressFromBytes);
    if (result === 0) this.readControl.buffered(this);
    return SEND_RESULTS[result] ?? 'refused';
  }

  get bufferedAmount(): number {
    return this.#open ? this.ws.getBufferedAmount() : 0;
  }

  ping(): void {
    if (this.#open && this.ws.ping() === 0) this.readControl.buffered(this);
  }

  close(code: number, reason: string): void {
    if (this.#open) this.ws.end(code, reason);
  }

  terminate(): void {
    if (this.#open) this.ws.close();
  }

  pause(): boolean {
    return !this.#open || this.readControl.pause(this);
  }

  resume(): void {
    if (this.#open) this.readControl.resume(this);
  }

  heard(): void {
    if (this.silentSinceResume) this.readControl.heard(this);
  }

  wrote(): void {
    if (this.ws.getBufferedAmount() > 0) return;
    this.readControl.drained(this);
    this.ws.handler.drained();
  }

  over(): void {
    this.#open = false;
    this.all.delete(this);
    this.readControl.heard(this);
  }
}

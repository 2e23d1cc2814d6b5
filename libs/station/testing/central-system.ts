import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { WebSocketServer, type WebSocket } from 'ws';
import {
  checkCall,
  checkResult,
  decodeFrame,
  encodeCall,
  encodeCallError,
  encodeCallResult,
  versionOfSubprotocol,
  type Version,
} from '../../ocpp/mod.js';
import { defaultAnswer, type Answer, type Received } from './answers.js';

export type { Answer, Received };

/** How a station answered a command. */
export type StationAnswer =
  | { readonly kind: 'result'; readonly payload: Readonly<Record<string, unknown>> }
  | { readonly kind: 'error'; readonly code: string };

/** One station's connection. */
interface Line {
  readonly stationId: string;
  readonly version: Version;
  readonly socket: WebSocket;
  /** Ids of CALLs of the station that are not answered yet. */
  readonly open: Set<string>;
  readonly commands: Map<
    string,
    { readonly action: string; readonly resolve: (answer: StationAnswer) => void }
  >;
}

export interface Handshake {
  readonly stationId: string;
  /** User and password of the Authorization header, as it came. */
  readonly authorization: string | undefined;
  readonly protocols: string | undefined;
  readonly extensions: string | undefined;
  /** Name in the client's certificate. */
  readonly commonName: string | undefined;
}

/** PEM texts: the server's own certificate, which is also what it trusts clients by. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
}

const NO_QUIRKS = new Set<never>();

/**
 * A central system for tests: answers everything in the affirmative unless told otherwise, keeps all that it received, and
 * notes every breach of the protocol by a station in `breaches`.
 */
export class CentralSystem {
  readonly received: Received[] = [];
  readonly handshakes: Handshake[] = [];
  /** What stations did wrong: malformed frames, two CALLs at once, answers that break their schema. */
  readonly breaches: string[] = [];
  /** Ids of CALLs whose answer a station refused by CALLRESULTERROR (2.1). */
  readonly refusedAnswers: string[] = [];
  /** Status with which handshakes are refused; undefined: they are not. */
  refuseWith: { readonly status: number; readonly retryAfter?: number } | undefined;
  /** False: connections are accepted without a subprotocol. */
  speaks = true;
  /** Decides an answer; undefined: the default one. */
  answer: (call: Received) => Answer | undefined = () => undefined;
  #server: Server | undefined;
  #sockets: WebSocketServer | undefined;
  #port = 0;
  #nextId = 1;
  readonly #lines = new Map<string, Line>();
  readonly #tls: ServerTls | undefined;

  private constructor(tls: ServerTls | undefined) {
    this.#tls = tls;
  }

  static async start(tls?: ServerTls): Promise<CentralSystem> {
    const central = new CentralSystem(tls);
    await central.open();
    return central;
  }

  get url(): string {
    return `${this.#tls === undefined ? 'ws' : 'wss'}://127.0.0.1:${this.#port}/ocpp`;
  }

  /** Ids of the stations that are connected now. */
  get connected(): string[] {
    return [...this.#lines.keys()];
  }

  /** What a station sent, in order; of one action if it is given. */
  of(stationId: string, action?: string): Received[] {
    return this.received.filter(
      (call) => call.stationId === stationId && (action ?? call.action) === call.action,
    );
  }

  /** Listens, on the port of before if there was one. */
  async open(): Promise<void> {
    const server = this.#createServer();
    const sockets = new WebSocketServer({
      noServer: true,
      handleProtocols: (offered) => (this.speaks ? ([...offered][0] ?? false) : false),
    });
    server.on('upgrade', (request, socket, head) => this.#upgrade(sockets, request, socket, head));
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#sockets = sockets;
  }

  #createServer(): Server {
    if (this.#tls === undefined) return createServer();
    const options = { ...this.#tls, ca: this.#tls.cert, requestCert: true, rejectUnauthorized: false };
    return createTlsServer(options);
  }

  /** Dies: every connection is cut, nobody listens any more. */
  async close(): Promise<void> {
    for (const line of this.#lines.values()) line.socket.terminate();
    this.#sockets?.close();
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }

  /** Cuts the line of one station. */
  drop(stationId: string): void {
    this.#line(stationId).socket.terminate();
  }

  /** Sends any text to a station. */
  sendText(stationId: string, text: string): void {
    this.#line(stationId).socket.send(text);
  }

  /** Sends a command; checks its payload and the answer against their schemas. */
  command(stationId: string, action: string, payload: object): Promise<StationAnswer> {
    const line = this.#line(stationId);
    const id = `c${this.#nextId++}`;
    const frame = { type: 2, id, action, payload, raw: new Uint8Array() } as const;
    const checked = checkCall(line.version, 'csms', frame, NO_QUIRKS);
    assert.ok(checked.ok, `${action} of the test: ${checked.ok ? '' : checked.fault.detail}`);
    line.socket.send(encodeCall(id, action, payload));
    return new Promise((resolve) => line.commands.set(id, { action, resolve }));
  }

  #line(stationId: string): Line {
    const line = this.#lines.get(stationId);
    assert.ok(line, `${stationId} is not connected`);
    return line;
  }

  #upgrade(sockets: WebSocketServer, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const stationId = decodeURIComponent((request.url ?? '').split('/').at(-1) ?? '');
    this.handshakes.push({
      stationId,
      authorization: request.headers.authorization,
      protocols: request.headers['sec-websocket-protocol'],
      extensions: request.headers['sec-websocket-extensions'],
      commonName: commonNameOf(socket),
    });
    socket.on('error', () => undefined);
    if (this.refuseWith !== undefined) {
      const { status, retryAfter } = this.refuseWith;
      const header = retryAfter === undefined ? '' : `Retry-After: ${retryAfter}\r\n`;
      socket.end(`HTTP/1.1 ${status} Refused\r\n${header}Connection: close\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => this.#accept(stationId, webSocket));
  }

  #accept(stationId: string, socket: WebSocket): void {
    const version = versionOfSubprotocol(socket.protocol);
    if (version === undefined) {
      socket.close();
      return;
    }
    const line: Line = { stationId, version, socket, open: new Set(), commands: new Map() };
    this.#lines.set(stationId, line);
    socket.on('message', (data) => this.#receive(line, data as Buffer));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#lines.get(stationId) === line) this.#lines.delete(stationId);
    });
  }

  #receive(line: Line, data: Buffer): void {
    const decoded = decodeFrame(line.version, data);
    if (!decoded.ok) {
      this.breaches.push(`${line.stationId}: ${decoded.fault.detail}: ${data.toString('utf8')}`);
      return;
    }
    const { frame } = decoded;
    if ('action' in frame) {
      const checked = checkCall(line.version, 'station', frame, NO_QUIRKS);
      if (!checked.ok) this.breaches.push(`${line.stationId} ${frame.action}: ${checked.fault.detail}`);
      this.#answer(line, frame.type, {
        stationId: line.stationId,
        version: line.version,
        id: frame.id,
        action: frame.action,
        payload: frame.payload as Received['payload'],
      });
      return;
    }
    if (frame.type === 5) {
      this.refusedAnswers.push(frame.id);
      return;
    }
    const command = line.commands.get(frame.id);
    if (command === undefined) {
      this.breaches.push(`${line.stationId}: an answer to ${frame.id}, which was not asked`);
      return;
    }
    line.commands.delete(frame.id);
    if (frame.type !== 3) {
      command.resolve({ kind: 'error', code: frame.code });
      return;
    }
    const checked = checkResult(line.version, command.action, frame, NO_QUIRKS);
    if (!checked.ok) {
      this.breaches.push(`${line.stationId}, answer to ${command.action}: ${checked.fault.detail}`);
    }
    command.resolve({ kind: 'result', payload: frame.payload as Received['payload'] });
  }

  #answer(line: Line, type: number, call: Received): void {
    this.received.push(call);
    if (type === 6) return;
    if (line.open.size > 0) this.breaches.push(`${line.stationId}: ${call.action} before the last answer`);
    line.open.add(call.id);
    const answer = this.answer(call) ?? defaultAnswer(call);
    if (answer === 'silence') {
      line.open.delete(call.id);
      return;
    }
    setImmediate(() => {
      line.open.delete(call.id);
      const text =
        'error' in answer
          ? encodeCallError(call.id, String(answer.error), 'as the test wants it')
          : encodeCallResult(call.id, answer);
      line.socket.send(text, () => undefined);
    });
  }
}

function commonNameOf(socket: Duplex): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { CN } = socket.getPeerCertificate().subject;
  return typeof CN === 'string' ? CN : CN?.[0];
}

/** Resolves when `condition` holds. It is looked at again after every turn of the event loop. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `never happened: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

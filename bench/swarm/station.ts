import { randomBytes } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import { clientFrame } from '../load/call.js';
import { FrameReader, Opcode } from '../load/frame-reader.js';
import { FIRST_NUMBER, render, type Template } from '../messages.js';
import type { SwarmPlan } from './protocol.js';

/** All plain sockets read into it: what was read is used up before the next read. */
const inbox = Buffer.allocUnsafe(64 * 1024);

/** What every station gives back to a CALL of the gateway. */
const ACCEPTED = '{"status":"Accepted"}';
const NAME_OF_CALL = /^\[2,"([^"\\]*)"/;
const ID_IN_CALL = /^\[2,"([^"]*)"/;

/** What becomes of a station. At most one of them is called at the end of each connection. */
export interface Fate {
  /** Let in, and its BootNotification accepted. */
  accepted(station: SwarmStation): void;
  /** The handshake was refused for now (429, 503); `afterMs`: when it may be tried again. */
  refused(station: SwarmStation, afterMs: number): void;
  /** The connection ended without our doing; `accepted`: after the acceptance. */
  broken(station: SwarmStation, accepted: boolean): void;
  /** Something came that no right server sends. */
  wrong(error: Error): void;
}

/** Where a station connects from: an address, and its place among the stations that use it. */
export interface Source {
  readonly address: string;
  readonly index: number;
}

/**
 * Ports of an address that are used, and how many further on the next try begins. To have the kernel look for a free one takes
 * milliseconds, when many are in use.
 */
const FIRST_PORT = 10_000;
const PORTS = 50_000;
const PORTS_OF_A_TRY = 16_000;

/**
 * One of very many stations: a bare socket and as little memory as can be. Can be connected again and again; one CALL at a time
 * is outstanding.
 */
export class SwarmStation {
  /** For whoever drives the station. */
  sentAt = 0;
  onAnswer: ((station: SwarmStation) => void) | undefined;
  #socket: net.Socket | undefined;
  #reader: FrameReader | undefined;
  /** The HTTP answer of the handshake, until it is complete. */
  #head = '';
  #next = FIRST_NUMBER;
  #tries = 0;
  /** Id of the outstanding CALL. */
  #outstanding: string | undefined;
  #accepted = false;

  constructor(
    private readonly plan: SwarmPlan,
    readonly number: number,
    private readonly source: Source,
    private readonly fate: Fate,
  ) {}

  get isWaiting(): boolean {
    return this.#outstanding !== undefined;
  }

  get isAccepted(): boolean {
    return this.#accepted;
  }

  connect(): void {
    const { ports, stationsOfAPort } = this.plan;
    const at = stationsOfAPort === undefined ? this.number : Math.floor(this.number / stationsOfAPort);
    const where = {
      host: '127.0.0.1',
      port: ports[at % ports.length] ?? 0,
      localAddress: this.source.address,
      localPort: FIRST_PORT + ((this.source.index + PORTS_OF_A_TRY * this.#tries++) % PORTS),
    };
    this.#head = '';
    this.#reader = undefined;
    const socket = this.plan.tls === true ? this.#secure(where) : this.#plain(where);
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('close', () => this.#closed(socket));
  }

  /** Sends a CALL. The one before must have been answered. */
  call(template: Template): void {
    const text = render(template, this.number, this.#next++);
    this.#outstanding = ID_IN_CALL.exec(text)?.[1];
    this.#sendText(text);
  }

  /** Ends the connection. */
  leave(): void {
    const socket = this.#socket;
    this.#forget();
    socket?.destroy();
  }

  #plain(where: net.TcpNetConnectOpts): net.Socket {
    const onread = { buffer: inbox, callback: (length: number) => this.#read(inbox, length) };
    const socket = net.connect({ ...where, noDelay: true, onread });
    socket.on('connect', () => this.#knock(socket));
    return socket;
  }

  /** The server's certificate is its own; no session is resumed. */
  #secure(where: tls.ConnectionOptions): net.Socket {
    const socket = tls.connect({ ...where, rejectUnauthorized: false });
    socket.setNoDelay(true);
    socket.on('secureConnect', () => this.#knock(socket));
    socket.on('data', (data: Buffer) => this.#read(data, data.length));
    return socket;
  }

  #knock(socket: net.Socket): void {
    const { subprotocol, password } = this.plan;
    const stationId = `bench-${this.number}`;
    const basic = password === undefined ? undefined : Buffer.from(`${stationId}:${password}`);
    const head = [
      `GET /ocpp/${stationId} HTTP/1.1`,
      'Host: 127.0.0.1',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Protocol: ${subprotocol}`,
      ...(basic === undefined ? [] : [`Authorization: Basic ${basic.toString('base64')}`]),
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
  }

  #read(bytes: Buffer, length: number): true {
    try {
      if (this.#reader === undefined) this.#readHead(bytes.toString('latin1', 0, length));
      else this.#reader.feed(bytes, length);
    } catch (error) {
      this.#wrong(error instanceof Error ? error.message : String(error));
    }
    return true;
  }

  #readHead(more: string): void {
    this.#head += more;
    const end = this.#head.indexOf('\r\n\r\n');
    if (end === -1) return;
    if (!this.#head.startsWith('HTTP/1.1 101 ')) return this.#refused(this.#head.slice(0, end));
    const rest = Buffer.from(this.#head.slice(end + 4), 'latin1');
    this.#head = '';
    this.#reader = new FrameReader((opcode, payload, from, to) => this.#frame(opcode, payload, from, to));
    if (this.plan.boot === undefined) this.#accept();
    else this.call(this.plan.boot);
    if (rest.length > 0) this.#reader.feed(rest, rest.length);
  }

  #refused(head: string): void {
    if (!/^HTTP\/1.1 (429|503) /.test(head)) return this.#wrong(`refused by ${head.split('\r\n')[0]}`);
    const seconds = Number(/^retry-after: *(\d+)/im.exec(head)?.[1] ?? 1);
    const socket = this.#socket;
    this.#forget();
    socket?.destroy();
    this.fate.refused(this, seconds * 1000);
  }

  #frame(opcode: number, bytes: Uint8Array, start: number, end: number): void {
    const payload = Buffer.from(bytes.subarray(start, end));
    if (opcode === Opcode.PING) return this.#send(Opcode.PONG, payload);
    if (opcode === Opcode.CLOSE) return;
    const text = payload.toString('latin1');
    const called = NAME_OF_CALL.exec(text)?.[1];
    if (called !== undefined) return this.#sendText(`[3,"${called}",${ACCEPTED}]`);
    if (this.#outstanding === undefined || !text.startsWith(`[3,"${this.#outstanding}"`)) {
      return this.#wrong(`unexpected frame: ${text.slice(0, 300)}`);
    }
    this.#outstanding = undefined;
    if (this.#accepted) this.onAnswer?.(this);
    else if (text.includes('"Accepted"')) this.#accept();
    else this.#wrong(`the boot was answered by ${text.slice(0, 300)}`);
  }

  #accept(): void {
    this.#accepted = true;
    this.fate.accepted(this);
  }

  #sendText(text: string): void {
    this.#send(Opcode.TEXT, Buffer.from(text, 'latin1'));
  }

  #send(opcode: number, payload: Buffer): void {
    this.#socket?.write(clientFrame(opcode, payload, randomBytes(4)));
  }

  #closed(socket: net.Socket): void {
    if (this.#socket !== socket) return;
    const accepted = this.#accepted;
    this.#forget();
    this.fate.broken(this, accepted);
  }

  #forget(): void {
    this.#socket = undefined;
    this.#reader = undefined;
    this.#outstanding = undefined;
    this.#accepted = false;
  }

  #wrong(what: string): void {
    this.fate.wrong(new Error(`station ${this.number}: ${what}`));
  }
}

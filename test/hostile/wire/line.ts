import { connect, type Socket } from 'node:net';
import { closePayload, encodeFrame, OPCODE } from './frame.js';
import { FrameReader, type ServerFrame } from './frame-reader.js';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** Such as `/ocpp`. */
  readonly basePath: string;
}

/** An HTTP answer up to its empty line. */
export interface HttpAnswer {
  readonly status: number;
  /** Without the status line; names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/**
 * How a connection ended: with a close frame (its code, 1005: none), by the gateway without one (`cut`), by us
 * (`us`), or it never began (`refused`).
 */
export type Ending = number | 'cut' | 'us' | 'refused';

export interface LineHandler {
  /** A data frame, a ping or a pong. */
  frame?(frame: ServerFrame): void;
  /** The gateway breaks RFC 6455 or HTTP. */
  broken?(why: string): void;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const MAX_HEAD = 16 * 1024;

/** One TCP connection to the gateway, on which any bytes can be sent. Understands what comes back. */
export class Line {
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  #head: Buffer = Buffer.alloc(0);
  #answer: HttpAnswer | undefined;
  #wake: (() => void) | undefined;
  #closeCode: number | undefined;
  #hungUp = false;
  #connected = false;
  /** Resolves when the connection is gone. */
  readonly ended: Promise<Ending>;
  ending: Ending | undefined;
  /** Bytes received. */
  received = 0;

  constructor(
    endpoint: Endpoint,
    private readonly handler: LineHandler = {},
  ) {
    this.#socket = connect({ host: endpoint.host, port: endpoint.port, noDelay: true });
    this.#reader = new FrameReader({
      frame: (frame) => this.#frame(frame),
      broken: (why) => this.handler.broken?.(why),
    });
    this.#socket.on('connect', () => (this.#connected = true));
    this.#socket.on('data', (chunk: Buffer) => this.#data(chunk));
    this.#socket.on('error', () => undefined);
    this.#socket.on('end', () => this.#socket.destroy());
    this.ended = new Promise((resolve) => {
      this.#socket.once('close', () => {
        const ending = this.#closeCode ?? (this.#hungUp ? 'us' : this.#connected ? 'cut' : 'refused');
        this.ending = ending;
        this.#wake?.();
        resolve(ending);
      });
    });
  }

  /** True while bytes can be sent. */
  get isOpen(): boolean {
    return this.ending === undefined && !this.#hungUp;
  }

  /** Bytes that the kernel has not taken yet. */
  get unsent(): number {
    return this.#socket.writableLength;
  }

  /** Resolves when the bytes were taken by the kernel, or the connection is gone. */
  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (!this.isOpen) resolve();
      else this.#socket.write(bytes, () => resolve());
    });
  }

  /** The answer to an HTTP request; undefined when the connection ended without one. */
  async answer(): Promise<HttpAnswer | undefined> {
    while (this.#answer === undefined && this.ending === undefined) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#answer;
  }

  /** Reads nothing more until `resume`: the kernel's buffers fill, then the gateway's. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Says goodbye as a WebSocket client should, and ends the connection. */
  close(code: number, mask: Uint8Array): void {
    if (!this.isOpen) return;
    this.#hungUp = true;
    this.#socket.end(encodeFrame({ opcode: OPCODE.CLOSE, payload: closePayload(code), mask }));
    this.#socket.setTimeout(1000, () => this.#socket.destroy());
  }

  /** Ends the connection without a word: FIN, or RST. */
  hangUp(how: 'fin' | 'reset' = 'fin'): void {
    this.#hungUp = true;
    // A socket that has said FIN cannot be reset any more: Node would never tell of its end.
    if (how === 'reset' && !this.#socket.writableEnded) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  #data(chunk: Buffer): void {
    this.received += chunk.length;
    if (this.#answer !== undefined) {
      if (this.#answer.status === 101) this.#reader.push(chunk);
      return;
    }
    this.#head = Buffer.concat([this.#head, chunk]);
    const end = this.#head.indexOf(HEAD_END);
    if (end === -1) {
      if (this.#head.length > MAX_HEAD) this.handler.broken?.('an HTTP answer without an end');
      return;
    }
    const rest = this.#head.subarray(end + HEAD_END.length);
    this.#answer = parseHead(this.#head.subarray(0, end).toString('latin1'));
    this.#head = Buffer.alloc(0);
    this.#wake?.();
    if (this.#answer.status === 101 && rest.length > 0) this.#reader.push(rest);
  }

  #frame(frame: ServerFrame): void {
    if (frame.opcode !== OPCODE.CLOSE) {
      this.handler.frame?.(frame);
      return;
    }
    const { payload } = frame;
    if (payload.length === 1) this.handler.broken?.('a close frame with one byte');
    this.#closeCode = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
    // What we still send is of no interest any more; a reset could take the close frame with it.
    this.#socket.end();
  }
}

function parseHead(text: string): HttpAnswer {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(`${statusLine} `)?.[1] ?? 0);
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { status, headers };
}

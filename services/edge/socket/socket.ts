import type { Clock } from '../../../libs/clock/mod.js';
import type { CertificateFiles, Logger } from '../../../libs/ops/mod.js';
import type { ProxyHeaders } from './proxy-headers.js';

/**
 * The WebSocket server of one port. Two implementations: uWebSockets.js (uws.ts) and `ws` (ws.ts), held to the same
 * behaviour by socket.test.ts.
 */
export interface SocketServer {
  /** The port that is listened on, also when 0 was asked for. */
  readonly port: number;
  /** Which implementation it is. */
  readonly implementation: Implementation;
  /**
   * Serves new connections with the certificates that stand in the files now; open connections stay as they are.
   * @throws Error when the files are no good; the old certificates then stay in use.
   */
  reloadTls(): Promise<void>;
  /** Takes no new connection; open WebSockets stay. */
  stopListening(): void;
  /** Cuts every connection at once, without close frames. */
  close(): void;
}

export type Implementation = 'uws' | 'ws';

export interface SocketServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** True: other processes may listen on the same port (SO_REUSEPORT). `ws` cannot. */
  readonly sharePort: boolean;
  readonly tls?: TlsOptions;
  /** Largest message in bytes, after decompression. A larger one closes the connection: 1009. */
  readonly maxMessageBytes: number;
  /** Bytes waiting to be sent beyond which `send` refuses. */
  readonly maxBufferedBytes: number;
  /** Messages of at least so many bytes are compressed, where compression was negotiated. */
  readonly compressFromBytes: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * Decides a WebSocket handshake. Must not reject. A client that went away meanwhile is dropped: its handler hears
   * nothing.
   */
  upgrade(request: UpgradeRequest): UpgradeDecision | Promise<UpgradeDecision>;
  /** Answers a request that is no WebSocket handshake. */
  request(request: HttpRequest): Refusal;
}

export interface TlsOptions {
  /** PEM files. uWebSockets.js takes exactly one pair, `ws` one for each kind of key. */
  readonly certificates: readonly CertificateFiles[];
  /** OpenSSL's names, joined by `:`; TLS 1.3 has its own. */
  readonly ciphers: string;
}

export interface HttpRequest {
  readonly method: string;
  /** As sent, percent-encoded, without the query. */
  readonly path: string;
}

export interface UpgradeRequest extends HttpRequest {
  /** `Sec-WebSocket-Protocol`; empty when there is none. */
  readonly protocols: string;
  /** `Sec-WebSocket-Version`; empty when there is none. */
  readonly webSocketVersion: string;
  /** `Authorization`; empty when there is none. */
  readonly authorization: string;
  /** IP address of whoever connects here, as the socket gives it: the station, or a proxy in front. */
  readonly remoteAddress: string;
  readonly proxyHeaders: ProxyHeaders;
  readonly secure: boolean;
}

export type UpgradeDecision = Acceptance | Refusal;

export interface Acceptance {
  readonly accept: true;
  readonly handler: SocketHandler;
  /** Answered as `Sec-WebSocket-Protocol`; undefined: the answer has no such header. */
  readonly protocol: string | undefined;
  /** True: permessage-deflate is used if the client offers it. */
  readonly compress: boolean;
}

export interface Refusal {
  readonly accept: false;
  /** Such as `404 Not Found`. */
  readonly status: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Plain text, a line. */
  readonly body: string;
}

/** What one WebSocket tells. `opened` comes first, `closed` last and once; nothing comes after it. */
export interface SocketHandler {
  opened(socket: Socket): void;
  /** One whole message. `bytes` may be overwritten after the call: copy what is kept. Text is valid UTF-8. */
  message(bytes: Uint8Array, isBinary: boolean): void;
  pong(): void;
  /** Everything that `send` had to buffer is on its way. */
  drained(): void;
  /**
   * The connection is over: by the peer (its code; 1005: none given), broken (1006), or by us (the code given to `close`,
   * 1006 after `terminate`).
   */
  closed(code: number, reason: string): void;
}

/** `buffered`: taken, but the peer does not read as fast as we write. `refused`: nothing was taken. */
export type SendResult = 'sent' | 'buffered' | 'refused';

/** One WebSocket. After `closed` was told every method does nothing. */
export interface Socket {
  /** A text message; the bytes are UTF-8 and must not be changed afterwards. */
  send(data: string | Uint8Array): SendResult;
  /** Bytes that wait in this process to be sent. */
  readonly bufferedAmount: number;
  ping(): void;
  /** Sends a close frame and is done with the peer: `closed` is told within the call. */
  close(code: number, reason: string): void;
  /** Cuts the connection: `closed` is told within the call. */
  terminate(): void;
  /**
   * Stops reading, so that TCP slows the peer down. Messages that had been read already are still told: up to 512 KiB, more
   * while `bufferedAmount` is above 0. Returns false when this implementation cannot.
   */
  pause(): boolean;
  resume(): void;
}

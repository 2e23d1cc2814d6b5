import { WebSocket, type ClientOptions } from 'ws';

/** Where and how to connect. */
export interface Endpoint {
  /** The central system's endpoint without the station id, such as `ws://127.0.0.1:9220/ocpp`. */
  readonly url: string;
  readonly stationId: string;
  readonly subprotocol: string;
  /** Basic authentication: text is sent as UTF-8 (2.x), bytes as they are (1.6J 6.2.2). */
  readonly password?: string | Uint8Array | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Offer RFC 7692 compression. */
  readonly compression?: boolean | undefined;
  /** Source address; one address has about 28,000 ports, more stations need more of them. */
  readonly localAddress?: string | undefined;
  readonly handshakeTimeoutMs: number;
}

/** PEM texts. `cert` and `key`: the station's own certificate (security profile 3). */
export interface TlsOptions {
  readonly ca?: string | readonly string[];
  readonly cert?: string;
  readonly key?: string;
  /** Name that the server's certificate must have, where it is not the URL's. */
  readonly servername?: string;
}

export interface ConnectionEvents {
  opened(): void;
  /** One text frame, as UTF-8. */
  received(bytes: Uint8Array): void;
  /** Comes exactly once, also when the connection was never opened. */
  ended(end: ConnectionEnd): void;
}

/** Why there is no connection (any more). */
export type ConnectionEnd =
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string }
  /** The handshake was answered by an HTTP status. */
  | { readonly kind: 'refused'; readonly status: number; readonly retryAfterMs?: number }
  /** The server takes none of the subprotocols that were offered. */
  | { readonly kind: 'no_subprotocol' }
  /** No TCP or TLS connection; `code` as Node names it (ECONNREFUSED, …). */
  | { readonly kind: 'unreachable'; readonly code: string; readonly message: string };

export interface Connection {
  /** Sends one text frame. False when the connection is not open: nothing was sent. */
  send(text: string): boolean;
  /** Closing handshake. */
  close(code?: number, reason?: string): void;
  /** Cuts the line without a word, as a lost network would. */
  cut(): void;
}

const LARGEST_FRAME = 1024 * 1024;

/** The URL of one station: its id is the last path segment, percent-encoded (1.6J 3.1.1). */
export function stationUrl(endpoint: string, stationId: string): string {
  return `${endpoint.replace(/\/+$/, '')}/${encodeURIComponent(stationId)}`;
}

/** The value of an Authorization header. The user name is the station id (WP A00.FR.204). */
export function basicAuthorization(stationId: string, password: string | Uint8Array): string {
  const secret = typeof password === 'string' ? Buffer.from(password, 'utf8') : password;
  const credentials = Buffer.concat([Buffer.from(`${stationId}:`, 'utf8'), secret]);
  return `Basic ${credentials.toString('base64')}`;
}

function clientOptions(endpoint: Endpoint): ClientOptions {
  const { password, tls, localAddress } = endpoint;
  return {
    handshakeTimeout: endpoint.handshakeTimeoutMs,
    perMessageDeflate: endpoint.compression ?? false,
    maxPayload: LARGEST_FRAME,
    followRedirects: false,
    ...(password === undefined
      ? {}
      : { headers: { authorization: basicAuthorization(endpoint.stationId, password) } }),
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(tls === undefined
      ? {}
      : {
          minVersion: 'TLSv1.2' as const,
          ...(tls.ca === undefined ? {} : { ca: typeof tls.ca === 'string' ? tls.ca : [...tls.ca] }),
          ...(tls.cert === undefined ? {} : { cert: tls.cert }),
          ...(tls.key === undefined ? {} : { key: tls.key }),
          ...(tls.servername === undefined ? {} : { servername: tls.servername }),
        }),
  };
}

function refusal(status: number, retryAfter: string | undefined): ConnectionEnd {
  const seconds = retryAfter === undefined ? Number.NaN : Number(retryAfter);
  return Number.isFinite(seconds) && seconds >= 0
    ? { kind: 'refused', status, retryAfterMs: seconds * 1000 }
    : { kind: 'refused', status };
}

function failure(error: Error): ConnectionEnd {
  if (/subprotocol/.test(error.message)) return { kind: 'no_subprotocol' };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'ERROR';
  return { kind: 'unreachable', code, message: error.message };
}

/** Opens one WebSocket. What becomes of it is told by `events`, never within this call. */
export function openConnection(endpoint: Endpoint, events: ConnectionEvents): Connection {
  const url = stationUrl(endpoint.url, endpoint.stationId);
  const socket = new WebSocket(url, [endpoint.subprotocol], clientOptions(endpoint));
  let wasOpen = false;
  let cause: ConnectionEnd | undefined;

  socket.on('open', () => {
    wasOpen = true;
    events.opened();
  });
  socket.on('message', (data) => {
    if (data instanceof Uint8Array) events.received(data);
  });
  socket.on('unexpected-response', (_request, response) => {
    cause = refusal(response.statusCode ?? 0, response.headers['retry-after']);
    socket.terminate();
  });
  socket.on('error', (error) => {
    if (!wasOpen) cause ??= failure(error);
  });
  socket.on('close', (code, reason) => {
    events.ended(cause ?? { kind: 'closed', code, reason: reason.toString('utf8') });
  });

  return {
    send(text) {
      if (socket.readyState !== WebSocket.OPEN) return false;
      socket.send(text);
      return true;
    },
    close: (code, reason) => socket.close(code, reason),
    cut: () => socket.terminate(),
  };
}

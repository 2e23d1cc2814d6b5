import type { Random } from '../../driven/random.js';
import { bytesOf } from '../random.js';

/** What a request line and its headers are made of; the defaults make a proper WebSocket handshake. */
export interface Upgrade {
  readonly path: string;
  readonly protocols?: string;
  readonly method?: string;
  readonly httpVersion?: string;
  /** Instead of the header of that name, or in addition; undefined leaves it out. Names as written. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Lines to put in as they are. */
  readonly lines?: readonly string[];
}

/** The bytes of a handshake. Every character of the parts is one byte, Latin-1. */
export function upgradeRequest(random: Random, upgrade: Upgrade): Buffer {
  const { path, method = 'GET', httpVersion = 'HTTP/1.1', lines = [] } = upgrade;
  const headers: Record<string, string | undefined> = {
    Host: 'gateway',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': bytesOf(random, 16).toString('base64'),
    'Sec-WebSocket-Protocol': upgrade.protocols,
    ...upgrade.headers,
  };
  const written = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return Buffer.from(
    [`${method} ${path} ${httpVersion}`, ...written, ...lines, '', ''].join('\r\n'),
    'latin1',
  );
}

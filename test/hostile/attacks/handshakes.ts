import type { Random } from '../../driven/random.js';
import { bytesOf } from '../random.js';
import { inLanes, type Attack, type Siege } from '../siege.js';
import { encodeFrame, OPCODE } from '../wire/frame.js';
import { Line, type HttpAnswer } from '../wire/line.js';
import { upgradeRequest, type Upgrade } from '../wire/upgrade.js';

/** A request that no station should send. */
interface Handshake {
  readonly name: string;
  request(random: Random, base: string): Buffer;
  /** Statuses that are right; without an answer the connection may always be cut. */
  readonly statuses: readonly number[];
}

/** A handshake that differs from a proper one. */
function differing(
  name: string,
  statuses: readonly number[],
  upgrade: (base: string) => Partial<Upgrade>,
): Handshake {
  return {
    name,
    statuses,
    request: (random, base) =>
      upgradeRequest(random, { path: `${base}/HOSTILE-handshake`, protocols: 'ocpp1.6', ...upgrade(base) }),
  };
}

const raw = (name: string, statuses: readonly number[], text: (base: string) => string): Handshake => ({
  name,
  statuses,
  request: (_random, base) => Buffer.from(text(base), 'latin1'),
});

const BAD = [400];
const ELSEWHERE = [400, 404, 505];
/** What no HTTP parser should understand; uWebSockets.js has 505 for much of it. */
const UNREADABLE = [400, 426, 505];
/** Odd, but it says which station it is. */
const TAKEN = [101];
/** Against RFC 6455 or RFC 9112, but without harm; the implementations differ. */
const EITHER = [101, 400, 404, 426, 505];

const PATHS: readonly Handshake[] = [
  ...['%', '%z', '%zz', '%f', '%ff', '%c3%28', '%ed%a0%80', 'a%00b', '%00', '%0', 'a%', '%%25'].map((id) =>
    differing(`the identity ${id}`, BAD, (base) => ({ path: `${base}/${id}` })),
  ),
  ...[
    '%0d%0aX-Injected:%20yes',
    '%0aX-Injected:%20yes',
    '..',
    '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
    '%252e',
    '__proto__',
    '*',
    '%3e',
    '%2a.%3e',
    '%20',
    '%e2%80%ae',
    "';--",
  ].map((id) => differing(`the identity ${id}`, TAKEN, (base) => ({ path: `${base}/${id}` }))),
  differing('a path that climbs', EITHER, (base) => ({ path: `${base}/../../etc/passwd` })),
  differing('a path that climbs out', ELSEWHERE, () => ({ path: '/../etc/passwd' })),
  differing('an identity of 256 bytes', BAD, (base) => ({ path: `${base}/${'i'.repeat(256)}` })),
  differing('an identity of 3,000 bytes', BAD, (base) => ({ path: `${base}/${'i'.repeat(3000)}` })),
  differing('an identity of 100,000 bytes', [...UNREADABLE, 414, 431], (base) => ({
    path: `${base}/${'i'.repeat(100_000)}`,
  })),
  differing('2,000 slashes', EITHER, (base) => ({ path: `${base}${'/'.repeat(2000)}x` })),
  differing('no identity', BAD, (base) => ({ path: `${base}/` })),
  differing('no path', ELSEWHERE, () => ({ path: '' })),
  differing('an absolute URL', EITHER, (base) => ({ path: `http://elsewhere${base}/X` })),
  differing('an asterisk', ELSEWHERE, () => ({ path: '*' })),
  differing('raw bytes beyond ASCII', EITHER, (base) => ({ path: `${base}/\xff\xfe\xc3` })),
  differing('a raw NUL', UNREADABLE, (base) => ({ path: `${base}/a\0b` })),
  differing('a query and a fragment', EITHER, (base) => ({ path: `${base}/HOSTILE-query?a=%zz#b` })),
];

const METHODS: readonly Handshake[] = [
  ...[
    'POST',
    'PUT',
    'DELETE',
    'OPTIONS',
    'HEAD',
    'PATCH',
    'TRACE',
    'CONNECT',
    'PRI',
    'get',
    'BREW',
    'G'.repeat(500),
  ].map((method) =>
    differing(`the method ${method.slice(0, 10)}`, [400, 404, 405, 426, 501], () => ({ method })),
  ),
  ...['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/9.9', 'HTTP/', 'ICY/1.1', ''].map((httpVersion) =>
    differing(`the protocol '${httpVersion}'`, EITHER, () => ({ httpVersion })),
  ),
];

const HEADERS: readonly Handshake[] = [
  differing('no key', [400, 426], () => ({ headers: { 'Sec-WebSocket-Key': undefined } })),
  differing('a short key', [400, 426], () => ({ headers: { 'Sec-WebSocket-Key': 'AAAA' } })),
  differing('a key of 1,000 bytes', [400, 426], () => ({
    headers: { 'Sec-WebSocket-Key': 'A'.repeat(1000) },
  })),
  differing('another WebSocket version', [400, 426], () => ({ headers: { 'Sec-WebSocket-Version': '8' } })),
  differing('no WebSocket version', [400, 426], () => ({ headers: { 'Sec-WebSocket-Version': undefined } })),
  differing('no Upgrade header', EITHER, () => ({ headers: { Upgrade: undefined } })),
  differing('another upgrade', EITHER, () => ({ headers: { Upgrade: 'h2c' } })),
  differing('no Host', EITHER, () => ({ headers: { Host: undefined } })),
  differing('no subprotocol', TAKEN, () => ({ headers: { 'Sec-WebSocket-Protocol': undefined } })),
  differing('1,000 subprotocols', TAKEN, () => ({
    protocols: Array.from({ length: 300 }, (_, at) => `p${at}`).join(','),
  })),
  differing('subprotocols of commas', EITHER, () => ({ protocols: ','.repeat(2000) })),
  differing('an inherited name as subprotocol', TAKEN, () => ({
    protocols: '__proto__, constructor, toString',
  })),
  differing('a subprotocol that would inject', EITHER, () => ({ protocols: 'ocpp1.6\rX-Injected: yes' })),
  differing('a header line that ends early', EITHER, () => ({ protocols: 'ocpp1.6\nX-Injected: yes' })),
  differing('a header of 3 KiB', TAKEN, () => ({ headers: { Cookie: 'c'.repeat(3000) } })),
  differing('a header of 100 KiB', [101, 400, 431], () => ({ headers: { Cookie: 'c'.repeat(100_000) } })),
  differing('500 headers', [...EITHER, 431], () => ({
    lines: Array.from({ length: 500 }, (_, at) => `X-${at}: ${at}`),
  })),
  differing('10,000 headers', [400, 431], () => ({
    lines: Array.from({ length: 10_000 }, (_, at) => `X-${at}: ${at}`),
  })),
  differing('a header without a colon', EITHER, () => ({ lines: ['X-Nothing'] })),
  differing('a header without a name', EITHER, () => ({ lines: [': value'] })),
  differing('a NUL in a header', EITHER, () => ({ headers: { Cookie: 'a\0b' } })),
  differing('a folded header', EITHER, () => ({ lines: ['X-Long: a', ' b'] })),
  differing('two lengths', EITHER, () => ({ lines: ['Content-Length: 5', 'Content-Length: 6'] })),
  differing('a body', [...EITHER, 413], () => ({ lines: ['Content-Length: 5', '', 'hello'] })),
  differing('a length and chunks', EITHER, () => ({
    lines: ['Content-Length: 5', 'Transfer-Encoding: chunked', '', '0'],
  })),
  differing('a negative length', EITHER, () => ({ lines: ['Content-Length: -1'] })),
  differing('an endless length', [...EITHER, 413], () => ({
    lines: ['Content-Length: 99999999999999999999'],
  })),
  differing('chunks that never end', EITHER, () => ({
    lines: ['Transfer-Encoding: chunked', '', 'fffffffff'],
  })),
  differing('many offers of compression', EITHER, () => ({
    protocols: 'ocpp2.1',
    headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits=99, '.repeat(30) },
  })),
  ...[
    'Basic',
    'Basic ',
    'Basic ====',
    'Basic %%%',
    `Basic ${'A'.repeat(3000)}`,
    'Basic Og==',
    'Bearer x',
    'Digest x',
    '\x01\x02',
  ].map((authorization) =>
    differing(`the credentials '${authorization.slice(0, 12)}'`, EITHER, () => ({
      headers: { Authorization: authorization },
    })),
  ),
];

const REQUESTS: readonly Handshake[] = [
  raw('no request line', UNREADABLE, () => '\r\n\r\n'),
  raw('a word', UNREADABLE, () => 'hello\r\n\r\n'),
  raw('HTTP/2', UNREADABLE, () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  raw('a line of 1 MiB', [...UNREADABLE, 414, 431], () => `GET ${'a'.repeat(1024 * 1024)}`),
  raw('line ends alone', EITHER, (base) => `GET ${base}/X HTTP/1.1\n\n`),
  raw('a plain request', [426], (base) => `GET ${base}/X HTTP/1.1\r\nHost: g\r\n\r\n`),
  raw('a plain request elsewhere', [404], () => 'GET /favicon.ico HTTP/1.1\r\nHost: g\r\n\r\n'),
  raw('100 pipelined requests', [426], (base) => `GET ${base}/X HTTP/1.1\r\nHost: g\r\n\r\n`.repeat(100)),
  {
    name: 'TLS on the plain port',
    statuses: UNREADABLE,
    request: (random) =>
      Buffer.concat([
        Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]),
        bytesOf(random, 500),
      ]),
  },
  {
    name: 'two handshakes in one segment',
    statuses: TAKEN,
    request: (random, base) => {
      const one = (id: string) =>
        upgradeRequest(random, { path: `${base}/HOSTILE-${id}`, protocols: 'ocpp1.6' });
      return Buffer.concat([one('first'), one('second')]);
    },
  },
  {
    name: 'a handshake with its first message',
    statuses: TAKEN,
    request: (random, base) =>
      Buffer.concat([
        upgradeRequest(random, { path: `${base}/HOSTILE-eager`, protocols: 'ocpp1.6' }),
        encodeFrame({
          opcode: OPCODE.TEXT,
          payload: Buffer.from('[2,"eager","Heartbeat",{}]'),
          mask: bytesOf(random, 4),
        }),
      ]),
  },
  {
    name: 'a plain request, then a handshake',
    statuses: [426],
    request: (random, base) =>
      Buffer.concat([
        Buffer.from(`GET ${base}/X HTTP/1.1\r\nHost: g\r\n\r\n`),
        upgradeRequest(random, { path: `${base}/HOSTILE-second`, protocols: 'ocpp1.6' }),
      ]),
  },
  {
    name: 'random bytes',
    statuses: UNREADABLE,
    request: (random) => bytesOf(random, random.between(1, 5000)),
  },
];

export const HANDSHAKES: readonly Handshake[] = [...PATHS, ...METHODS, ...HEADERS, ...REQUESTS];

/** Headers that an answer of the gateway may have. */
const KNOWN_HEADERS: ReadonlySet<string> = new Set([
  'upgrade',
  'connection',
  'sec-websocket-accept',
  'sec-websocket-protocol',
  'sec-websocket-version',
  'sec-websocket-extensions',
  'content-type',
  'content-length',
  'transfer-encoding',
  'retry-after',
  'www-authenticate',
  'uwebsockets',
  'date',
  'keep-alive',
]);

/** An unfinished request may wait for the gateway's own time limit; nobody waits here. */
const ANSWER_MS = 1_000;

export const handshakes: Attack = {
  name: 'hostile handshakes',
  share: 0,
  run: (siege) =>
    inLanes(HANDSHAKES.length * siege.scaled(10), 32, async (n) => {
      const handshake = HANDSHAKES[n % HANDSHAKES.length];
      if (handshake !== undefined) await knock(siege, n, handshake);
    }),
};

async function knock(siege: Siege, n: number, handshake: Handshake): Promise<void> {
  const { tally, endpoint } = siege;
  const line = new Line(endpoint, {
    broken: (why) => tally.problem(`${handshake.name}: the gateway sent ${why}`),
  });
  const request = handshake.request(siege.random(n), endpoint.basePath);
  tally.connections++;
  tally.sent(request);
  void line.write(request);
  const timer = setTimeout(() => line.hangUp('reset'), ANSWER_MS);
  const answer = await line.answer();
  clearTimeout(timer);
  tally.answer(answer === undefined ? 'no answer' : `HTTP ${answer.status}`);
  const problem = answer === undefined ? undefined : judge(handshake, answer);
  if (problem !== undefined) tally.problem(`${handshake.name}: ${problem}`);
  line.hangUp(n % 2 === 0 ? 'fin' : 'reset');
  tally.ended(await line.ended);
}

function judge({ statuses }: Handshake, { status, headers }: HttpAnswer): string | undefined {
  if (!statuses.includes(status)) return `HTTP ${status}`;
  const unknown = headers.find(([name]) => !KNOWN_HEADERS.has(name));
  if (unknown !== undefined) return `the answer has a header ${JSON.stringify(unknown.join(': '))}`;
  if (status !== 101) return undefined;
  return headers.some(([name]) => name === 'sec-websocket-accept')
    ? undefined
    : 'a 101 without Sec-WebSocket-Accept';
}

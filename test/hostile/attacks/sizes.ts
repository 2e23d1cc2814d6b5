import { constants, deflateRawSync } from 'node:zlib';
import { subprotocolOf } from '../../../libs/ocpp/mod.js';
import { filled, HUGE, MAX_MESSAGE } from '../payloads/nasty.js';
import { bytesOf } from '../random.js';
import { Session } from '../session.js';
import { endingOf, inLanes, type Attack, type Siege } from '../siege.js';
import { OPCODE } from '../wire/frame.js';
import { upgradeRequest } from '../wire/upgrade.js';

const LANES = 4;
const DEADLINE_MS = 30_000;
const FRAGMENT = 60_000;

/** The largest messages that are allowed, of the kinds that cost most. */
export const largest: Attack = {
  name: 'largest messages',
  share: 0,
  run: (siege) =>
    inLanes(HUGE.length * siege.scaled(10), LANES, async (n, lane) => {
      const huge = HUGE[n % HUGE.length];
      const session = await siege.open(n, lane, huge?.versions);
      if (session === undefined || huge === undefined) return;
      const message = Buffer.from(huge.text(`${session.name}-huge`));
      const frames = n % 2 === 0 ? [session.text(message)] : fragments(session, message);
      await session.write(Buffer.concat([session.control(), ...frames, session.control()]));
      await session.finish();
    }),
};

/** A byte more than is allowed: in one frame, in fragments, or with more declared than sent. */
export const tooLarge: Attack = {
  name: 'too large messages',
  share: 0,
  run: (siege) =>
    inLanes(TOO_LARGE.length * siege.scaled(12), LANES, async (n, lane) => {
      const session = await siege.open(n, lane);
      if (session === undefined) return;
      await session.write(session.control());
      await session.settled();
      await session.write(TOO_LARGE[n % TOO_LARGE.length]?.(session) ?? Buffer.alloc(0));
      const ending = await endingOf(session, DEADLINE_MS);
      if (ending !== 1009 && ending !== 'cut')
        siege.tally.problem(`a message too large ended the connection with ${ending}`);
      session.line.hangUp();
      await session.line.ended;
    }),
};

const TOO_LARGE: readonly ((session: Session) => Buffer)[] = [
  (session) => session.text(Buffer.from(filled('large', MAX_MESSAGE + 1))),
  (session) => Buffer.concat(fragments(session, Buffer.from(filled('large', MAX_MESSAGE + 1)))),
  (session) => session.text(Buffer.alloc(4 * MAX_MESSAGE, '[')),
  (session) =>
    session.frame({
      opcode: OPCODE.TEXT,
      payload: Buffer.alloc(10),
      declaredLength: BigInt(64 * MAX_MESSAGE),
    }),
  (session) => Buffer.concat(fragments(session, Buffer.alloc(8 * MAX_MESSAGE, '['))),
];

function fragments(session: Session, message: Buffer): Buffer[] {
  session.book.sent(message);
  const frames: Buffer[] = [];
  for (let at = 0; at < message.length; at += FRAGMENT) {
    const opcode = at === 0 ? OPCODE.TEXT : OPCODE.CONTINUATION;
    const fin = at + FRAGMENT >= message.length;
    frames.push(session.frame({ opcode, payload: message.subarray(at, at + FRAGMENT), fin }));
  }
  return frames;
}

/** RFC 7692: small messages that become large, and what is no compressed data. */
export const compressed: Attack = {
  name: 'compressed messages',
  share: 0,
  run: (siege) =>
    inLanes(COMPRESSED.length * siege.scaled(20), LANES, async (n, lane) => {
      const session = await openCompressing(siege, n, lane);
      const kind = COMPRESSED[n % COMPRESSED.length];
      if (session === undefined || kind === undefined) return;
      const { data, message, breaks } = kind(session);
      session.book.sent(message);
      const frame = session.frame({ opcode: OPCODE.TEXT, payload: data, rsv: 4 });
      await session.write(Buffer.concat([session.control(), frame, session.control()]));
      if (breaks !== true) return session.finish();
      const ending = await endingOf(session, DEADLINE_MS);
      if (typeof ending !== 'number' && ending !== 'cut')
        siege.tally.problem(`what cannot be inflated: ${ending ?? 'no end'}`);
      session.line.hangUp();
      await session.line.ended;
    }),
};

interface Compressed {
  readonly data: Buffer;
  /** What the gateway may find in it. */
  readonly message: Buffer;
  /** The connection cannot go on. */
  readonly breaks?: true;
}

const NOTHING = Buffer.alloc(0);

const COMPRESSED: readonly ((session: Session) => Compressed)[] = [
  ({ name }) => whole(Buffer.from(filled(`${name}-z`, MAX_MESSAGE))),
  ({ name }) => whole(Buffer.from(`[2,"${name}-z","Heartbeat",{}]`)),
  () => ({ message: NOTHING, data: deflated(Buffer.from(filled('z', MAX_MESSAGE + 1))), breaks: true }),
  () => ({ message: NOTHING, data: deflated(Buffer.alloc(100 * 1024 * 1024, '[')), breaks: true }),
  () => ({ message: NOTHING, data: Buffer.alloc(1000, 0xff), breaks: true }),
  () => ({ message: NOTHING, data: deflated(Buffer.from('[2,"z","Heartbeat",{}]')).subarray(0, 9) }),
];

const whole = (message: Buffer): Compressed => ({ message, data: deflated(message) });

/** As RFC 7692 7.2.1 wants it: without the last four bytes of an empty block. */
function deflated(bytes: Buffer): Buffer {
  return deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, level: 9 }).subarray(0, -4);
}

async function openCompressing(siege: Siege, n: number, lane: number): Promise<Session | undefined> {
  const { endpoint, tally } = siege;
  const version = n % 2 === 0 ? '2.0.1' : '2.1';
  const random = siege.random(n);
  const stationId = `HOSTILE-compressed-${lane}-${version}`;
  const session = new Session({ endpoint, stationId, version, random, tally, name: `${n}` });
  void session.write(
    upgradeRequest(random, {
      path: `${endpoint.basePath}/${stationId}`,
      protocols: subprotocolOf(version),
      headers: {
        'Sec-WebSocket-Extensions':
          'permessage-deflate; client_no_context_takeover; server_no_context_takeover',
      },
    }),
  );
  const answer = await session.line.answer();
  const agreed = answer?.headers.some(
    ([name, value]) => name === 'sec-websocket-extensions' && value.startsWith('permessage-deflate'),
  );
  if (answer?.status === 101 && agreed === true) return session;
  tally.problem(`compression was not agreed on (HTTP ${answer?.status})`);
  session.line.hangUp();
  return undefined;
}

/** Messages that are begun and never ended, on many connections at once. */
export const halfMessages: Attack = {
  name: 'half messages',
  share: 0,
  run: async (siege) => {
    const count = siege.scaled(200, 4);
    const sessions: Session[] = [];
    await inLanes(count, LANES, async (n) => {
      const session = await siege.open(n, n);
      if (session === undefined) return;
      sessions.push(session);
      const half = bytesOf(siege.random('half', n), 16).toString('hex').repeat(12_000);
      await session.write(
        n % 2 === 0
          ? session.frame({
              opcode: OPCODE.TEXT,
              payload: Buffer.from(half),
              declaredLength: BigInt(MAX_MESSAGE),
            })
          : session.frame({ opcode: OPCODE.TEXT, payload: Buffer.from(half), fin: false }),
      );
    });
    for (const session of sessions) {
      session.line.hangUp('reset');
      await session.line.ended;
    }
  },
};

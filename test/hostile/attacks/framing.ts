import { pick, type Random } from '../../driven/random.js';
import { bytesOf } from '../random.js';
import type { Session } from '../session.js';
import { endingOf, inLanes, type Attack } from '../siege.js';
import type { Ending } from '../wire/line.js';
import { closePayload, OPCODE, type FrameShape } from '../wire/frame.js';

/** Something after which a WebSocket cannot go on (RFC 6455). */
interface Breach {
  readonly name: string;
  frames(random: Random): readonly (Omit<FrameShape, 'mask'> & { mask?: 'none' })[];
  /** How it may end; `cut` always may. */
  readonly endings?: readonly Ending[];
  /** Not noticed by every implementation: then the connection is of no use, but nobody else's concern. */
  readonly mayBeTolerated?: true;
}

const CALL = Buffer.from('[2,"unseen","Heartbeat",{}]');
const { TEXT, BINARY, CONTINUATION, PING, PONG, CLOSE } = OPCODE;
const PROTOCOL_ERROR: readonly Ending[] = [1002];

/** A reply to a close frame: its code, or none. */
const CLOSED: readonly Ending[] = [1000, 1002, 1005, 1007];

const BAD_UTF8: readonly (readonly number[])[] = [
  [0xff],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xe2, 0x82],
  [0x80],
];

const BREACHES: readonly Breach[] = [
  {
    name: 'an unmasked message',
    frames: () => [{ opcode: TEXT, payload: CALL, mask: 'none' }],
    endings: PROTOCOL_ERROR,
    mayBeTolerated: true,
  },
  {
    name: 'an unmasked ping',
    frames: () => [{ opcode: PING, payload: CALL, mask: 'none' }],
    endings: PROTOCOL_ERROR,
    mayBeTolerated: true,
  },
  {
    name: 'reserved bits',
    frames: (random) => [{ opcode: TEXT, payload: CALL, rsv: random.between(1, 7) }],
    endings: PROTOCOL_ERROR,
  },
  {
    name: 'reserved bits of a ping',
    frames: (random) => [{ opcode: PING, payload: CALL, rsv: random.between(1, 7) }],
    endings: PROTOCOL_ERROR,
  },
  {
    name: 'an unknown opcode',
    frames: (random) => [{ opcode: pick(random, [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]), payload: CALL }],
    endings: PROTOCOL_ERROR,
  },
  {
    name: 'a continuation of nothing',
    frames: (random) => [{ opcode: CONTINUATION, payload: CALL, fin: random.chance(0.5) }],
    endings: PROTOCOL_ERROR,
  },
  {
    name: 'a message within a message',
    frames: () => [
      { opcode: TEXT, payload: CALL.subarray(0, 5), fin: false },
      { opcode: TEXT, payload: CALL },
    ],
    endings: PROTOCOL_ERROR,
  },
  {
    name: 'a ping in fragments',
    frames: () => [{ opcode: PING, payload: CALL, fin: false }],
    endings: PROTOCOL_ERROR,
  },
  {
    name: 'a long ping',
    frames: (random) => [{ opcode: PING, payload: bytesOf(random, random.between(126, 2000)) }],
    endings: PROTOCOL_ERROR,
  },
  {
    name: 'a long pong',
    frames: (random) => [{ opcode: PONG, payload: bytesOf(random, random.between(126, 2000)) }],
    endings: PROTOCOL_ERROR,
  },
  {
    name: 'a length of 2^63',
    frames: () => [{ opcode: TEXT, payload: CALL, declaredLength: 2n ** 63n }],
    endings: [1002, 1009],
  },
  {
    name: 'a length of 2^64 - 1',
    frames: () => [{ opcode: TEXT, payload: CALL, declaredLength: 2n ** 64n - 1n }],
    endings: [1002, 1009],
  },
  {
    name: 'a length of 2^53',
    frames: () => [{ opcode: TEXT, payload: CALL, declaredLength: 2n ** 53n }],
    endings: [1002, 1009],
  },
  {
    name: 'a length of 100 MiB',
    frames: () => [{ opcode: TEXT, payload: CALL, declaredLength: 100n * 1024n * 1024n }],
    endings: [1009],
  },
  {
    name: 'invalid UTF-8',
    frames: (random) => [{ opcode: TEXT, payload: badText(random) }],
    endings: [1007],
  },
  {
    name: 'invalid UTF-8 in fragments',
    frames: (random) => {
      const text = badText(random);
      const at = random.between(0, text.length);
      return [
        { opcode: TEXT, payload: text.subarray(0, at), fin: false },
        { opcode: CONTINUATION, payload: text.subarray(at) },
      ];
    },
    endings: [1007],
  },
  { name: 'a binary message', frames: () => [{ opcode: BINARY, payload: CALL }], endings: [1003] },
  {
    name: 'an empty binary message',
    frames: () => [{ opcode: BINARY, payload: Buffer.alloc(0) }],
    endings: [1003],
  },
  {
    name: 'random bytes',
    frames: (random) => [{ opcode: BINARY, payload: bytesOf(random, random.between(1, 2000)) }],
    endings: [1003],
  },
  {
    name: 'a close with one byte',
    frames: () => [{ opcode: CLOSE, payload: Buffer.from([3]) }],
    endings: CLOSED,
  },
  {
    name: 'a close with a code that nobody may send',
    frames: (random) => [
      {
        opcode: CLOSE,
        payload: closePayload(pick(random, [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535])),
      },
    ],
    endings: CLOSED,
  },
  {
    name: 'a close whose reason is not UTF-8',
    frames: (random) => [{ opcode: CLOSE, payload: closePayload(1000, badText(random)) }],
    endings: CLOSED,
  },
  {
    name: 'a close of 126 bytes',
    frames: () => [{ opcode: CLOSE, payload: closePayload(1000, Buffer.alloc(124, 'x')) }],
    endings: CLOSED,
  },
  {
    name: 'a CALL after the close',
    frames: () => [
      { opcode: CLOSE, payload: closePayload(1000) },
      { opcode: TEXT, payload: CALL },
    ],
    endings: CLOSED,
  },
  {
    name: 'a length in too many bytes',
    frames: () => [{ opcode: 11, payload: CALL, lengthBytes: 8 }],
    endings: PROTOCOL_ERROR,
  },
];

function badText(random: Random): Buffer {
  return Buffer.concat([
    CALL.subarray(0, random.between(0, CALL.length)),
    Buffer.from(pick(random, BAD_UTF8)),
  ]);
}

const LANES = 8;
const MESSAGES_BEFORE = 20;
const DEADLINE_MS = 10_000;
const TOLERATED_AFTER_MS = 100;

/** Connections that speak properly for a while, then break the WebSocket protocol. */
export const framing: Attack = {
  name: 'broken framing',
  share: 0.05,
  run: async (siege) => {
    const sessions = Math.max(BREACHES.length, Math.ceil(siege.frames / MESSAGES_BEFORE));
    await inLanes(sessions, LANES, async (n, lane) => {
      const session = await siege.open(n, lane);
      if (session === undefined) return;
      const breach = BREACHES[n % BREACHES.length];
      if (breach === undefined) return;
      await session.write(Buffer.concat(manners(session, siege.random('framing', n))));
      await session.settled();
      const frames = breach.frames(siege.random('breach', n)).map((shape) => session.frame(shape));
      await session.write(Buffer.concat(frames));
      const ending = await endingOf(
        session,
        breach.mayBeTolerated === true ? TOLERATED_AFTER_MS : DEADLINE_MS,
      );
      const problem = judge(breach, ending);
      if (problem !== undefined) siege.tally.problem(`${breach.name}: ${problem}`);
      session.line.hangUp();
      await session.line.ended;
    });
  },
};

/** Unusual, but allowed. */
function manners(session: Session, random: Random): Buffer[] {
  const frames: Buffer[] = [];
  while (frames.length < MESSAGES_BEFORE - 2)
    frames.push(random.chance(0.3) ? session.control() : allowed(session, random));
  return [...frames, session.control()];
}

function allowed(session: Session, random: Random): Buffer {
  switch (random.between(0, 4)) {
    case 0:
      return session.frame({ opcode: PING, payload: bytesOf(random, random.between(0, 125)) });
    case 1:
      return session.frame({ opcode: PONG, payload: bytesOf(random, random.between(0, 125)) });
    case 2:
      return session.frame({ opcode: PING, payload: Buffer.alloc(0), mask: Buffer.alloc(4) });
    case 3: {
      const empty = Buffer.alloc(0);
      const first = session.frame({ opcode: TEXT, payload: empty, fin: false });
      const middle = Array.from({ length: random.between(0, 20) }, () =>
        session.frame({ opcode: CONTINUATION, payload: empty, fin: false }),
      );
      const message = Buffer.from('["𝄞"]');
      session.book.sent(message);
      return Buffer.concat([first, ...middle, ...inBytes(session, message)]);
    }
    default:
      return session.text(Buffer.from('[]'));
  }
}

/** The rest of a message, a byte a frame. */
function inBytes(session: Session, message: Buffer): Buffer[] {
  return [...message].map((byte, at) =>
    session.frame({ opcode: CONTINUATION, payload: Buffer.from([byte]), fin: at === message.length - 1 }),
  );
}

function judge({ endings = [], mayBeTolerated }: Breach, ending: Ending | undefined): string | undefined {
  if (ending === 'cut' || (ending !== undefined && endings.includes(ending))) return undefined;
  if (ending === undefined && mayBeTolerated === true) return undefined;
  return ending === undefined ? 'the connection goes on' : `the connection ended with ${ending}`;
}

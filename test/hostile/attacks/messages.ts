import { isUtf8 } from 'node:buffer';
import { VERSIONS, type Version } from '../../../libs/ocpp/mod.js';
import { CORPUS, textOf } from '../payloads/corpus.js';
import { mutate, splice, truncate } from '../payloads/mutate.js';
import { NASTY } from '../payloads/nasty.js';
import { pick, type Random } from '../../driven/random.js';
import { bytesOf } from '../random.js';
import type { Session } from '../session.js';
import { endingOf, inLanes, type Attack, type Siege } from '../siege.js';
import { OPCODE } from '../wire/frame.js';

/** Makes a message; `id` is new on its connection. */
type Maker = (random: Random, version: Version, id: string) => Buffer;

const LANES = 8;
/** With the controls among them below the burst that the gateway reads of one station at once. */
const MESSAGES = 150;
/** The gateway cuts a station off after 100 malformed messages in a row: there is a valid one among every so many. */
const CONTROL_EVERY = 12;
const FATAL_SHARE = 0.01;
const FATAL_DEADLINE_MS = 10_000;

/** A valid message, as often of another version as not. */
const valid: Maker = (random, version, id) => {
  const spoken = random.chance(0.7) ? version : pick(random, VERSIONS);
  return Buffer.from(textOf(pick(random, CORPUS.get(spoken) ?? []), id));
};

const PRINTABLE = '[]{},:"\\/0123456789-+.eEtrufalsn \t\n2345HeartbeatBootNotification';

const noise: Maker = (random) => {
  const length = random.chance(0.02) ? random.between(0, 5000) : random.between(0, 120);
  if (random.chance(0.1)) return bytesOf(random, length);
  return Buffer.from(Array.from({ length }, () => pick(random, [...PRINTABLE])).join(''));
};

/** Begins as a CALL does. */
const noisyCall: Maker = (random, version, id) =>
  Buffer.concat([Buffer.from(`[${random.between(0, 9)},"${id}",`), noise(random, version, id)]);

/** Valid by its schema or not: in every case a frame of this very version, whole. */
const wellFormed: Maker = (random, version, id) =>
  Buffer.from(textOf(pick(random, CORPUS.get(version) ?? []), id));

const madeByHand: Maker = (random, version, id) => {
  const fitting = NASTY.filter(({ versions }) => versions === undefined || versions.includes(version));
  // The large ones are an attack of their own; here they would be most of the bytes.
  const nasty = pick(random, fitting);
  const text = nasty.text(id);
  return Buffer.from(text.length < 4096 || random.chance(0.02) ? text : text.slice(0, 4096));
};

export const MESSAGE_ATTACKS: readonly Attack[] = [
  attack('random text', 0.1, (random, version, id) =>
    (random.chance(0.5) ? noise : noisyCall)(random, version, id),
  ),
  attack('mutated frames', 0.45, (random, version, id) =>
    mutate(random, valid(random, version, id), () => valid(random, version, id)),
  ),
  attack('spliced frames', 0.12, (random, version, id) =>
    splice(random, valid(random, version, id), () => valid(random, version, id)),
  ),
  attack('truncated frames', 0.1, (random, version, id) =>
    truncate(random, valid(random, version, id), () => Buffer.alloc(0)),
  ),
  attack('valid frames', 0.06, wellFormed),
  attack('made by hand', 0.12, madeByHand),
];

function attack(name: string, share: number, make: Maker): Attack {
  return {
    name,
    share,
    run: async (siege) => {
      const sessions = Math.max(1, Math.ceil(siege.frames / MESSAGES));
      await inLanes(sessions, LANES, async (n, lane) => {
        const count = Math.min(MESSAGES, siege.frames - n * MESSAGES);
        await play(siege, n, lane, count, make);
      });
    },
  };
}

/** Connections until `count` messages are sent: one that is not UTF-8 ends its connection. */
async function play(siege: Siege, n: number, lane: number, count: number, make: Maker): Promise<void> {
  let left = count;
  for (let part = 0; left > 0; part++) {
    const number = n * 1000 + part;
    const session = await siege.open(number, lane);
    if (session === undefined) return;
    left -= await one(session, siege, number, left, make);
  }
}

/** Sends at most `most` messages on one connection; returns how many. */
async function one(session: Session, siege: Siege, n: number, most: number, make: Maker): Promise<number> {
  const random = siege.random('messages', n);
  const pieces: Buffer[] = [session.control()];
  let fatal: Buffer | undefined;
  let sent = 0;
  while (sent < most && fatal === undefined) {
    const made = make(random, session.version, `${session.name}-${++sent}`);
    // What is not UTF-8 ends its connection, so mostly it is mended: the other messages are to be read too.
    const message = random.chance(FATAL_SHARE) ? made : Buffer.from(made.toString());
    if (isUtf8(message)) pieces.push(...inFrames(session, random, message));
    else fatal = message;
    if (sent % CONTROL_EVERY === 0) pieces.push(session.control());
  }
  pieces.push(session.control());
  await inSegments(session, random, Buffer.concat(pieces));
  if (fatal === undefined) {
    await session.finish();
    return sent;
  }
  await session.settled();
  await session.write(session.frame({ opcode: OPCODE.TEXT, payload: fatal }));
  const ending = await endingOf(session, FATAL_DEADLINE_MS);
  if (ending !== 1007 && ending !== 'cut')
    siege.tally.problem(`${n}: invalid UTF-8 ended the connection with ${ending}`);
  session.line.hangUp();
  return sent;
}

/** Mostly one frame; now and then several, with pings between them. */
export function inFrames(session: Session, random: Random, message: Buffer): Buffer[] {
  if (!random.chance(0.05)) return [session.text(message)];
  session.book.sent(message);
  const frames: Buffer[] = [];
  let at = 0;
  do {
    const end = random.chance(0.3) ? message.length : at + random.between(0, Math.ceil(message.length / 2));
    const payload = message.subarray(at, end);
    const opcode = frames.length === 0 ? OPCODE.TEXT : OPCODE.CONTINUATION;
    frames.push(session.frame({ opcode, payload, fin: end >= message.length }));
    if (random.chance(0.5))
      frames.push(session.frame({ opcode: OPCODE.PING, payload: bytesOf(random, random.between(0, 125)) }));
    at = end;
  } while (at < message.length);
  return frames;
}

/** Writes bytes cut at odd places, so that frames come in parts. */
async function inSegments(session: Session, random: Random, bytes: Buffer): Promise<void> {
  const cuts = Array.from({ length: random.between(0, 3) }, () => random.between(0, bytes.length)).sort(
    (a, b) => a - b,
  );
  let at = 0;
  for (const cut of [...cuts, bytes.length]) {
    await session.write(bytes.subarray(at, cut));
    at = cut;
  }
}

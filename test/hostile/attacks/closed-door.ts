import { subprotocolOf } from '../../../libs/ocpp/mod.js';
import { basic } from '../../client/raw-client.js';
import { pick, type Random } from '../../driven/random.js';
import { bytesOf } from '../random.js';
import { inLanes, type Attack, type Siege } from '../siege.js';
import { encodeFrame, OPCODE } from '../wire/frame.js';
import { Line, type Endpoint } from '../wire/line.js';
import { upgradeRequest } from '../wire/upgrade.js';

/** The station that the closed gateway knows. */
export const KNOWN = { id: 'CLOSED 1', password: 'correct-horse-battery' } as const;

const PATH = encodeURIComponent(KNOWN.id);
const CALL = Buffer.from('[2,"intruder","Heartbeat",{}]');

/** Credentials and a path with which nobody may come in. */
interface Intrusion {
  readonly name: string;
  readonly path?: string;
  readonly authorization?: string;
  readonly lines?: readonly string[];
}

const { id, password } = KNOWN;

const INTRUSIONS: readonly Intrusion[] = [
  { name: 'no credentials' },
  { name: 'a wrong password', authorization: basic(id, 'wrong') },
  { name: 'an empty password', authorization: basic(id, '') },
  { name: 'the beginning of the password', authorization: basic(id, password.slice(0, -1)) },
  { name: 'more than the password', authorization: basic(id, `${password}\0`) },
  { name: 'the password in hex', authorization: basic(id, Buffer.from(password).toString('hex')) },
  { name: "another station's name", authorization: basic('CLOSED 2', password) },
  { name: 'another casing of the name', authorization: basic(id.toLowerCase(), password) },
  { name: 'no name', authorization: basic('', password) },
  { name: 'an unknown station', path: 'CLOSED%202', authorization: basic('CLOSED 2', password) },
  {
    name: 'an unknown station with the name of a known one',
    path: 'CLOSED%202',
    authorization: basic(id, password),
  },
  { name: 'the id encoded twice', path: 'CLOSED%25201', authorization: basic(id, password) },
  { name: 'the id with a NUL', path: `${PATH}%00`, authorization: basic(id, password) },
  { name: 'an inherited name', path: '__proto__', authorization: basic('__proto__', '') },
  { name: 'a damaged header', authorization: basic(id, password).slice(0, -3) },
  { name: 'bytes that are no base64', authorization: 'Basic !!!!' },
  { name: 'no colon', authorization: `Basic ${Buffer.from(id).toString('base64')}` },
  { name: 'another scheme', authorization: basic(id, password).replace('Basic', 'Bearer') },
  { name: 'a header of 3 KiB', authorization: `Basic ${'A'.repeat(3072)}` },
  {
    name: 'two headers, the right one second',
    authorization: basic(id, 'wrong'),
    lines: [`Authorization: ${basic(id, password)}`],
  },
];

const LANES = 16;
const DEADLINE_MS = 10_000;

/** A gateway that lets in one station only: who has not its password stays outside, also who does not wait. */
export const closedDoor: Attack = {
  name: 'closed door',
  share: 0,
  run: async (siege) => {
    const { door } = siege.options;
    if (door === undefined) return;
    const count = INTRUSIONS.length * siege.scaled(60, 3);
    await inLanes(count, LANES, async (n) => {
      const intrusion = INTRUSIONS[n % INTRUSIONS.length];
      if (intrusion !== undefined) await intrude(siege, door, n, intrusion);
      if (n % 10 === 0) await comeIn(siege, door, n);
    });
  },
};

async function intrude(siege: Siege, door: Endpoint, n: number, intrusion: Intrusion): Promise<void> {
  const { tally } = siege;
  const random = siege.random(n);
  let frames = 0;
  const line = new Line(door, { frame: () => frames++ });
  tally.connections++;
  const bytes = Buffer.concat([requestOf(random, door, intrusion), ...impatience(random)]);
  tally.sent(bytes);
  await line.write(bytes);
  const goesAway = n % 4 === 0;
  if (goesAway) line.hangUp(pick(random, ['fin', 'reset'] as const));
  const timer = setTimeout(() => line.hangUp('reset'), DEADLINE_MS);
  const answer = await line.answer();
  clearTimeout(timer);
  const { status } = answer ?? { status: undefined };
  tally.answer(status === undefined ? 'no answer' : `HTTP ${status}`);
  if (status === 101 || frames > 0) tally.problem(`${intrusion.name}: let in`);
  else if (status === undefined && line.ending === 'us' && !goesAway)
    tally.problem(`${intrusion.name}: no answer`);
  else if (status !== undefined && ![400, 401, 404, 505].includes(status))
    tally.problem(`${intrusion.name}: HTTP ${status}`);
  line.hangUp();
  tally.ended(await line.ended);
}

function requestOf(
  random: Random,
  door: Endpoint,
  { path = PATH, authorization, lines = [] }: Intrusion,
): Buffer {
  const version = pick(random, ['1.6', '2.0.1', '2.1'] as const);
  return upgradeRequest(random, {
    path: `${door.basePath}/${path}`,
    protocols: subprotocolOf(version),
    headers: { Authorization: authorization },
    lines,
  });
}

/** What some send before they are let in: a message, or another request. */
function impatience(random: Random): Buffer[] {
  if (random.chance(0.5)) return [];
  if (random.chance(0.5))
    return [encodeFrame({ opcode: OPCODE.TEXT, payload: CALL, mask: bytesOf(random, 4) })];
  return [Buffer.from('GET / HTTP/1.1\r\nHost: g\r\n\r\n')];
}

/** The station itself. */
async function comeIn(siege: Siege, door: Endpoint, n: number): Promise<void> {
  const line = new Line(door);
  siege.tally.connections++;
  const bytes = requestOf(siege.random('station', n), door, {
    name: 'itself',
    authorization: basic(id, password),
  });
  siege.tally.sent(bytes);
  await line.write(bytes);
  const answer = await line.answer();
  siege.tally.answer(`HTTP ${answer?.status}`);
  if (answer?.status !== 101)
    siege.tally.problem(`the station with its password: ${answer?.status ?? line.ending}`);
  line.hangUp();
  siege.tally.ended(await line.ended);
}

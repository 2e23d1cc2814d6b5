import { pick } from '../../driven/random.js';
import { bytesOf } from '../random.js';
import type { Session } from '../session.js';
import { endingOf, inLanes, type Attack, type Siege } from '../siege.js';
import { OPCODE } from '../wire/frame.js';

const LANES = 2;

/** More of one kind at once than anybody should send; `messages` gives the bytes. */
interface Flood {
  readonly name: string;
  readonly count: number;
  readonly versions?: readonly ['2.1'];
  message(session: Session, at: number): Buffer;
}

const json = (session: Session, message: unknown): Buffer =>
  session.text(Buffer.from(JSON.stringify(message)));

const FLOODS: readonly Flood[] = [
  {
    name: 'CALLs',
    count: 20_000,
    message: (session, at) => json(session, [2, `${session.name}-${at}`, 'Heartbeat', {}]),
  },
  {
    name: 'CALLs that are recorded',
    count: 2_000,
    message: (session, at) =>
      json(session, [2, `${session.name}-${at}`, 'DataTransfer', { vendorId: `v${at}` }]),
  },
  {
    name: 'CALLs under one id',
    count: 5_000,
    message: (session, at) => json(session, [2, `${session.name}-x`, 'DataTransfer', { vendorId: `v${at}` }]),
  },
  {
    name: 'the same CALL',
    count: 5_000,
    message: (session) => json(session, [2, `${session.name}-x`, 'Heartbeat', {}]),
  },
  {
    name: 'malformed messages',
    count: 5_000,
    message: (session, at) => json(session, [2, `${session.name}-${at}`]),
  },
  {
    name: 'results that nobody asked for',
    count: 5_000,
    message: (session, at) => json(session, [3, `${at}`, { status: 'Accepted' }]),
  },
  {
    name: 'errors that nobody asked for',
    count: 5_000,
    message: (session, at) => json(session, [4, `${at}`, 'GenericError', 'x'.repeat(300), {}]),
  },
  {
    name: 'refused results',
    count: 2_000,
    versions: ['2.1'],
    message: (session, at) => json(session, [5, `${at}`, 'FormatViolation', 'x'.repeat(3_000), {}]),
  },
  {
    name: 'SENDs',
    count: 5_000,
    versions: ['2.1'],
    message: (session, at) =>
      json(session, [6, `${session.name}-${at}`, 'NotifyPeriodicEventStream', stream(at)]),
  },
  {
    name: 'pings',
    count: 20_000,
    message: (session) => session.frame({ opcode: OPCODE.PING, payload: Buffer.alloc(125, 'p') }),
  },
  {
    name: 'pongs',
    count: 20_000,
    message: (session) => session.frame({ opcode: OPCODE.PONG, payload: Buffer.alloc(125, 'p') }),
  },
];

const stream = (at: number): object => ({
  id: at,
  pending: 0,
  basetime: '2026-03-01T08:00:00Z',
  data: [{ t: 0, v: String(at) }],
});

/** Time for what was read to be answered. A flood that is slowed down takes long, so nobody waits for its end. */
const LISTEN_MS = 1_500;
const LISTEN_BRIEFLY_MS = 200;

export const floods: Attack = {
  name: 'floods',
  share: 0,
  run: (siege) =>
    inLanes(FLOODS.length * siege.scaled(4), LANES, async (n, lane) => {
      const flood = FLOODS[n % FLOODS.length];
      const session = await siege.open(n, lane, flood?.versions);
      if (session === undefined || flood === undefined) return;
      const messages = Array.from({ length: flood.count }, (_, at) => flood.message(session, at));
      void session.write(Buffer.concat(messages));
      const ending = await endingOf(session, siege.patient ? LISTEN_MS : LISTEN_BRIEFLY_MS);
      // `ws` has a limit for pongs that wait to be sent.
      const isAllowed = ending === 1008 || (ending === 'cut' && flood.name === 'pings');
      if (ending !== undefined && !isAllowed)
        siege.tally.problem(`${flood.name} ended the connection with ${ending}`);
      session.line.hangUp(n % 2 === 0 ? 'fin' : 'reset');
      await session.line.ended;
      await isServedAgain(siege, n, lane, session);
    }),
};

/** The station that misbehaved comes back and is served. */
async function isServedAgain(siege: Siege, n: number, lane: number, { version }: Session): Promise<void> {
  const again = await siege.open(1_000_000 + n, lane, [version]);
  if (again === undefined) return;
  await again.write(again.control());
  await again.finish();
}

/** A few messages that cost the gateway much, one after the other from several stations at once. */
export const costly: Attack = {
  name: 'costly messages',
  share: 0,
  run: (siege) =>
    inLanes(siege.scaled(40, 4), 8, async (n, lane) => {
      const session = await siege.open(n, lane, ['1.6']);
      if (session === undefined) return;
      const random = siege.random('costly', n);
      const messages = Array.from({ length: siege.patient ? 10 : 2 }, (_, at) => {
        const members = Array.from(
          { length: 30_000 },
          (_unused, member) => `"m${member}":${pick(random, [0, 1, 2])}`,
        );
        return session.text(Buffer.from(`[2,"${session.name}-${at}","Heartbeat",{${members.join(',')}}]`));
      });
      await session.write(Buffer.concat([...messages, session.control()]));
      await session.finish();
    }),
};

/** What the kernel's buffers hold on both sides, and the gateway's own, several times over. */
const UNREAD_BYTES = 16 * 1024 * 1024;
/** Longer than the gateway waits for a station to read. */
const UNREAD_MS = 45_000;
const UNREAD_BRIEFLY_MS = 500;
const NOTICE_MS = 10_000;

/** Stations that ask and do not read what they are answered. */
export const deaf: Attack = {
  name: 'stations that do not read',
  share: 0,
  background: true,
  run: (siege) =>
    inLanes(siege.scaled(40, 4), 40, async (n) => {
      const session = await siege.open(n, n);
      if (session === undefined) return;
      session.line.pause();
      const payload = bytesOf(siege.random('deaf', n), 125);
      const pings = Buffer.concat(
        Array.from({ length: 2_000 }, () => session.frame({ opcode: OPCODE.PING, payload })),
      );
      const calls = Array.from({ length: 100 }, (_, at) =>
        json(session, [2, `${session.name}-${at}`, 'Heartbeat', {}]),
      );
      for (let sent = 0; sent < UNREAD_BYTES; sent += pings.length) {
        await Promise.race([session.write(pings), endingOf(session, 1_000)]);
      }
      await session.write(Buffer.concat(calls));
      await endingOf(session, siege.patient ? UNREAD_MS : UNREAD_BRIEFLY_MS);
      // Whoever does not read does not see that it was cut off.
      session.line.resume();
      const ending = await endingOf(session, siege.patient ? NOTICE_MS : UNREAD_BRIEFLY_MS);
      if (siege.patient && ending !== 'cut')
        siege.tally.problem(`a station that does not read is kept (${ending ?? 'open'})`);
      session.line.hangUp('reset');
      await session.line.ended;
    }),
};

import { bytesOf } from '../random.js';
import { inLanes, type Attack } from '../siege.js';
import { Line } from '../wire/line.js';
import { closePayload, OPCODE } from '../wire/frame.js';
import { upgradeRequest } from '../wire/upgrade.js';

/** The code with which the older of two connections of one station is closed. */
const SUPERSEDED = 4009;
const TAKEOVER_DEADLINE_MS = 10_000;

/** A station that connects again and again without leaving: the newest connection wins, and is served. */
export const takeovers: Attack = {
  name: 'takeovers',
  share: 0,
  run: (siege) =>
    inLanes(siege.scaled(150), 4, async (n, lane) => {
      const sessions = [];
      for (let at = 0; at < 6; at++) {
        const session = await siege.open(n * 10 + at, lane, ['2.0.1']);
        if (session === undefined) return;
        // Half of them ask, and are superseded before the answer or after it.
        void session.write(
          at % 2 === 0
            ? session.text(Buffer.from(`[2,"${session.name}-a","Heartbeat",{}]`))
            : Buffer.alloc(0),
        );
        sessions.push(session);
      }
      const newest = sessions.pop();
      if (newest === undefined) return;
      await newest.write(newest.control());
      await newest.settled();
      for (const session of sessions) {
        const ending = await withDeadline(session.line.ended);
        if (ending !== SUPERSEDED)
          siege.tally.problem(`an older connection of a station ended with ${ending}`);
        session.line.hangUp();
      }
      await newest.finish();
    }),
};

async function withDeadline<T>(promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), TAKEOVER_DEADLINE_MS);
  });
  const first = await Promise.race([promise, late]);
  clearTimeout(timer);
  return first;
}

/** Stations that come and go at once, with a word or without. */
export const churn: Attack = {
  name: 'connects and disconnects',
  share: 0,
  run: (siege) =>
    inLanes(siege.scaled(4_000, 40), 16, async (n, lane) => {
      const session = await siege.open(n, lane);
      if (session === undefined) return;
      switch (n % 5) {
        case 0:
          return session.leave();
        case 1:
          session.line.hangUp('fin');
          break;
        case 2:
          session.line.hangUp('reset');
          break;
        case 3:
          void session.write(session.text(Buffer.from(`[2,"${session.name}-b","Heartbeat",{}]`)));
          session.line.hangUp('reset');
          break;
        default:
          // In the middle of a frame.
          await session.write(
            session.text(Buffer.from(`[2,"${session.name}-b","Heartbeat",{}]`)).subarray(0, 12),
          );
          session.line.hangUp('fin');
      }
      await session.line.ended;
    }),
};

const LAST_WORDS = 190;

/** Stations that say much at once, below every limit, and leave in the same moment: that they are gone must be noticed. */
export const lastWords: Attack = {
  name: 'last words',
  share: 0,
  run: (siege) =>
    inLanes(siege.scaled(60, 6), 4, async (n, lane) => {
      const session = await siege.open(n, lane, ['2.1']);
      if (session === undefined) return;
      const words = Array.from({ length: LAST_WORDS }, (_, at) => {
        const message =
          n % 2 === 0
            ? [6, `${n}-${at}`, 'NotifyPeriodicEventStream', sample(at)]
            : [2, `${n}-${at}`, 'DataTransfer', { vendorId: `${at}` }];
        return session.text(Buffer.from(JSON.stringify(message)));
      });
      const goodbye = session.frame({ opcode: OPCODE.CLOSE, payload: closePayload(1000) });
      await session.write(Buffer.concat([...words, goodbye]));
      await withDeadline(session.line.ended);
      session.line.hangUp();
      await session.line.ended;
    }),
};

const sample = (at: number): object => ({
  id: at,
  pending: 0,
  basetime: '2026-03-01T08:00:00Z',
  data: [{ t: 0, v: '1' }],
});

/** TCP connections that never become WebSockets: without a word, with half a request, with bytes that are none. */
export const withoutUpgrade: Attack = {
  name: 'connects without upgrade',
  share: 0,
  run: (siege) =>
    inLanes(siege.scaled(4_000, 40), 32, async (n) => {
      const random = siege.random(n);
      const line = new Line(siege.endpoint);
      siege.tally.connections++;
      const request = upgradeRequest(random, {
        path: `${siege.endpoint.basePath}/HOSTILE-half`,
        protocols: 'ocpp1.6',
      });
      const bytes = [
        Buffer.alloc(0),
        request.subarray(0, random.between(1, request.length - 1)),
        bytesOf(random, 200),
      ][n % 3];
      if (bytes !== undefined) {
        siege.tally.sent(bytes);
        await line.write(bytes);
      }
      line.hangUp(n % 2 === 0 ? 'fin' : 'reset');
      siege.tally.ended(await line.ended);
    }),
};

/** How long the gateway gives a client for its request, with a margin; it says 10 s. */
const LORIS_DEADLINE_MS = 30_000;
const LORIS_BYTE_MS = 1_000;

/** Requests that come a byte a second, on many connections. */
export const slowLoris: Attack = {
  name: 'slow-loris',
  share: 0,
  background: true,
  run: (siege) =>
    inLanes(siege.scaled(300, 20), 300, async (n) => {
      const random = siege.random(n);
      const path = `${siege.endpoint.basePath}/HOSTILE-loris-${n % 10}`;
      const request = upgradeRequest(random, {
        path,
        protocols: 'ocpp1.6',
        headers: { 'X-Padding': 'x'.repeat(500) },
      });
      const line = new Line(siege.endpoint);
      siege.tally.connections++;
      siege.tally.sent(request);
      const since = performance.now();
      const patience = siege.patient ? LORIS_DEADLINE_MS : 1_500;
      // Some have sent nearly everything before they become slow.
      let at = n % 3 === 0 ? request.length - 40 : 0;
      await line.write(request.subarray(0, at));
      while (line.isOpen && performance.now() - since < patience && at < request.length - 1) {
        await line.write(request.subarray(at, ++at));
        await Promise.race([line.ended, pause(LORIS_BYTE_MS)]);
      }
      if (siege.patient && line.isOpen)
        siege.tally.problem(`a request at a byte a second was not cut off in ${patience} ms`);
      line.hangUp();
      siege.tally.ended(await line.ended);
    }),
};

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

import assert from 'node:assert/strict';
import type { RawClient } from '../client/raw-client.js';
import { until, within } from '../client/until.js';
import { sessionOf, vocabularyOf } from '../client/vocabulary.js';
import { handshake } from '../client/handshake.js';
import { isReady } from './restarts.js';
import type { Context, Scenario } from './scenario.js';

const shake = async (context: Context, stationId: string): ReturnType<typeof handshake> => {
  const { origin, pathname } = new URL(context.topology.ocppUrl);
  return await handshake({ url: origin, path: `${pathname}/${stationId}`, protocols: ['ocpp1.6'] });
};

/** Past a limit the answer is a clear refusal, and nobody else is harmed (invariant 8). */
export const LIMITS: readonly Scenario[] = [
  {
    name: 'past the number of connections a station is answered 503 with Retry-After; when one leaves, the next may enter',
    settings: { maxConnections: 2 },
    async run(context) {
      const [first] = [await context.raw('1.6'), await context.raw('1.6', { stationId: 'second' })];
      const refused = await shake(context, 'third');
      assert.equal(refused.status, 503);
      assert.ok(Number(refused.headers['retry-after']) > 0);
      await first.close();
      await context.eventsWith('station.disconnected');
      // Where several edges share the limit, the place that is free is at one of them.
      await until(
        'a station that tries again to be let in',
        async () => (await shake(context, 'third')).status === 101,
      );
    },
  },
  {
    name: 'past the rate of handshakes a station is answered 429 with Retry-After (CONFORMANCE 1)',
    settings: { connectionRate: 1, connectionBurst: 3 },
    async run(context) {
      const answers = await Promise.all(
        Array.from({ length: 12 }, async (_, at) => await shake(context, `${context.stationId}-${at}`)),
      );
      const refused = answers.filter(({ status }) => status === 429);
      assert.equal(refused.length + answers.filter(({ status }) => status === 101).length, answers.length);
      assert.ok(refused.length > 0);
      for (const { headers } of refused) assert.ok(Number(headers['retry-after']) > 0);
    },
  },
  {
    name: 'after a restart, past the rate of handshakes, a station with a running transaction is let in where others are refused',
    settings: { connectionRate: 1, connectionBurst: 20 },
    async run(context) {
      const vocabulary = vocabularyOf('1.6');
      const before = await context.raw('1.6');
      await before.result('b1', ...vocabulary.boot());
      const session = sessionOf({ transactionId: `tx-${context.stationId}` });
      const id = vocabulary.idOf(session, await before.result('s1', ...vocabulary.start(session)));
      await context.topology.restart();
      await until('readiness', async () => await isReady(context.topology.opsUrl));
      const others = await Promise.all(
        Array.from({ length: 60 }, async (_, at) => await shake(context, `${context.stationId}-${at}`)),
      );
      assert.ok(others.some(({ status }) => status === 101));
      assert.ok(others.filter(({ status }) => status === 429).length >= 10);
      const after = await context.raw('1.6');
      await after.result('m1', ...vocabulary.meter(session, id, 1));
    },
  },
  {
    name: 'a station that talks too fast is slowed down and loses nothing',
    settings: { stationRateLimit: 100, stationBurst: 10 },
    async run(context) {
      const client = await context.raw('1.6');
      const ids = Array.from({ length: 60 }, (_, at) => `h${at}`);
      for (const id of ids) client.post(id, 'Heartbeat', {});
      for (const id of ids) assert.deepEqual((await client.next()).slice(0, 2), [3, id]);
    },
  },
  {
    name: 'a message over the limit closes its connection with 1009; one at the limit is served',
    async run(context) {
      const { length } = '[2,"big","Heartbeat",{"a":""}]';
      const filled = (bytes: number): string => `[2,"big","Heartbeat",{"a":"${'x'.repeat(bytes - length)}"}]`;
      const client = await context.raw('2.0.1');
      client.send(filled(512 * 1024));
      assert.deepEqual((await client.next()).slice(0, 2), [3, 'big']);
      client.send(filled(512 * 1024 + 1));
      const { code } = await within('the close of the connection', client.closed);
      assert.ok(code === 1009 || code === 1006, `closed with ${code}`);
    },
  },
  {
    name: 'more commands than may wait for one station are refused; those that were taken are all carried out',
    async run(context) {
      const client = await context.raw('2.0.1');
      await client.result('b1', ...vocabularyOf('2.0.1').boot());
      const outcomes = Array.from({ length: 30 }, async () => await context.command('ClearCache', {}));
      const answering = answerCommands(client);
      const statuses = (await Promise.all(outcomes)).map(({ status }) => status);
      const refused = statuses.filter((status) => status === 'refused').length;
      const done = statuses.filter((status) => status === 'result').length;
      assert.equal(refused + done, statuses.length, statuses.join());
      assert.ok(done >= 17, `${done} were carried out`);
      client.cut();
      assert.equal(await answering, done);
    },
  },
];

/** Accepts every command until the connection is cut; how many came. */
async function answerCommands(client: RawClient): Promise<number> {
  for (let answered = 0; ; answered++) {
    const frame = await client.next('a command').catch(() => undefined);
    if (frame === undefined) return answered;
    client.send(JSON.stringify([3, frame[1], { status: 'Accepted' }]));
  }
}

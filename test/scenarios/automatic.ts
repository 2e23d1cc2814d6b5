import assert from 'node:assert/strict';
import { VOCABULARIES, vocabularyOf } from '../client/vocabulary.js';
import { ofTransaction, typesOf } from './check-events.js';
import type { Scenario } from './scenario.js';

const UTC_WITH_MILLISECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const heartbeats = VOCABULARIES.map(({ version }): Scenario => ({
  name: `a ${version} Heartbeat is answered with the time in UTC, with milliseconds and Z`,
  async run(context) {
    const client = await context.strict(version);
    const before = Date.now();
    const { currentTime, ...rest } = await client.call('Heartbeat', {});
    const after = Date.now();
    assert.deepEqual(rest, {});
    assert.match(String(currentTime), UTC_WITH_MILLISECONDS);
    const time = Date.parse(String(currentTime));
    assert.ok(time >= before && time <= after, `${String(currentTime)} is not the time`);
  },
}));
export const AUTOMATIC: readonly Scenario[] = [
  ...heartbeats,
  {
    name: 'a 2.1 SEND is taken and not answered, and does not wait for a CALL',
    async run(context) {
      const client = await context.raw('2.1');
      await client.result('b', ...vocabularyOf('2.1').boot());
      client.send(
        JSON.stringify([
          6,
          's1',
          'NotifyPeriodicEventStream',
          { id: 7, pending: 0, basetime: '2026-03-01T08:00:00.000Z', data: [{ t: 1, v: '20.5' }] },
        ]),
      );
      await client.expectNothingMore();
      const events = await context.eventsWith('stream.data');
      const [data] = events.filter(({ type }) => type === 'stream.data');
      assert.deepEqual((data?.event.data as { values?: unknown }).values, [{ t: 1, v: '20.5' }]);
    },
  },
  {
    name: 'a SEND that breaks its schema is not answered either (2.1)',
    async run(context) {
      const client = await context.raw('2.1');
      client.send(JSON.stringify([6, 's1', 'NotifyPeriodicEventStream', { id: 'seven' }]));
      client.send(JSON.stringify([6, 's2', 'NoSuchAction', {}]));
      await client.expectNothingMore();
      assert.ok(!typesOf(await context.events()).includes('stream.data'));
    },
  },
  {
    name: 'the version belongs to the connection: one station, a short 1.6 probe, then 2.0.1, then 2.1',
    async run(context) {
      for (const vocabulary of VOCABULARIES) {
        const client = await context.strict(vocabulary.version);
        assert.equal((await client.call(...vocabulary.boot()))['status'], 'Accepted');
        await client.close();
      }
      const events = await context.eventsWith('station.disconnected', 3);
      const versions = events
        .filter(({ type }) => type === 'station.booted')
        .map(({ event }) => event.ocppversion);
      assert.deepEqual(versions, ['1.6', '2.0.1', '2.1']);
      assert.deepEqual(ofTransaction(events, ''), []);
    },
  },
];

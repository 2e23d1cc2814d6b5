import assert from 'node:assert/strict';
import { sessionOf, VOCABULARIES, vocabularyOf } from '../client/vocabulary.js';
import { until, within } from '../client/until.js';
import { assertOrdered, ofTransaction, typesOf } from './check-events.js';
import type { Scenario } from './scenario.js';

export const RECONNECTION: readonly Scenario[] = VOCABULARIES.flatMap(({ version }): Scenario[] => {
  const vocabulary = vocabularyOf(version);
  return [
    {
      name: `${version}: two sockets at once: the newest wins, the older one is closed (invariant 4)`,
      async run(context) {
        const old = await context.strict(version);
        await old.call(...vocabulary.boot());
        const session = sessionOf({ transactionId: `tx-${context.stationId}` });
        const id = vocabulary.idOf(session, await old.call(...vocabulary.start(session)));
        const newest = await context.strict(version);
        const closed = await within('the close of the older socket', old.closed);
        assert.equal(closed.code, 4009);
        await newest.call(...vocabulary.meter(session, id, 1));
        await newest.call(...vocabulary.stop(session, id, 2));
        const events = await context.eventsWith('transaction.ended');
        assertOrdered(events);
        assert.equal(ofTransaction(events, id).length, 3);
        const gone = events.filter(({ type }) => type === 'station.disconnected');
        assert.deepEqual(
          gone.map(({ event }) => (event.data as { reason?: string }).reason),
          ['superseded'],
        );
      },
    },
    {
      name: `${version}: what the older socket still says changes nothing and is not answered on the newest`,
      async run(context) {
        const session = sessionOf({ transactionId: `tx-${context.stationId}` });
        const old = await context.raw(version);
        await old.result('b1', ...vocabulary.boot());
        const id = vocabulary.idOf(session, await old.result('s1', ...vocabulary.start(session)));
        // It neither sees nor answers the close, and goes on talking.
        old.pause();
        const newest = await context.raw(version);
        await newest.expectNothingMore();
        old.post('late-1', ...vocabulary.meter(session, id, 1));
        old.post('late-2', ...vocabulary.stop(session, id, 2));
        await newest.expectNothingMore();
        await newest.result('m9', ...vocabulary.meter(session, id, 9));
        old.resume();
        await within('the close of the older socket', old.closed);
        assert.equal(old.waiting, 0);
        const events = await context.eventsWith('transaction.updated');
        assertOrdered(events);
        const transaction = ofTransaction(events, id).filter(({ type }) => type !== 'transaction.gap');
        assert.deepEqual(typesOf(transaction), ['transaction.started', 'transaction.updated']);
        assert.equal(newest.waiting, 0);
      },
    },
    {
      name: `${version}: the command under way on the older socket ends as offline, once; what waited goes to the newest`,
      async run(context) {
        const old = await context.raw(version);
        await old.result('b1', ...vocabulary.boot());
        const first = context.command('ClearCache', {});
        const [, firstId] = await old.next();
        const second = context.command('ClearCache', {});
        await old.expectNothingMore();
        old.pause();
        const newest = await context.raw(version);
        assert.equal((await first).status, 'offline');
        old.send(JSON.stringify([3, firstId, { status: 'Rejected' }]));
        const [, secondId] = await newest.next();
        assert.notEqual(secondId, firstId);
        newest.send(JSON.stringify([3, secondId, { status: 'Accepted' }]));
        assert.deepEqual(await second, { status: 'result', payload: { status: 'Accepted' } });
        await newest.expectNothingMore();
        const events = await context.eventsWith('command.completed', 2);
        assertOrdered(events);
        const outcomes = events.filter(({ type }) => type === 'command.completed');
        assert.deepEqual(
          outcomes.map(({ event }) => (event.data as { outcome?: string }).outcome),
          ['offline', 'result'],
        );
      },
    },
    {
      name: `${version}: five sockets opened at once leave exactly one open, which is served`,
      async run(context) {
        const clients = await Promise.all([1, 2, 3, 4, 5].map(async () => await context.raw(version)));
        const open = await until('one open socket', () => {
          const left = clients.filter(({ isOpen }) => isOpen);
          return left.length === 1 && left;
        });
        for (const client of clients) {
          if (!client.isOpen) assert.equal((await client.closed).code, 4009);
        }
        const [winner] = open;
        assert.ok(winner);
        await winner.result('b1', ...vocabulary.boot());
        await winner.expectNothingMore();
        const events = await context.eventsWith('station.booted');
        assertOrdered(events);
      },
    },
    {
      name: `${version}: a station that reconnects without a boot is served as it was (CONFORMANCE 3)`,
      async run(context) {
        const first = await context.strict(version);
        await first.call(...vocabulary.boot());
        const session = sessionOf({ transactionId: `tx-${context.stationId}` });
        const id = vocabulary.idOf(session, await first.call(...vocabulary.start(session)));
        first.cut();
        const second = await context.strict(version);
        await second.call(...vocabulary.meter(session, id, 1));
        second.handle('ClearCache', () => ({ status: 'Accepted' }));
        assert.equal((await context.command('ClearCache', {})).status, 'result');
        await second.call(...vocabulary.stop(session, id, 2));
        const events = await context.eventsWith('transaction.ended');
        assertOrdered(events);
        assert.equal(typesOf(events).filter((type) => type === 'station.booted').length, 1);
        assert.equal(ofTransaction(events, id).length, 3);
      },
    },
    {
      name: `${version}: a station that never booted is served (CONFORMANCE 3)`,
      async run(context) {
        const client = await context.strict(version);
        await client.call('Heartbeat', {});
        await client.call(...vocabulary.status(1, true));
        client.handle('ClearCache', () => ({ status: 'Accepted' }));
        assert.equal((await context.command('ClearCache', {})).status, 'result');
      },
    },
    {
      name: `${version}: a reboot does not end the station's transactions`,
      async run(context) {
        const client = await context.strict(version);
        await client.call(...vocabulary.boot());
        const session = sessionOf({ transactionId: `tx-${context.stationId}` });
        const id = vocabulary.idOf(session, await client.call(...vocabulary.start(session)));
        await client.call(...vocabulary.boot());
        await client.call(...vocabulary.stop(session, id, 1));
        const events = await context.eventsWith('transaction.ended');
        assert.deepEqual(typesOf(ofTransaction(events, id)), ['transaction.started', 'transaction.ended']);
      },
    },
  ];
});

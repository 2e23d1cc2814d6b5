import assert from 'node:assert/strict';
import { VOCABULARIES, vocabularyOf } from '../client/vocabulary.js';
import { typesOf } from './check-events.js';
import type { Settings } from '../topology/topology.js';
import type { Scenario } from './scenario.js';

const ASKED: Settings = { asks: ['BootNotification'] };

export const REGISTRATION: readonly Scenario[] = VOCABULARIES.flatMap(({ version }): Scenario[] => {
  const vocabulary = vocabularyOf(version);
  return [
    ...(['Pending', 'Rejected'] as const).map((status): Scenario => ({
      name: `${version}: a ${status} station gets SecurityError for all but BootNotification, until it is accepted (CONFORMANCE 3)`,
      settings: ASKED,
      async run(context) {
        const stop = await context.answerAll('BootNotification', { status, interval: 17 });
        const client = await context.raw(version);
        const answer = await client.result('b1', ...vocabulary.boot());
        assert.equal(answer['status'], status);
        assert.equal(answer['interval'], 17);
        const calls = [['Heartbeat', {}], vocabulary.status(1, false), vocabulary.authorize('T')] as const;
        for (const [at, [action, payload]] of calls.entries()) {
          const frame = await client.call(`r${at}`, action, payload);
          assert.deepEqual(frame.slice(0, 3), [4, `r${at}`, 'SecurityError']);
        }
        stop();
        await context.answerAll('BootNotification', { status: 'Accepted', interval: 300 });
        assert.equal((await client.result('b2', ...vocabulary.boot()))['status'], 'Accepted');
        await client.result('h1', 'Heartbeat', {});
        const events = await context.eventsWith('station.booted', 2);
        assert.deepEqual(typesOf(events), ['station.connected', 'station.booted', 'station.booted']);
      },
    })),
    {
      name: `${version}: a Pending station is still Pending after a reconnection: the state is the station's, not the socket's`,
      settings: ASKED,
      async run(context) {
        await context.answerAll('BootNotification', { status: 'Pending', interval: 17 });
        const client = await context.raw(version);
        await client.result('b1', ...vocabulary.boot());
        await client.close();
        const next = await context.raw(version);
        const frame = await next.call('h1', 'Heartbeat', {});
        assert.deepEqual(frame.slice(0, 3), [4, 'h1', 'SecurityError']);
      },
    },
    {
      name: `${version}: of a Pending station only a message that was triggered is served`,
      settings: ASKED,
      async run(context) {
        await context.answerAll('BootNotification', { status: 'Pending', interval: 17 });
        const client = await context.raw(version);
        await client.result('b1', ...vocabulary.boot());
        const outcome = context.command('TriggerMessage', { requestedMessage: 'StatusNotification' });
        const [, id] = await client.next('TriggerMessage');
        client.send(JSON.stringify([3, id, { status: 'Accepted' }]));
        assert.equal((await outcome).status, 'result');
        await client.result('s1', ...vocabulary.status(1, false));
        const frame = await client.call('h1', 'Heartbeat', {});
        assert.deepEqual(frame.slice(0, 3), [4, 'h1', 'SecurityError']);
      },
    },
    {
      name: `${version}: a Rejected station is sent no command; a Pending one only those of its version's list`,
      settings: ASKED,
      async run(context) {
        const stop = await context.answerAll('BootNotification', { status: 'Rejected', interval: 17 });
        const client = await context.raw(version);
        await client.result('b1', ...vocabulary.boot());
        assert.equal(
          (await context.command('TriggerMessage', { requestedMessage: 'Heartbeat' })).status,
          'refused',
        );
        stop();
        await context.answerAll('BootNotification', { status: 'Pending', interval: 17 });
        await client.result('b2', ...vocabulary.boot());
        const forbidden =
          version === '1.6'
            ? ({ action: 'RemoteStopTransaction', payload: { transactionId: 1 } } as const)
            : ({ action: 'Reset', payload: { type: 'OnIdle' } } as const);
        assert.equal((await context.command(forbidden.action, forbidden.payload)).status, 'refused');
        assert.equal(client.waiting, 0);
      },
    },
  ];
});

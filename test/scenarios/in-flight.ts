import assert from 'node:assert/strict';
import { VOCABULARIES, vocabularyOf } from '../client/vocabulary.js';
import { typesOf } from './check-events.js';
import type { Settings } from '../topology/topology.js';
import type { Scenario } from './scenario.js';

const ASKED: Settings = { asks: ['Authorize'] };
const ACCEPTED = {
  '1.6': { idTagInfo: { status: 'Accepted' } },
  '2.x': { idTokenInfo: { status: 'Accepted' } },
};

/** What happens while a CALL waits for a decision. */
export const IN_FLIGHT: readonly Scenario[] = VOCABULARIES.flatMap(({ version }): Scenario[] => {
  const accepted = ACCEPTED[version === '1.6' ? '1.6' : '2.x'];
  return [
    {
      name: `${version}: the same CALL again while it is in flight is answered once`,
      settings: ASKED,
      async run(context) {
        const vocabulary = vocabularyOf(version);
        const client = await context.raw(version);
        await client.result('b1', ...vocabulary.boot());
        const question = context.question('Authorize');
        client.post('a1', ...vocabulary.authorize('TAG-0001'));
        const { answer } = await question;
        client.post('a1', ...vocabulary.authorize('TAG-0001'));
        client.post('h1', 'Heartbeat', {});
        // The answer to a command goes after what was posted before: then the repeat has been seen.
        const fence = context.command('ClearCache', {});
        const [, commandId] = await client.next();
        client.send(JSON.stringify([3, commandId, { status: 'Accepted' }]));
        assert.equal((await fence).status, 'result');
        assert.equal(client.waiting, 0);
        answer(accepted);
        const frame = await client.next();
        assert.deepEqual(frame.slice(0, 2), [3, 'a1']);
        assert.equal(vocabulary.tokenStatus(frame[2] as Record<string, unknown>), 'Accepted');
        assert.deepEqual((await client.next()).slice(0, 2), [3, 'h1']);
        const events = await context.eventsWith('token.authorized');
        assert.equal(typesOf(events).filter((type) => type === 'token.authorized').length, 1);
      },
    },
    {
      name: `${version}: another CALL under the id of one in flight is refused; the first one is answered all the same`,
      settings: ASKED,
      async run(context) {
        const vocabulary = vocabularyOf(version);
        const client = await context.raw(version);
        await client.result('b1', ...vocabulary.boot());
        const question = context.question('Authorize');
        client.post('a1', ...vocabulary.authorize('TAG-0001'));
        const { answer } = await question;
        client.post('a1', ...vocabulary.authorize('TAG-0002'));
        const refused = await client.next();
        assert.deepEqual(refused.slice(0, 3), [
          4,
          'a1',
          version === '1.6' ? 'GenericError' : 'RpcFrameworkError',
        ]);
        answer(accepted);
        assert.deepEqual((await client.next()).slice(0, 2), [3, 'a1']);
        await client.expectNothingMore();
      },
    },
    {
      name: `${version}: CALLs cross: the gateway's command is answered while the station's CALL waits for its decision`,
      settings: ASKED,
      async run(context) {
        const vocabulary = vocabularyOf(version);
        const client = await context.raw(version);
        await client.result('b1', ...vocabulary.boot());
        const question = context.question('Authorize');
        client.post('a1', ...vocabulary.authorize('TAG-0001'));
        const { answer } = await question;
        const outcome = context.command('ClearCache', {});
        const [type, id, action] = await client.next();
        assert.deepEqual([type, action], [2, 'ClearCache']);
        client.send(JSON.stringify([3, id, { status: 'Accepted' }]));
        assert.deepEqual(await outcome, { status: 'result', payload: { status: 'Accepted' } });
        answer(accepted);
        assert.deepEqual((await client.next()).slice(0, 2), [3, 'a1']);
      },
    },
    {
      name: `${version}: a connection that went while its CALL waited for a decision gets no answer on the next one; the CALL sent again gets it`,
      settings: ASKED,
      async run(context) {
        const vocabulary = vocabularyOf(version);
        const client = await context.raw(version);
        await client.result('b1', ...vocabulary.boot());
        const question = context.question('Authorize');
        client.post('a1', ...vocabulary.authorize('TAG-0001'));
        const { answer } = await question;
        client.cut();
        const next = await context.raw(version);
        await next.expectNothingMore();
        answer(accepted);
        await next.expectNothingMore();
        const answers = await context.answerAll('Authorize', accepted);
        const frame = await next.call('a2', ...vocabulary.authorize('TAG-0001'));
        assert.deepEqual(frame.slice(0, 2), [3, 'a2']);
        answers();
      },
    },
  ];
});

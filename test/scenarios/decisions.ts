import assert from 'node:assert/strict';
import { VOCABULARIES, sessionOf } from '../client/vocabulary.js';
import { transactionIn } from './check-events.js';
import type { Settings } from '../topology/topology.js';
import type { Scenario } from './scenario.js';

const ASKED: Settings = { asks: ['Authorize', 'StartTransaction', 'TransactionEvent', 'DataTransfer'] };

/** Decisions of business services, as far as a station and the event log can see them. */
export const DECISIONS: readonly Scenario[] = VOCABULARIES.flatMap((vocabulary): Scenario[] => {
  const { version } = vocabulary;
  const is16 = version === '1.6';
  return [
    {
      name: `${version}: a business service is asked with all that it needs, and its decision reaches the station with the group of the token`,
      settings: ASKED,
      async run(context) {
        const client = await context.strict(version);
        await client.call(...vocabulary.boot());
        const asked = context.question('Authorize');
        const [action, payload] = vocabulary.authorize('TAG-7');
        const answered = client.call(action, payload);
        const { question, answer } = await asked;
        assert.equal(question['stationId'], context.stationId);
        assert.equal(question['version'], version);
        assert.equal(question['action'], 'Authorize');
        assert.equal(question['provisioned'], true);
        assert.deepEqual(question['payload'], payload);
        assert.deepEqual(question['idToken'], { idToken: 'TAG-7', ...(is16 ? {} : { type: 'ISO14443' }) });
        answer({ idTokenInfo: { status: 'Blocked', groupIdToken: { idToken: 'GROUP', type: 'Central' } } });
        assert.deepEqual(
          await answered,
          is16
            ? { idTagInfo: { status: 'Blocked', parentIdTag: 'GROUP' } }
            : { idTokenInfo: { status: 'Blocked', groupIdToken: { idToken: 'GROUP', type: 'Central' } } },
        );
      },
    },
    {
      name: `${version}: a decision that makes no valid answer is not passed on: the default is`,
      settings: ASKED,
      async run(context) {
        const client = await context.strict(version);
        await client.call(...vocabulary.boot());
        for (const nonsense of [{ status: 'Maybe' }, { idTokenInfo: { status: 'Perhaps' } }, [], {}]) {
          const stop = await context.answerAll('Authorize', nonsense);
          const answer = await client.call(...vocabulary.authorize('TAG-7'));
          assert.equal(
            vocabulary.tokenStatus(answer),
            is16 ? 'Invalid' : 'Unknown',
            JSON.stringify(nonsense),
          );
          stop();
        }
      },
    },
    {
      name: `${version}: a decision about a start is kept: the repeat gets the same one although it would now be decided otherwise`,
      settings: ASKED,
      async run(context) {
        const client = await context.raw(version);
        await client.result('b1', ...vocabulary.boot());
        const about = is16 ? 'StartTransaction' : 'TransactionEvent';
        const session = sessionOf({ transactionId: `tx-${context.stationId}` });
        const stop = await context.answerAll(about, { idTokenInfo: { status: 'NoCredit' } });
        const first = await client.result('s1', ...vocabulary.start(session));
        stop();
        await context.answerAll(about, { idTokenInfo: { status: 'Accepted' } });
        const second = await client.result('s2', ...vocabulary.start(session));
        assert.deepEqual(second, first);
        const events = await context.eventsWith('transaction.started');
        const started = events.filter(({ type }) => type === 'transaction.started');
        assert.equal(started.length, 1);
        assert.ok(started[0]);
        const status = transactionIn(started[0]).idTokenInfo?.status;
        assert.equal(status, vocabulary.tokenStatus(first));
      },
    },
  ];
});

import assert from 'node:assert/strict';
import { meterWh, sessionOf, timestamp, VOCABULARIES, vocabularyOf } from '../client/vocabulary.js';
import { assertOrdered, ofTransaction, payloadOf, readings, transactionIn, typesOf } from './check-events.js';
import type { Scenario } from './scenario.js';

/** Invariant 3: the same question gets the same answer and gives one event, under the same id or a new one. */
const repeated = VOCABULARIES.flatMap(({ version }): Scenario[] => {
  const vocabulary = vocabularyOf(version);
  return (['the same id', 'a new id'] as const).map((how): Scenario => ({
    name: `${version}: every transaction message sent again under ${how} is answered alike and gives one event`,
    async run(context) {
      const client = await context.raw(version);
      await client.result('b1', ...vocabulary.boot());
      const session = sessionOf({ transactionId: `tx-${context.stationId}` });
      let count = 0;
      const twice = async (action: string, payload: object): Promise<Record<string, unknown>> => {
        const id = `m${++count}`;
        const first = await client.result(id, action, payload);
        const second = await client.result(how === 'a new id' ? `${id}-again` : id, action, payload);
        assert.deepEqual(second, first);
        return first;
      };
      const started = await twice(...vocabulary.start(session));
      assert.equal(vocabulary.tokenStatus(started), 'Accepted');
      const id = vocabulary.idOf(session, started);
      for (const n of [1, 2, 3]) await twice(...vocabulary.meter(session, id, n));
      const stop = vocabulary.stop(session, id, 4);
      if (version === '1.6' && how === 'a new id') {
        // 1.6: a repeated StopTransaction is answered by {} (CONFORMANCE 6).
        await client.result('e1', ...stop);
        assert.deepEqual(await client.result('e2', ...stop), {});
      } else {
        await twice(...stop);
      }
      await client.close();
      const events = await context.eventsWith('station.disconnected');
      assertOrdered(events);
      assert.deepEqual(typesOf(ofTransaction(events, id)), [
        'transaction.started',
        ...['transaction.updated', 'transaction.updated', 'transaction.updated'],
        'transaction.ended',
      ]);
    },
  }));
});

const acrossConnections = VOCABULARIES.map(({ version }): Scenario => ({
  name: `${version}: a transaction message whose answer was lost with the connection is answered on the next one, without a second event`,
  async run(context) {
    const vocabulary = vocabularyOf(version);
    const session = sessionOf({ transactionId: `tx-${context.stationId}` });
    const first = await context.raw(version);
    await first.result('b1', ...vocabulary.boot());
    first.post('s1', ...vocabulary.start(session));
    await context.eventsWith('transaction.started');
    first.cut();
    const second = await context.raw(version);
    const answer = await second.result('s1', ...vocabulary.start(session));
    const again = await second.result('s2', ...vocabulary.start(session));
    assert.deepEqual(again, answer);
    const id = vocabulary.idOf(session, answer);
    await second.result('m1', ...vocabulary.meter(session, id, 1));
    await second.result('e1', ...vocabulary.stop(session, id, 2));
    const events = await context.eventsWith('transaction.ended');
    assertOrdered(events);
    assert.deepEqual(typesOf(ofTransaction(events, id)), [
      'transaction.started',
      'transaction.updated',
      'transaction.ended',
    ]);
  },
}));

/** Messages that a station kept while it had no connection: they are old, and come in a burst. */
const offlineQueue = VOCABULARIES.map(({ version }): Scenario => ({
  name: `${version}: messages that were queued while offline are accepted as normal, in their order`,
  async run(context) {
    const vocabulary = vocabularyOf(version);
    const session = sessionOf({
      transactionId: `tx-${context.stationId}`,
      startedAt: Date.UTC(2026, 0, 2, 3),
    });
    const first = await context.strict(version);
    await first.call(...vocabulary.boot());
    const id = vocabulary.idOf(session, await first.call(...vocabulary.start(session)));
    await first.close();
    const second = await context.strict(version);
    const queued = [1, 2, 3, 4].map((n) => vocabulary.meter(session, id, n));
    const messages = [...queued, vocabulary.stop(session, id, 5)].map(([action, payload]) => {
      return [action, version === '1.6' ? payload : { ...payload, offline: true }] as const;
    });
    for (const message of messages) await second.call(...message);
    const events = await context.eventsWith('transaction.ended');
    assertOrdered(events);
    const transaction = ofTransaction(events, id);
    assert.deepEqual(
      transaction.slice(1).map(payloadOf),
      messages.map(([, payload]) => payload),
    );
    const ended = transaction.at(-1);
    assert.ok(ended);
    assert.equal(ended.event.stationtime, timestamp(session, 5));
    if (version !== '1.6') assert.equal(transactionIn(ended).complete, true);
  },
}));

const only16: readonly Scenario[] = [
  {
    name: '1.6: a message about transaction -1 or an unknown one is answered as if valid and recorded as an orphan (errata 3.18)',
    async run(context) {
      const v16 = vocabularyOf('1.6');
      const client = await context.strict('1.6');
      await client.call(...v16.boot());
      const session = sessionOf();
      for (const id of [-1, 987_654_321]) {
        assert.deepEqual(await client.call(...v16.meter(session, id, 1)), {});
        const stopped = await client.call(...v16.stop(session, id, 2));
        assert.ok(['Accepted', undefined].includes(v16.tokenStatus(stopped)));
      }
      const events = await context.eventsWith('transaction.orphan', 4);
      assertOrdered(events);
      assert.deepEqual(
        events
          .filter(({ type }) => type === 'transaction.orphan')
          .map((event) => transactionIn(event).transactionId),
        ['-1', '-1', '987654321', '987654321'],
      );
      assert.ok(!typesOf(events).includes('transaction.ended'));
    },
  },
  {
    name: '1.6: of two different StopTransactions the first wins; the second is answered all the same',
    async run(context) {
      const v16 = vocabularyOf('1.6');
      const client = await context.strict('1.6');
      await client.call(...v16.boot());
      const session = sessionOf();
      const id = v16.idOf(session, await client.call(...v16.start(session)));
      await client.call(...v16.stop(session, id, 2));
      await client.call(...v16.stop(session, id, 3));
      await client.close();
      const events = await context.eventsWith('station.disconnected');
      const ended = events.filter(({ type }) => type === 'transaction.ended');
      assert.deepEqual(ended.map(payloadOf), [v16.stop(session, id, 2)[1]]);
    },
  },
  {
    name: '1.6: the readings that come with StopTransaction stand in the log',
    async run(context) {
      const v16 = vocabularyOf('1.6');
      const client = await context.strict('1.6');
      await client.call(...v16.boot());
      const session = sessionOf();
      const id = v16.idOf(session, await client.call(...v16.start(session)));
      const [action, payload] = v16.stop(session, id, 3);
      const transactionData = [1, 2].map((n) => ({
        timestamp: timestamp(session, n),
        sampledValue: [{ value: `${meterWh(session, n)}.5`, context: 'Sample.Clock', unit: 'Wh' }],
      }));
      await client.call(action, { ...payload, transactionData });
      const events = await context.eventsWith('transaction.ended');
      const energy = readings(ofTransaction(events, id));
      for (const n of [1, 2]) assert.ok(energy.includes(meterWh(session, n) + 0.5), energy.join());
      assert.ok(energy.includes(meterWh(session, 3)), 'meterStop is missing');
    },
  },
  {
    name: '1.6: transaction ids are positive integers, never given twice',
    async run(context) {
      const v16 = vocabularyOf('1.6');
      const client = await context.strict('1.6');
      await client.call(...v16.boot());
      const ids = new Set<unknown>();
      for (let n = 0; n < 10; n++) {
        const session = sessionOf({ startedAt: Date.UTC(2026, 2, 1, n) });
        const id = v16.idOf(session, await client.call(...v16.start(session)));
        assert.ok(Number.isInteger(id) && Number(id) > 0 && Number(id) < 2 ** 31, `${id}`);
        ids.add(id);
        await client.call(...v16.stop(session, id, 1));
      }
      assert.equal(ids.size, 10);
    },
  },
];

const only2x = VOCABULARIES.filter(({ version }) => version !== '1.6').flatMap(({ version }): Scenario[] => {
  const vocabulary = vocabularyOf(version);
  return [
    {
      name: `${version}: a hole in the sequence is reported, a late number accepted, and the transaction complete when all have come`,
      async run(context) {
        const client = await context.strict(version);
        await client.call(...vocabulary.boot());
        const session = sessionOf({ transactionId: `tx-${context.stationId}` });
        const id = session.transactionId;
        await client.call(...vocabulary.start(session));
        await client.call(...vocabulary.meter(session, id, 1));
        await client.call(...vocabulary.meter(session, id, 3));
        await client.call(...vocabulary.stop(session, id, 4));
        await client.call(...vocabulary.meter(session, id, 2));
        await client.close();
        const events = await context.eventsWith('station.disconnected');
        assertOrdered(events);
        const transaction = ofTransaction(events, id);
        const gap = transaction.find(({ type }) => type === 'transaction.gap');
        assert.ok(gap);
        assert.deepEqual((gap.event.data as { missing?: unknown }).missing, [[2, 2]]);
        const ended = transaction.find(({ type }) => type === 'transaction.ended');
        assert.ok(ended);
        assert.notEqual(transactionIn(ended).complete, true);
        const late = transaction.at(-1);
        assert.ok(late);
        assert.equal(late.type, 'transaction.updated');
        assert.equal(transactionIn(late).late, true);
        assert.equal(transactionIn(late).complete, true);
      },
    },
    {
      name: `${version}: an event of a transaction whose start never came is answered and recorded`,
      async run(context) {
        const client = await context.strict(version);
        await client.call(...vocabulary.boot());
        const session = sessionOf({ transactionId: `tx-${context.stationId}` });
        assert.deepEqual(await client.call(...vocabulary.meter(session, session.transactionId, 5)), {});
        const events = await context.eventsWith('transaction.updated');
        assert.equal(ofTransaction(events, session.transactionId).length >= 1, true);
      },
    },
  ];
});

export const REPEATS: readonly Scenario[] = [
  ...repeated,
  ...acrossConnections,
  ...offlineQueue,
  ...only16,
  ...only2x,
];

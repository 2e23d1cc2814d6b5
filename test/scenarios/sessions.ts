import assert from 'node:assert/strict';
import { meterWh, sessionOf, VOCABULARIES } from '../client/vocabulary.js';
import { assertOrdered, ofTransaction, payloadOf, readings, transactionIn, typesOf } from './check-events.js';
import type { Scenario } from './scenario.js';

const READINGS = 5;

export const SESSIONS: readonly Scenario[] = VOCABULARIES.flatMap((vocabulary) => [
  {
    name: `a ${vocabulary.version} station boots, authorises, starts, meters and stops; the log has it all, once and in order`,
    async run(context) {
      const client = await context.strict(vocabulary.version);
      assert.equal(client.protocol, vocabulary.subprotocol);
      const booted = await client.call(...vocabulary.boot());
      assert.equal(booted['status'], 'Accepted');
      assert.match(String(booted['currentTime']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      await client.call(...vocabulary.status(1, false));

      const session = sessionOf({ transactionId: `tx-${context.stationId}` });
      const authorized = await client.call(...vocabulary.authorize(session.idToken));
      assert.equal(vocabulary.tokenStatus(authorized), 'Accepted');

      const start = vocabulary.start(session);
      const started = await client.call(...start);
      assert.equal(vocabulary.tokenStatus(started), 'Accepted');
      const id = vocabulary.idOf(session, started);
      const sent = [start[1]];
      for (let n = 1; n <= READINGS; n++) {
        const [action, payload] = vocabulary.meter(session, id, n);
        assert.deepEqual(await client.call(action, payload), {});
        sent.push(payload);
      }
      const [action, payload] = vocabulary.stop(session, id, READINGS + 1);
      await client.call(action, payload);
      sent.push(payload);
      await client.call(...vocabulary.status(1, true));

      await client.close();
      const events = await context.eventsWith('station.disconnected');
      assertOrdered(events);
      assert.deepEqual(typesOf(events), [
        'station.connected',
        'station.booted',
        'connector.status',
        'token.authorized',
        'transaction.started',
        ...Array.from({ length: READINGS }, () => 'transaction.updated'),
        'transaction.ended',
        'connector.status',
        'station.disconnected',
      ]);
      const transaction = ofTransaction(events, id);
      assert.deepEqual(transaction.map(payloadOf), sent);
      for (const logged of transaction) assert.equal(logged.event.ocppversion, vocabulary.version);
      const energy = readings(transaction);
      for (let n = 1; n <= READINGS; n++)
        assert.ok(energy.includes(meterWh(session, n)), `reading ${n} is missing`);
      assert.deepEqual(
        energy,
        [...energy].sort((a, b) => a - b),
      );
      const ended = transaction.at(-1);
      assert.ok(ended);
      assert.equal(transactionIn(ended).stoppedReason, 'EVDisconnected');
    },
  } satisfies Scenario,
  {
    name: `two transactions of one ${vocabulary.version} station at once are kept apart`,
    async run(context) {
      const client = await context.strict(vocabulary.version);
      await client.call(...vocabulary.boot());
      const sessions = [1, 2].map((evseId) =>
        sessionOf({ evseId, transactionId: `tx-${evseId}`, meterStartWh: evseId * 100_000 }),
      );
      const ids = [];
      for (const session of sessions) {
        ids.push(vocabulary.idOf(session, await client.call(...vocabulary.start(session))));
      }
      assert.equal(new Set(ids).size, 2);
      for (let n = 1; n <= READINGS; n++) {
        for (const [at, session] of sessions.entries()) {
          await client.call(...vocabulary.meter(session, ids[at] ?? '', n));
        }
      }
      for (const [at, session] of sessions.entries()) {
        await client.call(...vocabulary.stop(session, ids[at] ?? '', READINGS + 1));
      }
      const events = await context.eventsWith('transaction.ended', 2);
      assertOrdered(events);
      for (const [at, session] of sessions.entries()) {
        const transaction = ofTransaction(events, ids[at] ?? '');
        assert.equal(transaction.length, READINGS + 2);
        const energy = readings(transaction);
        assert.ok(energy.every((wh) => wh >= session.meterStartWh && wh <= meterWh(session, READINGS + 1)));
      }
    },
  } satisfies Scenario,
]);

import assert from 'node:assert/strict';
import { until, within } from '../client/until.js';
import { sessionOf, VOCABULARIES, vocabularyOf } from '../client/vocabulary.js';
import { assertOrdered, ofTransaction, typesOf } from './check-events.js';
import type { Scenario } from './scenario.js';

/** A gateway of its own: it goes away in the middle. */
const OWN = { commandTimeoutMs: 20_000 };

/** The gateway takes stations. */
export const isReady = async (opsUrl: string): Promise<boolean> => {
  try {
    return (await fetch(`${opsUrl}/readyz`)).ok;
  } catch {
    return false;
  }
};

export const RESTARTS: readonly Scenario[] = VOCABULARIES.map(({ version }): Scenario => ({
  name: `${version}: after a restart of the gateway a station goes on without a boot, and what was answered is answered alike`,
  settings: OWN,
  async run(context) {
    const vocabulary = vocabularyOf(version);
    const before = await context.raw(version);
    await before.result('b1', ...vocabulary.boot());
    const session = sessionOf({ transactionId: `tx-${context.stationId}` });
    const start = vocabulary.start(session);
    const started = await before.result('s1', ...start);
    const id = vocabulary.idOf(session, started);
    await before.result('m1', ...vocabulary.meter(session, id, 1));

    await context.topology.restart();
    const { code } = await within('the close by the gateway that stops', before.closed);
    assert.equal(code, 1001);
    await until('readiness', async () => await isReady(context.topology.opsUrl));

    const after = await context.raw(version);
    assert.deepEqual(await after.result('s1', ...start), started);
    assert.deepEqual(await after.result('s2', ...start), started);
    assert.deepEqual(await after.result('m1', ...vocabulary.meter(session, id, 1)), {});
    await after.result('m2', ...vocabulary.meter(session, id, 2));
    const outcome = context.command('ClearCache', {});
    const [, commandId] = await after.next();
    after.send(JSON.stringify([3, commandId, { status: 'Accepted' }]));
    assert.deepEqual(await outcome, { status: 'result', payload: { status: 'Accepted' } });
    await after.result('e1', ...vocabulary.stop(session, id, 3));
    const events = await context.eventsWith('transaction.ended');
    assertOrdered(events);
    assert.deepEqual(typesOf(ofTransaction(events, id)), [
      'transaction.started',
      'transaction.updated',
      'transaction.updated',
      'transaction.ended',
    ]);
    assert.equal(typesOf(events).filter((type) => type === 'station.booted').length, 1);
  },
}));

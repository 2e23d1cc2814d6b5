import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Request } from '../../../libs/ocpp/mod.js';
import { configWith, connectionOf, TestStation } from './station.fixture.js';

/** CONFORMANCE 6, OCPP 2.x. */

type TransactionEvent = Request<'2.0.1', 'TransactionEvent'>;
const TOKEN = { idToken: 'TAG', type: 'ISO14443' } as const;

/** The `seqNo`th message of a transaction, a minute after the one before. */
function eventOf(
  eventType: TransactionEvent['eventType'],
  seqNo: number,
  more: Partial<TransactionEvent> = {},
): TransactionEvent {
  return {
    eventType,
    seqNo,
    timestamp: new Date(Date.UTC(2026, 10, 21, 10, seqNo)).toISOString(),
    triggerReason: 'Trigger',
    transactionInfo: { transactionId: 'TX' },
    ...more,
  };
}

function connected(asks: Parameters<typeof configWith>[0] = []): TestStation {
  const station = new TestStation('2.0.1', configWith(asks));
  station.connect();
  return station;
}

const send = (station: TestStation, event: TransactionEvent) =>
  station.call('2.0.1', 'TransactionEvent', event);

/** Sends a sequence like 'S0 U1 E2', and gives the types of the transaction events it made. */
function play(station: TestStation, script: string): string[] {
  const types = { S: 'Started', U: 'Updated', E: 'Ended' } as const;
  const before = station.events.length;
  for (const word of script.split(' ')) {
    send(station, eventOf(types[word[0] as 'S' | 'U' | 'E'], Number(word.slice(1))));
    assert.deepEqual(station.payload, {});
  }
  return station.events.slice(before).map(({ type }) => type.replace('transaction.', ''));
}

describe('2.x TransactionEvent', () => {
  test('starts, updates and ends a transaction', () => {
    const station = connected();
    assert.deepEqual(play(station, 'S0 U1 U2 E3'), ['started', 'updated', 'updated', 'ended']);
    const { data } = station.lastEvent('transaction.ended');
    assert.equal(data.complete, true);
    assert.equal(data.missing, undefined);
    assert.equal(data.stoppedReason, 'Local');
    assert.equal(station.state.live.length, 0);
  });

  test('is durable before it is answered', () => {
    const station = connected();
    send(station, eventOf('Started', 0));
    assert.ok(station.committed);
  });

  test('carries the place that only one event told', () => {
    const station = connected();
    send(station, eventOf('Started', 0));
    send(station, eventOf('Updated', 1, { evse: { id: 3, connectorId: 2 } }));
    send(station, eventOf('Ended', 2));
    const { data } = station.lastEvent('transaction.ended');
    assert.deepEqual([data.evseId, data.connectorId], [3, 2]);
  });

  test('a token may come in any event', () => {
    const station = connected(['TransactionEvent']);
    send(station, eventOf('Started', 0));
    send(station, eventOf('Updated', 1, { idToken: TOKEN }));
    station.decide({ idTokenInfo: { status: 'Accepted' } });
    assert.deepEqual(station.payload, { idTokenInfo: { status: 'Accepted' } });
    const { data } = station.lastEvent('transaction.updated');
    assert.deepEqual(data.idToken, TOKEN);
    assert.deepEqual(data.idTokenInfo, { status: 'Accepted' });
  });

  test('what happened offline is accepted as normal', () => {
    const station = connected();
    send(station, eventOf('Started', 0, { offline: true }));
    assert.equal(station.lastEvent('transaction.started').data.offline, true);
  });

  test('transactions do not mix', () => {
    const station = connected();
    const other = { transactionInfo: { transactionId: 'OTHER' } };
    send(station, eventOf('Started', 0));
    send(station, eventOf('Started', 0, other));
    send(station, eventOf('Ended', 1, other));
    assert.equal(station.lastEvent('transaction.ended').data.transactionId, 'OTHER');
    assert.deepEqual(
      station.state.live.map(({ id }) => id),
      ['TX'],
    );
  });
});

describe('2.x sequence numbers', () => {
  test('a gap is told when it comes up, with what is missing', () => {
    const station = connected();
    play(station, 'S0 U1');
    assert.deepEqual(play(station, 'U5'), ['updated', 'gap']);
    assert.deepEqual(station.lastEvent('transaction.updated').data.missing, [[2, 4]]);
    const { data } = station.lastEvent('transaction.gap');
    assert.deepEqual([data.skipped, data.missing], [[2, 4], [[2, 4]]]);
    assert.deepEqual(station.counts, ['sequence_gap']);
  });

  test('it is told once, and closes when the numbers come late', () => {
    const station = connected();
    assert.deepEqual(play(station, 'S0 U3 U1 U2 U4'), [
      'started',
      'updated',
      'gap',
      'updated',
      'updated',
      'updated',
    ]);
    assert.equal(station.lastEvent('transaction.updated').data.missing, undefined);
  });

  test('a transaction that starts at another number than 0 lacks nothing', () => {
    const station = connected();
    assert.deepEqual(play(station, 'S7 U8 E9'), ['started', 'updated', 'ended']);
    assert.equal(station.lastEvent('transaction.ended').data.complete, true);
  });

  test('when Started has not come, all before is missing; when it comes, what it begins with counts', () => {
    const station = connected();
    assert.deepEqual(play(station, 'U2'), ['updated', 'gap']);
    assert.deepEqual(station.lastEvent('transaction.gap').data.missing, [[0, 1]]);
    assert.deepEqual(play(station, 'S1'), ['started']);
    assert.equal(station.lastEvent('transaction.started').data.missing, undefined);
  });

  test('Ended may come before the last Updated', () => {
    const station = connected();
    assert.deepEqual(play(station, 'S0 U1 E3'), ['started', 'updated', 'ended', 'gap']);
    assert.equal(station.events.at(-2)?.type, 'transaction.ended');
    assert.deepEqual(play(station, 'U2'), ['updated']);
    const { data } = station.lastEvent('transaction.updated');
    assert.deepEqual([data.late, data.complete, data.missing], [true, true, undefined]);
  });

  test('an end that lacks numbers says so', () => {
    const station = connected();
    play(station, 'S0 E4');
    const { data } = station.lastEvent('transaction.ended');
    assert.deepEqual([data.complete, data.missing], [false, [[1, 3]]]);
  });

  test('late numbers are accepted after the end, also after a restart', () => {
    const station = connected();
    play(station, 'S0 E3');
    station.crash();
    station.connect(connectionOf('2.0.1', 'c2'));
    assert.deepEqual(play(station, 'U1 U2'), ['updated', 'updated']);
    assert.equal(station.lastEvent('transaction.updated').data.complete, true);
  });

  test('what comes late into more holes than are remembered is recorded all the same', () => {
    const station = connected();
    const numbers = Array.from({ length: 30 }, (_, n) => 2 * n + 1);
    play(station, `S0 ${numbers.map((n) => `U${n + 1}`).join(' ')}`);
    assert.deepEqual(
      play(station, numbers.map((n) => `U${n}`).join(' ')),
      numbers.map(() => 'updated'),
    );
    station.crash();
    station.connect(connectionOf('2.0.1', 'c2'));
    assert.deepEqual(play(station, 'U59 U57'), []);
    assert.deepEqual(play(station, 'E61'), ['ended']);
    const { data } = station.lastEvent('transaction.ended');
    assert.deepEqual(
      [data.complete, data.missing],
      [false, [[2, 30]]],
      'it does not know that all have come',
    );
  });

  test('a transaction whose start was never seen ends all the same', () => {
    const station = connected();
    assert.deepEqual(play(station, 'E9'), ['ended', 'gap']);
    assert.equal(station.lastEvent('transaction.ended').data.complete, false);
  });
});

describe('2.x repeated transaction messages', () => {
  test('same transaction, number, type and time under a new id: no second event', () => {
    const station = connected();
    play(station, 'S0 U1');
    assert.deepEqual(play(station, 'U1 S0 U1'), []);
    assert.deepEqual(station.counts, ['repeated_transaction_message']);
    assert.ok(!station.committed);
    assert.deepEqual(play(station, 'E2'), ['ended']);
    assert.deepEqual(play(station, 'E2 U1 S0'), []);
  });

  test('the instant counts, however it is written', () => {
    const station = connected();
    play(station, 'S0 U1');
    const events = station.events.length;
    for (const timestamp of ['2026-11-21T10:01:00Z', '2026-11-21T11:01:00+01:00']) {
      send(station, eventOf('Updated', 1, { timestamp }));
      assert.deepEqual(station.counts, ['repeated_transaction_message']);
    }
    assert.equal(station.events.length, events);
  });

  test('the answer about the token is the same, and nobody is asked again', () => {
    const station = connected(['TransactionEvent']);
    const message = eventOf('Started', 0, { idToken: TOKEN });
    send(station, message);
    station.decide({ idTokenInfo: { status: 'Accepted', chargingPriority: 3 } });
    const { payload } = station;
    send(station, message);
    assert.deepEqual(station.payload, payload);
    send(station, eventOf('Updated', 1));
    station.crash();
    station.connect(connectionOf('2.0.1', 'c2'));
    send(station, message);
    assert.deepEqual(station.payload, payload);
  });

  test('when the kept answer is gone somebody is asked again, but nothing is recorded twice', () => {
    const station = connected(['TransactionEvent']);
    for (let seqNo = 0; seqNo < 4; seqNo++) {
      send(station, eventOf(seqNo === 0 ? 'Started' : 'Updated', seqNo, { idToken: TOKEN }));
      station.decide({ idTokenInfo: { status: 'Accepted' } });
    }
    const events = station.events.length;
    send(station, eventOf('Started', 0, { idToken: TOKEN }));
    station.decide({ idTokenInfo: { status: 'Accepted' } });
    assert.deepEqual(station.payload, { idTokenInfo: { status: 'Accepted' } });
    assert.equal(station.events.length, events);
  });

  test('a repeat far back is still one', () => {
    const station = connected();
    play(station, `S0 ${Array.from({ length: 40 }, (_, n) => `U${n + 1}`).join(' ')}`);
    assert.deepEqual(play(station, 'S0 U3 U40'), []);
  });

  test('another message under a used number is recorded, and counted', () => {
    const station = connected();
    play(station, 'S0 U1');
    send(station, eventOf('Updated', 1, { timestamp: '2026-11-21T11:00:00.000Z' }));
    station.lastEvent('transaction.updated');
    assert.deepEqual(station.counts, ['sequence_reused']);
  });

  test('a transaction ends once: another end is an update', () => {
    const station = connected();
    play(station, 'S0 E1');
    assert.deepEqual(play(station, 'E2'), ['updated']);
    assert.equal(station.lastEvent('transaction.updated').data.late, true);
  });

  test('a station that uses an id again begins a new transaction with a later Started', () => {
    const station = connected();
    play(station, 'S0 E1');
    send(station, eventOf('Started', 0, { timestamp: '2026-11-21T12:00:00.000Z' }));
    const { data } = station.lastEvent('transaction.started');
    assert.deepEqual([data.late, data.complete, data.missing], [undefined, undefined, undefined]);
    send(station, eventOf('Ended', 1, { timestamp: '2026-11-21T12:10:00.000Z' }));
    assert.equal(station.lastEvent('transaction.ended').data.complete, true);
    assert.deepEqual(station.state.live, []);
  });
});

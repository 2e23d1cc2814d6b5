import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Request } from '../../../libs/ocpp/mod.js';
import { LIMITS } from './limits.js';
import { configWith, connectionOf, TestStation } from './station.fixture.js';
import { decodeTransactions } from './transactions/codec.js';

/** CONFORMANCE 6, OCPP 1.6. */

type Start = Request<'1.6', 'StartTransaction'>;
const START: Start = { connectorId: 2, idTag: 'TAG', meterStart: 1000, timestamp: '2026-11-21T09:59:00Z' };
const stopOf = (
  transactionId: number,
  more: Partial<Request<'1.6', 'StopTransaction'>> = {},
): Request<'1.6', 'StopTransaction'> => ({
  transactionId,
  meterStop: 4200,
  timestamp: '2026-11-21T10:30:00Z',
  ...more,
});
const meterOf = (
  transactionId: number | undefined,
  value = '1500',
  timestamp = '2026-11-21T10:10:00Z',
): Request<'1.6', 'MeterValues'> => ({
  connectorId: 2,
  ...(transactionId !== undefined && { transactionId }),
  meterValue: [{ timestamp, sampledValue: [{ value, measurand: 'Energy.Active.Import.Register' }] }],
});

function connected(asks: Parameters<typeof configWith>[0] = []): TestStation {
  const station = new TestStation('1.6', configWith(asks));
  station.connect();
  return station;
}

function start(station: TestStation, request: Start = START): number {
  station.call('1.6', 'StartTransaction', request);
  return station.payload.transactionId as number;
}

describe('1.6 StartTransaction', () => {
  test('gets a positive number that is durable before the answer', () => {
    const station = connected();
    const id = start(station);
    assert.ok(Number.isInteger(id) && id > 0);
    assert.ok(station.committed);
    const event = station.lastEvent('transaction.started');
    assert.equal(event.subject, String(id));
    assert.deepEqual(event.data, {
      transactionId: String(id),
      evseId: 2,
      connectorId: 1,
      idToken: { idToken: 'TAG' },
      idTokenInfo: { status: 'Invalid' },
      meterValue: [
        {
          timestamp: START.timestamp,
          sampledValue: [
            {
              value: 1000,
              context: 'Transaction.Begin',
              measurand: 'Energy.Active.Import.Register',
              unitOfMeasure: { unit: 'Wh' },
            },
          ],
        },
      ],
      ocpp: START,
    });
  });

  test('every transaction has its own number', () => {
    const station = connected();
    const ids = [1, 2, 3].map((meterStart) => start(station, { ...START, meterStart }));
    assert.equal(new Set(ids).size, 3);
  });

  test('sent again under a new id: the same number and the same status, no second event', () => {
    const station = connected(['StartTransaction']);
    station.call('1.6', 'StartTransaction', START);
    const first = station.decide({ idTagInfo: { status: 'Accepted', parentIdTag: 'P' } });
    assert.ok(first && 'payload' in first);
    station.call('1.6', 'StartTransaction', START);
    assert.deepEqual(station.payload, first.payload, 'and nobody is asked again');
    assert.deepEqual(station.counts, ['repeated_transaction_message']);
    assert.ok(!station.committed);
  });

  test('sent again with the instant written otherwise: one transaction', () => {
    const station = connected();
    const id = start(station);
    for (const timestamp of [
      '2026-11-21T09:59:00.000Z',
      '2026-11-21T10:59:00+01:00',
      '2026-11-21T09:59:00',
    ]) {
      assert.equal(start(station, { ...START, timestamp }), id, timestamp);
    }
    station.call('1.6', 'StopTransaction', stopOf(id));
    assert.equal(start(station, { ...START, timestamp: '2026-11-21T09:59:00.0Z' }), id);
    assert.equal(station.typesOfEvents().filter((type) => type === 'transaction.started').length, 1);
    assert.notEqual(start(station, { ...START, timestamp: '2026-11-21T09:59:00.001Z' }), id);
  });

  test('the same after a reconnect, a restart, and the end of the transaction', () => {
    const station = connected();
    const id = start(station);
    station.disconnect();
    station.crash();
    station.connect(connectionOf('1.6', 'c2'));
    assert.equal(start(station), id);
    station.call('1.6', 'StopTransaction', stopOf(id));
    station.crash();
    station.connect(station.connection, true);
    assert.equal(start(station), id);
    assert.equal(station.typesOfEvents().filter((type) => type === 'transaction.started').length, 1);
  });

  test('sent again while the first still waits for its decision: one transaction', () => {
    const station = connected(['StartTransaction']);
    station.call('1.6', 'StartTransaction', START);
    station.call('1.6', 'StartTransaction', START);
    assert.equal(station.state.asks.length, 2);
    station.decide({ idTagInfo: { status: 'Accepted' } });
    const first = station.payload;
    station.decide({ idTagInfo: { status: 'Blocked' } });
    assert.deepEqual(station.payload, first);
    assert.equal(station.typesOfEvents().filter((type) => type === 'transaction.started').length, 1);
  });

  for (const [what, other] of [
    ['connector', { ...START, connectorId: 3 }],
    ['idTag', { ...START, idTag: 'OTHER' }],
    ['timestamp', { ...START, timestamp: '2026-11-21T09:59:01Z' }],
    ['meterStart', { ...START, meterStart: 1001 }],
  ] as const) {
    test(`with another ${what} it is another transaction`, () => {
      const station = connected();
      assert.notEqual(start(station), start(station, other));
    });
  }

  test('on a connector whose transaction never stopped: both run (the gateway closes none by itself)', () => {
    const station = connected();
    const first = start(station);
    const second = start(station, { ...START, timestamp: '2026-11-21T11:00:00Z' });
    for (const id of [first, second]) {
      station.call('1.6', 'StopTransaction', stopOf(id));
      assert.equal(station.lastEvent('transaction.ended').data.transactionId, String(id));
    }
  });
});

describe('1.6 MeterValues', () => {
  test('with a transaction update it', () => {
    const station = connected();
    const id = start(station);
    station.call('1.6', 'MeterValues', meterOf(id));
    const event = station.lastEvent('transaction.updated');
    assert.equal(event.stationtime, '2026-11-21T10:10:00.000Z');
    assert.deepEqual(event.data.meterValue, [
      {
        timestamp: '2026-11-21T10:10:00Z',
        sampledValue: [{ value: 1500, measurand: 'Energy.Active.Import.Register' }],
      },
    ]);
  });

  test('without one they are the meter values of a connector', () => {
    const station = connected();
    station.call('1.6', 'MeterValues', meterOf(undefined));
    const { data } = station.lastEvent('meter.values');
    assert.deepEqual([data.evseId, data.connectorId], [2, 1]);
  });

  test('sent again under a new id they count once (3.7.1)', () => {
    const station = connected();
    const id = start(station);
    station.call('1.6', 'MeterValues', meterOf(id));
    station.call('1.6', 'MeterValues', meterOf(id));
    assert.deepEqual(station.payload, {});
    assert.deepEqual(station.counts, ['repeated_transaction_message']);
    station.call('1.6', 'MeterValues', meterOf(id, '1600'));
    station.lastEvent('transaction.updated');
  });

  test('after the end they are late', () => {
    const station = connected();
    const id = start(station);
    station.call('1.6', 'StopTransaction', stopOf(id));
    station.call('1.6', 'MeterValues', meterOf(id));
    assert.equal(station.lastEvent('transaction.updated').data.late, true);
  });

  test("values become numbers in 2.1's form; what is none is left out", () => {
    const station = connected();
    station.call('1.6', 'MeterValues', {
      connectorId: 1,
      meterValue: [
        {
          timestamp: '2026-11-21T12:00:00+02:00',
          sampledValue: [
            { value: '12.50', unit: 'kWh', phase: 'L1', location: 'Inlet', context: 'Sample.Clock' },
            { value: '31', measurand: 'Temperature', unit: 'Celcius' },
            { value: 'abc' },
            { value: '' },
            { value: 'c2lnbmVk', format: 'SignedData' },
          ],
        },
      ],
    });
    assert.deepEqual(station.lastEvent('meter.values').data.meterValue, [
      {
        timestamp: '2026-11-21T10:00:00.000Z',
        sampledValue: [
          {
            value: 12.5,
            unitOfMeasure: { unit: 'kWh' },
            phase: 'L1',
            location: 'Inlet',
            context: 'Sample.Clock',
          },
          { value: 31, measurand: 'Temperature', unitOfMeasure: { unit: 'Celsius' } },
          {},
          {},
          { signedMeterValue: { signedMeterData: 'c2lnbmVk' } },
        ],
      },
    ]);
  });
});

describe('1.6 StopTransaction', () => {
  test('ends the transaction, with the meter values that it brings', () => {
    const station = connected();
    const id = start(station);
    const transactionData = meterOf(id).meterValue;
    station.call('1.6', 'StopTransaction', stopOf(id, { transactionData, reason: 'EVDisconnected' }));
    assert.deepEqual(station.payload, {});
    const { data } = station.lastEvent('transaction.ended');
    assert.equal(data.stoppedReason, 'EVDisconnected');
    assert.equal(data.evseId, 2);
    assert.deepEqual(
      data.meterValue?.map(({ sampledValue }) => sampledValue[0]?.value),
      [1500, 4200],
    );
    assert.equal(station.state.live.length, 0);
  });

  test('an absent reason means Local', () => {
    const station = connected();
    station.call('1.6', 'StopTransaction', stopOf(start(station)));
    assert.equal(station.lastEvent('transaction.ended').data.stoppedReason, 'Local');
  });

  test('a repeated one is answered {}, and the first wins', () => {
    const station = connected(['StopTransaction']);
    const id = start(station);
    station.call('1.6', 'StopTransaction', stopOf(id));
    const events = station.events.length;
    for (const again of [stopOf(id), stopOf(id, { meterStop: 9999 }), stopOf(id, { idTag: 'X' })]) {
      station.call('1.6', 'StopTransaction', again);
      assert.deepEqual(station.payload, {});
      assert.deepEqual(station.counts, ['repeated_transaction_message']);
    }
    assert.equal(station.events.length, events);
  });

  test('two that wait for a decision end it once', () => {
    const station = connected(['StopTransaction']);
    const id = start(station);
    station.call('1.6', 'StopTransaction', stopOf(id, { idTag: 'A' }));
    station.call('1.6', 'StopTransaction', stopOf(id, { idTag: 'B' }));
    station.decide({ idTagInfo: { status: 'Accepted' } });
    assert.deepEqual(station.payload, { idTagInfo: { status: 'Accepted' } });
    station.decide({ idTagInfo: { status: 'Accepted' } });
    assert.deepEqual(station.payload, {});
    assert.equal(station.typesOfEvents().filter((type) => type === 'transaction.ended').length, 1);
  });
});

describe('1.6 messages of unknown transactions (errata 3.18)', () => {
  for (const transactionId of [-1, 0, 4711]) {
    test(`${transactionId}: answered as if valid, and recorded as an orphan`, () => {
      const station = connected();
      station.call('1.6', 'MeterValues', meterOf(transactionId));
      assert.deepEqual(station.payload, {});
      assert.equal(station.lastEvent('transaction.orphan').data.transactionId, String(transactionId));
      station.call('1.6', 'StopTransaction', stopOf(transactionId, { idTag: 'A' }));
      assert.deepEqual(station.payload, {});
      const { data } = station.lastEvent('transaction.orphan');
      assert.deepEqual(data.idToken, { idToken: 'A' });
      assert.equal(data.stoppedReason, 'Local');
      assert.deepEqual(station.counts, ['orphan_transaction_message']);
    });
  }

  test('the same orphan under a new id is one orphan', () => {
    const station = connected();
    for (let n = 0; n < 2; n++) {
      station.call('1.6', 'MeterValues', meterOf(-1));
      station.call('1.6', 'StopTransaction', stopOf(-1));
    }
    assert.equal(station.typesOfEvents().filter((type) => type === 'transaction.orphan').length, 2);
  });
});

describe('1.6 messages queued while offline', () => {
  test('a whole transaction of yesterday, at once, is accepted as normal', () => {
    const station = connected();
    const id = start(station, { ...START, timestamp: '2026-11-20T10:00:00Z' });
    for (let n = 0; n < 20; n++) {
      station.call('1.6', 'MeterValues', meterOf(id, String(n), `2026-11-20T10:${10 + n}:00Z`));
    }
    station.call('1.6', 'StopTransaction', stopOf(id, { timestamp: '2026-11-20T11:00:00Z' }));
    assert.equal(station.lastEvent('transaction.ended').stationtime, '2026-11-20T11:00:00.000Z');
    assert.equal(station.typesOfEvents().filter((type) => type === 'transaction.updated').length, 20);
  });
});

describe('memory of transactions', () => {
  test('ended ones are forgotten past the limit, the oldest first', () => {
    const station = connected();
    const ids = Array.from({ length: LIMITS.pastTransactions + 1 }, (_, n) => {
      const id = start(station, { ...START, meterStart: n });
      station.call('1.6', 'StopTransaction', stopOf(id));
      return id;
    });
    const known = decodeTransactions(station.state.past).map(({ id }) => Number(id));
    assert.deepEqual(known, ids.slice(1).reverse());
    station.call('1.6', 'StopTransaction', stopOf(ids[0] ?? 0));
    station.lastEvent('transaction.orphan');
  });

  test('and after a week', () => {
    const station = connected();
    const old = start(station);
    station.call('1.6', 'StopTransaction', stopOf(old));
    station.pass(LIMITS.pastTransactionAgeMs + 1);
    const id = start(station, { ...START, meterStart: 1 });
    station.call('1.6', 'StopTransaction', stopOf(id));
    assert.deepEqual(
      decodeTransactions(station.state.past).map((one) => one.id),
      [String(id)],
    );
  });

  test('one that runs is never forgotten for its age, and past the limit of running ones still known', () => {
    const station = connected();
    const first = start(station);
    for (let n = 0; n < LIMITS.liveTransactions; n++) start(station, { ...START, meterStart: n });
    assert.equal(station.state.live.length, LIMITS.liveTransactions);
    station.call('1.6', 'MeterValues', meterOf(first));
    assert.equal(station.lastEvent('transaction.updated').data.late, undefined);
    station.call('1.6', 'StopTransaction', stopOf(first));
    station.lastEvent('transaction.ended');
    station.call('1.6', 'StopTransaction', stopOf(first));
    assert.deepEqual(station.counts, ['repeated_transaction_message']);
  });
});

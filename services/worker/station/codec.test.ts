import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Packr } from 'msgpackr';
import type { AnyStationEvent } from '../../../libs/api/mod.js';
import { decodeState, encodeState, upgraded } from './codec.js';
import { LIMITS } from './limits.js';
import { BOOT, sampleOfAction } from './samples.fixture.js';
import { configWith, connectionOf, START, TestStation } from './station.fixture.js';
import { createState, VOLATILE, type StationState } from './state.js';

/** The record of a station: what a restart must not lose, versioned. */

const KEY = 'ST-1';
const durable = (state: StationState): object => ({ ...state, ...VOLATILE });

function roundTrip(state: StationState): object {
  return durable(decodeState(encodeState(state, []), KEY).state);
}

/** A station with something in every part of its state. */
function busyStation(): TestStation {
  const station = new TestStation('2.0.1', configWith(['BootNotification', 'TransactionEvent']));
  station.connect(connectionOf('1.6', 'c0'));
  const timestamp = '2026-11-21T10:00:00Z';
  station.call('1.6', 'StartTransaction', { connectorId: 1, idTag: 'A', meterStart: 0, timestamp });
  const transactionId = station.payload.transactionId as number;
  station.call('1.6', 'StartTransaction', { connectorId: 2, idTag: 'B', meterStart: 0, timestamp });
  station.call('1.6', 'StopTransaction', { transactionId, meterStop: 1, timestamp });
  const start = { remoteStartId: 7, idToken: { idToken: 'A', type: 'ISO14443' }, evseId: 1 };
  station.command('RequestStartTransaction', start, { id: 'k0', terms: 'neutral', keyed: true });
  station.result('k0', { status: 'Accepted' });
  station.connect(connectionOf('2.0.1', 'c1'));
  station.callAny('BootNotification', BOOT['2.0.1']);
  station.decide({ status: 'Pending' });
  station.command('TriggerMessage', { requestedMessage: 'TransactionEvent' }, { id: 'k1' });
  station.command('TriggerMessage', { requestedMessage: 'StatusNotification' }, { id: 'k2' });
  station.command('GetBaseReport', { requestId: 1, reportBase: 'FullInventory' }, { id: 'k3' });
  station.result('k1', { status: 'Accepted' });
  station.result('k2', { status: 'Accepted' });
  station.enqueue('ClearCache', {}, { id: 'd1', supersedeKey: 'é', once: true, terms: '2.0.1', reply: '' });
  station.call('2.0.1', 'StatusNotification', {
    timestamp,
    connectorStatus: 'Occupied',
    evseId: 1,
    connectorId: 1,
  });
  const event = {
    triggerReason: 'Trigger',
    timestamp,
    transactionInfo: { transactionId: 'é' },
    evse: { id: 1 },
  } as const;
  station.call('2.0.1', 'TransactionEvent', { ...event, eventType: 'Started', seqNo: 0 });
  const idToken = { idToken: 'T', type: 'Central' } as const;
  station.call('2.0.1', 'TransactionEvent', { ...event, eventType: 'Updated', seqNo: 4, idToken });
  station.decide({ idTokenInfo: { status: 'Accepted' } });
  return station;
}

describe('the record', () => {
  test('holds everything that is durable', () => {
    const { state } = busyStation();
    for (const part of [
      'live',
      'past',
      'repeats',
      'queue',
      'endedCommands',
      'triggers',
      'connectors',
      'jobs',
      'remoteStarts',
    ] as const) {
      assert.ok(state[part].length > 0, `the test has something in ${part}`);
    }
    assert.ok(state.outstanding && state.announced);
    assert.deepEqual(roundTrip(state), durable(state));
  });

  test('of a new station, too', () => {
    const state = createState('caf=C3=A9', 5);
    assert.equal(state.stationId, 'café');
    const decoded = decodeState(encodeState(state, []), 'caf=C3=A9');
    assert.deepEqual(decoded, { state, outbox: [] });
  });

  test('holds the effects that are not known to be done', () => {
    const station = busyStation();
    const effects = station.effects.filter(({ type }) => type === 'event' || type === 'answer');
    assert.ok(effects.some(({ type }) => type === 'answer'));
    // The connection of a log line is not worth its bytes.
    const kept = effects.map((effect) => {
      if (effect.type !== 'event') return effect;
      const { connectionId: _connectionId, ...rest } = effect;
      return rest;
    });
    assert.notDeepEqual(kept, effects);
    assert.deepEqual(decodeState(encodeState(station.state, effects), KEY).outbox, kept);
  });

  test('never holds an effect that is performed at most once', () => {
    const { state } = busyStation();
    assert.throws(() => encodeState(state, [{ type: 'count', counter: 'late_result' }]), /not durable/);
  });

  test('does not keep the bytes alive that it was read from', () => {
    const bytes = encodeState(busyStation().state, []);
    const { past } = decodeState(bytes, KEY).state;
    assert.notEqual(past.buffer, bytes.buffer);
  });

  test('is small: a station with a running transaction', () => {
    const station = new TestStation('2.1');
    station.connect(connectionOf('2.1', 'b6f1c0de-0000-4000-8000-000000000001'));
    for (let seqNo = 0; seqNo < 50; seqNo++) {
      station.callAny(
        'TransactionEvent',
        {
          eventType: seqNo === 0 ? 'Started' : 'Updated',
          seqNo,
          timestamp: new Date(station.now).toISOString(),
          triggerReason: 'MeterValuePeriodic',
          transactionInfo: { transactionId: 'b6f1c0de-0000-4000-8000-000000000002' },
        },
        { id: `b6f1c0de-0000-4000-8000-${String(seqNo).padStart(12, '0')}` },
      );
      station.pass(60_000);
    }
    const { length } = encodeState(station.state, []);
    assert.ok(length < 600, `${length} bytes`);
  });

  test('is bounded, whatever the station does', () => {
    const station = new TestStation('2.1', configWith(['TransactionEvent']));
    station.connect();
    const long = (n: number) => `${n}`.padEnd(36, 'x');
    for (let n = 0; n < 200; n++) {
      for (const [seqNo, eventType] of [
        [0, 'Started'],
        [40, 'Updated'],
        [20, 'Updated'],
        ...(n % 2 === 0 ? [[60, 'Ended'] as const] : []),
      ] as const) {
        station.callAny('TransactionEvent', {
          eventType,
          seqNo,
          timestamp: new Date(station.now + seqNo * 1_000).toISOString(),
          triggerReason: 'Trigger',
          transactionInfo: { transactionId: long(n) },
          idToken: { idToken: 'T', type: 'Central' },
        });
        station.decide({
          idTokenInfo: {
            status: 'Accepted',
            personalMessage: { format: 'UTF8', content: 'm'.repeat(500) },
          },
        });
      }
      station.callAny('StatusNotification', {
        ...(sampleOfAction('2.1', 'StatusNotification') as object),
        evseId: n,
      });
      station.command('ClearCache', {});
    }
    assert.equal(station.state.live.length, LIMITS.liveTransactions);
    const { length } = encodeState(station.state, []);
    assert.ok(length < 128 * 1024, `${length} bytes`);
  });
});

/** Written by the gateway that had format 1, of a station with something in every part. */
const FORMAT_1 =
  'ngHLQnof2MaQAAAIAZSiYzGiZTEBy0J6H9jGkBAAkZoAozEwMQIBy0J6H9jGkAAAwKFCtDIwMjYtMTEtMjFUMTA6MDA6MDBaALR7InN0YXR1cyI6' +
  'IkludmFsaWQifcYAAABIkZoAozEwMAEBy0J6H9jGkAAAy0J6H9jGkAAAoUG0MjAyNi0xMS0yMVQxMDowMDowMFoAtHsic3RhdHVzIjoiSW52YWxp' +
  'ZCJ9lJWibTTLQw8sp62AAzDOiCnf2ctCeh/YxpAAANsAAABLeyJpbnRlcnZhbCI6NjAsInN0YXR1cyI6IlBlbmRpbmciLCJjdXJyZW50VGltZSI6' +
  'IjIwMjYtMTEtMjFUMTA6MDA6MDAuMDAwWiJ9laJtM8tDL9SFVeAAjM6HKd5Gy0J6H9jGkAAAont9laJtMstC8OrqvAAE8M6HKd5Gy0J6H9jGkAAA' +
  '2TZ7InRyYW5zYWN0aW9uSWQiOjEwMSwiaWRUYWdJbmZvIjp7InN0YXR1cyI6IkludmFsaWQifX2Vom0xy0Mk4V3IIACezocp3kbLQnof2MaQAADZ' +
  'NnsidHJhbnNhY3Rpb25JZCI6MTAwLCJpZFRhZ0luZm8iOnsic3RhdHVzIjoiSW52YWxpZCJ9fZmiazKuVHJpZ2dlck1lc3NhZ2UB2wAAAENbMiwi' +
  'azIiLCJUcmlnZ2VyTWVzc2FnZSIseyJyZXF1ZXN0ZWRNZXNzYWdlIjoiU3RhdHVzTm90aWZpY2F0aW9uIn1dzgAAdTCoaW5ib3guazLLQnof2M3j' +
  'AACiYzHLQnof2M3jAACRl6JrM61HZXRCYXNlUmVwb3J0AdsAAABFWzIsImszIiwiR2V0QmFzZVJlcG9ydCIseyJyZXF1ZXN0SWQiOjEsInJlcG9y' +
  'dEJhc2UiOiJGdWxsSW52ZW50b3J5In1dzgAAdTCoaW5ib3guazPLQnof2M3jAACRomsxkpSiazGwVHJhbnNhY3Rpb25FdmVudMDLQnof2NyJAACU' +
  'omsyslN0YXR1c05vdGlmaWNhdGlvbsDLQnof2NyJAACQkZMBqGluYm94Lmsx2TN7InN0YXR1cyI6InJlc3VsdCIsInBheWxvYWQiOnsic3RhdHVz' +
  'IjoiQWNjZXB0ZWQifX0=';

describe('formats', () => {
  test('a station whose record has format 1 goes on as it was', () => {
    const station = new TestStation('2.0.1');
    station.record = Buffer.from(FORMAT_1, 'base64');
    const { state, outbox } = decodeState(station.record, KEY);
    assert.deepEqual(roundTrip(state), durable(state));
    assert.deepEqual(outbox, [
      {
        type: 'answer',
        reply: 'inbox.k1',
        outcome: { status: 'result', payload: { status: 'Accepted' } },
      },
    ]);
    assert.equal(state.registration, 'Pending');
    assert.equal(state.lastVersion, '2.0.1');
    assert.equal(state.outstanding?.begun.deadline, START + 30_000);
    assert.deepEqual([state.live.length, state.past.length > 0, state.triggers.length], [1, true, 2]);

    station.events.push(...Array.from({ length: state.eventNumber }, () => ({}) as AnyStationEvent));
    station.crash();
    station.connect(connectionOf('2.0.1', 'c1'), true);
    assert.deepEqual(
      station.orders().map(({ frame }) => JSON.parse(frame) as unknown),
      [[2, 'k2', 'TriggerMessage', { requestedMessage: 'StatusNotification' }]],
      'the outstanding one is asked about again',
    );
    station.command('TriggerMessage', { requestedMessage: 'TransactionEvent' }, { id: 'k1' });
    assert.equal(station.told.at(-1)?.word, 'taken', 'one that had ended is known');
    assert.equal(station.ask({ kind: 'query', about: 'command', commandId: 'k1' }), null);
    station.result('k2', { status: 'Accepted' });
    station.result('k3', { status: 'Accepted' });
    assert.deepEqual(
      station.outcomes.map(({ reply, outcome }) => `${reply} ${outcome.status}`),
      ['inbox.k2 result', 'inbox.k3 result'],
    );
    assert.equal(station.orders().at(-1)?.id, 'k3');
  });

  test('a record of a newer gateway is refused, and says so', () => {
    const bytes = new Packr({ useRecords: false }).pack([99, 1, 2, 3]);
    assert.throws(() => decodeState(bytes, KEY), /format 99.*up to 2/);
  });

  test('what is no record is refused', () => {
    const packr = new Packr({ useRecords: false });
    for (const value of [null, 5, 'x', [], ['x'], [0], [Number.NaN], { a: 1 }]) {
      assert.throws(() => decodeState(packr.pack(value), KEY), /not the record/);
    }
    assert.throws(() => decodeState(new Uint8Array([0xc1]), KEY));
  });

  test('an older record is upgraded step by step', () => {
    const upgrades = [
      (record: readonly unknown[]) => [2, ...record.slice(1), 'from 1'],
      (record: readonly unknown[]) => [3, ...record.slice(1), 'from 2'],
    ];
    assert.deepEqual(upgraded([1, 'x'], upgrades, 3), [3, 'x', 'from 1', 'from 2']);
    assert.deepEqual(upgraded([2, 'x'], upgrades, 3), [3, 'x', 'from 2']);
    assert.deepEqual(upgraded([3, 'x'], upgrades, 3), [3, 'x']);
    assert.throws(() => upgraded([4, 'x'], upgrades, 3), /format 4/);
  });
});

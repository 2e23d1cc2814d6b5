import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AnyStationEvent } from '../../../libs/api/mod.js';
import { actionsOf, VERSIONS } from '../../../libs/ocpp/mod.js';
import { eventJson } from './events.js';
import { LIMITS } from './limits.js';
import { sampleOfAction } from './samples.fixture.js';
import { createState } from './state.js';
import { configWith, connectionOf, START, TestStation, textOf } from './station.fixture.js';

/** Events: CloudEvents 1.0 in structured JSON, gap-free, in 2.1's vocabulary for every version. */

const ATTRIBUTES = new Set([
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'datacontenttype',
  'stationtime',
  'sequence',
  'ocppversion',
  'ocppaction',
  'data',
]);

function assertCloudEvent(event: AnyStationEvent): void {
  for (const [name, value] of Object.entries(event)) {
    assert.ok(ATTRIBUTES.has(name), name);
    if (name !== 'data') assert.ok(typeof value === 'string' && value !== '', `${name} is a string`);
  }
  assert.equal(event.specversion, '1.0');
  assert.equal(event.datacontenttype, 'application/json');
  for (const time of [event.time, event.stationtime ?? event.time]) {
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
}

for (const version of VERSIONS) {
  test(`every action of a ${version} station makes well-formed events with the payload as it was sent`, () => {
    const station = new TestStation(version, configWith(), 'caf=C3=A9=201');
    station.connect();
    for (const { name, sender } of actionsOf(version)) {
      if (sender === 'csms' || name === 'Heartbeat') continue;
      const request = sampleOfAction(version, name, 'all');
      station.callAny(name, request);
      for (const event of station.lastEvents) {
        assertCloudEvent(event);
        assert.equal(event.ocppversion, version);
        assert.equal(event.ocppaction, name);
        assert.deepEqual(event.data.ocpp, request);
      }
    }
    station.events.forEach((event, index) => {
      assert.equal(event.source, '/stations/caf%C3%A9%201');
      assert.equal(event.id, `${START.toString(36)}-${index + 1}`);
      assert.equal(event.sequence, String(index + 1).padStart(10, '0'));
    });
  });
}

describe('the payload', () => {
  test('is the very text that the station sent', () => {
    const station = new TestStation('2.0.1');
    station.connect();
    const text =
      '{ "status":"Idle",  "customData":{"vendorId":"v","big":12345678901234567890,"é":"\\u00e9"} }';
    station.callAny('FirmwareStatusNotification', JSON.parse(text), { text });
    const [event] = station.last.filter((effect) => effect.type === 'event');
    assert.ok(event !== undefined);
    const json = textOf(event.json);
    assert.ok(json.endsWith(`,"data":{"status":"Idle","ocpp":${text}}}`), json);
  });
});

test('an event that would be too large for a bus goes without the payload', () => {
  const station = new TestStation('1.6');
  station.connect();
  const sampledValue = Array.from({ length: 12_000 }, (_, n) => ({
    value: String(n),
    measurand: 'Voltage' as const,
  }));
  const timestamp = '2026-11-21T10:00:00Z';
  station.call('1.6', 'MeterValues', { connectorId: 1, meterValue: [{ timestamp, sampledValue }] });
  const { data } = station.lastEvent('meter.values');
  assert.equal(data.meterValue[0]?.sampledValue.length, 12_000);
  assert.equal(data.ocpp, undefined);
});

describe('data that would be too large for a bus itself', () => {
  const timestamp = '2026-11-21T10:00:00Z';
  /** Three characters each as sent, 21 as written. */
  const large = Array.from({ length: 40_000 }, () => '{"value":9e20}').join();

  test('goes without its largest members, which are named; the payload stays', () => {
    const station = new TestStation('2.0.1');
    station.connect();
    const text = `{"evseId":1,"meterValue":[{"timestamp":"${timestamp}","sampledValue":[${large}]}]}`;
    station.callAny('MeterValues', JSON.parse(text), { text });
    const [event] = station.last.filter((effect) => effect.type === 'event');
    assert.ok(event !== undefined && event.json.length <= LIMITS.eventBytes, `${event?.json.length} bytes`);
    assert.equal(station.lastEvent('meter.values').data.evseId, 1);
    const json = textOf(event.json);
    assert.ok(
      json.endsWith(`,"data":{"evseId":1,"omitted":["meterValue"],"ocpp":${text}}}`),
      json.slice(0, 400),
    );
  });

  test('of a transaction, too: what identifies it stays', () => {
    const station = new TestStation('2.0.1');
    station.connect();
    const text =
      `{"eventType":"Started","seqNo":0,"timestamp":"${timestamp}","triggerReason":"Authorized",` +
      `"transactionInfo":{"transactionId":"t1"},"meterValue":[{"timestamp":"${timestamp}","sampledValue":[${large}]}]}`;
    station.callAny('TransactionEvent', JSON.parse(text), { text });
    const { data, subject } = station.lastEvent('transaction.started');
    assert.equal(subject, 't1');
    assert.equal(data.transactionId, 't1');
    assert.deepEqual(data.omitted, ['meterValue']);
    assert.equal(data.meterValue, undefined);
    assert.ok(data.ocpp);
  });

  test('that just fits is whole', () => {
    const station = new TestStation('2.0.1');
    const sizeOf = (filling: number) => {
      const data = { evseId: 1, meterValue: 'x'.repeat(filling) };
      return eventJson(station.state, station.now, 'meter.values', data);
    };
    const most = LIMITS.eventBytes - sizeOf(0).length;
    assert.equal(sizeOf(most).length, LIMITS.eventBytes);
    assert.ok(textOf(sizeOf(most + 1)).endsWith('"data":{"evseId":1,"omitted":["meterValue"]}}'));
  });
});

describe('numbers', () => {
  test('go on after a restart; an uncommitted message leaves no hole', () => {
    const station = new TestStation('1.6', configWith(['Authorize']));
    station.connect();
    station.call('1.6', 'Authorize', { idTag: 'A' });
    station.crash();
    station.connect(station.connection, true);
    station.call('1.6', 'FirmwareStatusNotification', { status: 'Idle' });
    assert.deepEqual(
      station.events.map(({ sequence }) => Number(sequence)),
      [1, 2],
    );
  });

  test('start again, under a greater incarnation, when the record was lost', () => {
    const station = new TestStation();
    station.connect();
    const other = new TestStation();
    other.now += 5;
    other.state = createState(other.token, other.now);
    other.connect();
    assert.ok(other.state.incarnation > station.state.incarnation);
    assert.notEqual(other.events[0]?.id, station.events[0]?.id);
  });
});

describe('the same vocabulary for every version', () => {
  /** A charging session, as each version tells it. */
  function session16(): TestStation {
    const station = new TestStation('1.6', configWith(['StartTransaction']));
    station.connect();
    station.call('1.6', 'StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Charging' });
    station.call('1.6', 'StartTransaction', {
      connectorId: 1,
      idTag: 'TAG',
      meterStart: 100,
      timestamp: '2026-11-21T10:00:00Z',
    });
    station.decide({ idTokenInfo: { status: 'Accepted' } });
    const transactionId = station.payload.transactionId as number;
    station.call('1.6', 'MeterValues', {
      connectorId: 1,
      transactionId,
      meterValue: [
        {
          timestamp: '2026-11-21T10:05:00Z',
          sampledValue: [{ value: '250', context: 'Sample.Periodic' }],
        },
      ],
    });
    station.call('1.6', 'StopTransaction', {
      transactionId,
      meterStop: 400,
      timestamp: '2026-11-21T10:10:00Z',
      reason: 'EVDisconnected',
    });
    return station;
  }

  function session2x(version: '2.0.1' | '2.1'): TestStation {
    const station = new TestStation(version, configWith(['TransactionEvent']));
    station.connect();
    const timestamp = '2026-11-21T10:00:00Z';
    station.callAny('StatusNotification', {
      timestamp,
      connectorStatus: 'Occupied',
      evseId: 1,
      connectorId: 1,
    });
    const send = (event: object) =>
      station.callAny('TransactionEvent', {
        triggerReason: 'Trigger',
        transactionInfo: { transactionId: '100', ...(event as { info?: object }).info },
        ...Object.fromEntries(Object.entries(event).filter(([name]) => name !== 'info')),
      });
    const reading = (at: string, value: number, context: string) => ({
      meterValue: [
        {
          timestamp: at,
          sampledValue: [
            {
              value,
              context,
              measurand: 'Energy.Active.Import.Register',
              unitOfMeasure: { unit: 'Wh' },
            },
          ],
        },
      ],
    });
    send({
      eventType: 'Started',
      seqNo: 0,
      timestamp,
      evse: { id: 1, connectorId: 1 },
      idToken: { idToken: 'TAG', type: 'ISO14443' },
      ...reading(timestamp, 100, 'Transaction.Begin'),
    });
    station.decide({ idTokenInfo: { status: 'Accepted' } });
    const middle = '2026-11-21T10:05:00Z';
    send({
      eventType: 'Updated',
      seqNo: 1,
      timestamp: middle,
      meterValue: [{ timestamp: middle, sampledValue: [{ value: 250, context: 'Sample.Periodic' }] }],
    });
    const end = '2026-11-21T10:10:00Z';
    send({
      eventType: 'Ended',
      seqNo: 2,
      timestamp: end,
      info: { stoppedReason: 'EVDisconnected' },
      ...reading(end, 400, 'Transaction.End'),
    });
    return station;
  }

  /** What every version can tell. */
  const common = (station: TestStation) =>
    station.events.map((event) => {
      const data = event.data as Record<string, unknown>;
      const { transactionId, evseId, connectorId, connectorStatus, idTokenInfo, meterValue, stoppedReason } =
        data;
      return {
        type: event.type,
        subject: event.subject,
        fields: {
          transactionId,
          evseId,
          connectorId,
          connectorStatus,
          idToken: (data.idToken as { idToken: string } | undefined)?.idToken,
          idTokenInfo,
          meterValue,
          stoppedReason,
        },
        stationtime: event.type === 'connector.status' ? undefined : event.stationtime,
      };
    });

  test('a session of 1.6, 2.0.1 and 2.1 gives the same events', () => {
    const expected = common(session16());
    assert.deepEqual(
      expected.map(({ type }) => type),
      [
        'station.connected',
        'connector.status',
        'transaction.started',
        'transaction.updated',
        'transaction.ended',
      ],
    );
    assert.deepEqual(common(session2x('2.0.1')), expected);
    assert.deepEqual(common(session2x('2.1')), expected);
  });
});

describe('connector status', () => {
  test("1.6's nine statuses are 2.x's five, with the reported one beside", () => {
    const station = new TestStation();
    station.connect();
    const cases = [
      ['Available', 'Available'],
      ['Preparing', 'Occupied'],
      ['Charging', 'Occupied'],
      ['SuspendedEVSE', 'Occupied'],
      ['SuspendedEV', 'Occupied'],
      ['Finishing', 'Occupied'],
      ['Reserved', 'Reserved'],
      ['Unavailable', 'Unavailable'],
      ['Faulted', 'Faulted'],
    ] as const;
    let previousStatus: string | undefined;
    for (const [status, connectorStatus] of cases) {
      station.call('1.6', 'StatusNotification', { connectorId: 3, errorCode: 'NoError', status });
      const { data, subject } = station.lastEvent('connector.status');
      assert.equal(subject, 'evse/3/connector/1');
      assert.deepEqual(
        [data.connectorStatus, data.reportedStatus, data.previousStatus, data.errorCode],
        [connectorStatus, status, previousStatus, undefined],
      );
      previousStatus = connectorStatus;
    }
  });

  test('1.6 connector 0 is the station; errors are told', () => {
    const station = new TestStation();
    station.connect();
    station.call('1.6', 'StatusNotification', {
      connectorId: 0,
      status: 'Faulted',
      errorCode: 'GroundFailure',
      vendorErrorCode: 'E17',
    });
    const { data, subject } = station.lastEvent('connector.status');
    assert.equal(subject, 'evse/0');
    assert.deepEqual(
      [data.evseId, data.connectorId, data.errorCode, data.vendorErrorCode],
      [0, undefined, 'GroundFailure', 'E17'],
    );
  });

  test('2.x availability may come by NotifyEvent (G01)', () => {
    const station = new TestStation('2.1');
    station.connect();
    const datum = {
      eventId: 1,
      timestamp: '2026-11-21T10:00:00Z',
      trigger: 'Delta',
      eventNotificationType: 'HardWiredNotification',
    } as const;
    station.call('2.1', 'NotifyEvent', {
      generatedAt: '2026-11-21T10:00:00Z',
      seqNo: 0,
      eventData: [
        {
          ...datum,
          actualValue: 'Occupied',
          component: { name: 'Connector', evse: { id: 2, connectorId: 1 } },
          variable: { name: 'AvailabilityState' },
        },
        {
          ...datum,
          actualValue: 'true',
          component: { name: 'Connector' },
          variable: { name: 'AvailabilityState' },
        },
        { ...datum, actualValue: '7', component: { name: 'EVSE' }, variable: { name: 'Power' } },
      ],
    });
    assert.deepEqual(
      station.lastEvents.map(({ type }) => type),
      ['device.event', 'connector.status'],
    );
    assert.equal(station.lastEvent('connector.status').subject, 'evse/2/connector/1');
    assert.equal(station.lastEvent('device.event').data.events.length, 3);
  });

  test('the status of every connector outlives the process, up to a limit', () => {
    const station = new TestStation('2.0.1');
    station.connect();
    const notify = (evseId: number) =>
      station.call('2.0.1', 'StatusNotification', {
        timestamp: '2026-11-21T10:00:00Z',
        connectorStatus: 'Available',
        evseId,
        connectorId: 1,
      });
    for (let evseId = 1; evseId <= 65; evseId++) notify(evseId);
    station.crash();
    station.connect(station.connection, true);
    notify(2);
    assert.equal(station.lastEvent('connector.status').data.previousStatus, 'Available');
    notify(1);
    assert.equal(
      station.lastEvent('connector.status').data.previousStatus,
      undefined,
      'the oldest is forgotten',
    );
    assert.equal(station.state.connectors.length, 64);
  });
});

test('2.1 SEND NotifyPeriodicEventStream is told, and not answered', () => {
  const station = new TestStation('2.1');
  station.connect();
  station.call('2.1', 'NotifyPeriodicEventStream', {
    id: 4,
    pending: 0,
    basetime: '2026-11-21T10:00:00Z',
    data: [{ t: 0.5, v: '17' }],
  });
  assert.equal(station.answer, undefined);
  const event = station.lastEvent('stream.data');
  assert.equal(event.stationtime, '2026-11-21T10:00:00.000Z');
  assert.deepEqual(event.data.values, [{ t: 0.5, v: '17' }]);
});

test('a SEND of an action that only CALLs have is counted and dropped', () => {
  const station = new TestStation('2.1');
  station.connect();
  const { connection } = station;
  station.tell({
    type: 'send',
    connection,
    id: 'x',
    action: 'Authorize',
    payload: {},
    raw: new Uint8Array(2),
  });
  assert.deepEqual(station.counts, ['unsupported_action']);
  station.connect(connectionOf('2.1', 'c2'));
  station.tell({ type: 'send', connection, id: 'x', action: 'X', payload: {}, raw: new Uint8Array(2) });
  assert.ok(station.counts.includes('stale_connection'));
});

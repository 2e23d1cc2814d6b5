import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Version } from '../../ocpp/mod.js';
import type { VisitResult } from './visit.js';
import type { Station } from '../station.js';
import { until, type Received } from '../testing/central-system.js';
import { forEachVersion, useRig } from '../testing/rig.js';

const rig = useRig();
const BACKOFF = { minimumMs: 1000, randomRangeMs: 0, repeatTimes: 0 };
const PLAN = { idToken: 'CARD-1', durationMs: 5000, meterIntervalMs: 1000 };

/** Moves time on step by step, each step only after the station has its answers. */
async function pass(station: Station, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await rig.quiet(station);
    await rig.clock.advance(1000);
  }
  await rig.quiet(station);
}

async function charge(station: Station, plan: object = {}): Promise<VisitResult> {
  const visit = station.charge({ ...PLAN, ...plan });
  await rig.clock.settle();
  await pass(station, 7);
  return visit;
}

/** A call in a few words: what a reader of a log would look at. */
function brief({ action, payload }: Received): string {
  if (action === 'StatusNotification') return `${String(payload.status ?? payload.connectorStatus)}`;
  if (action !== 'TransactionEvent') return action;
  return `${String(payload.eventType)}/${String(payload.triggerReason)}`;
}

const briefs = (station: Station, skip = 0) => rig.central.of(station.stationId).slice(skip).map(brief);

function times<T>(count: number, value: T): T[] {
  return Array<T>(count).fill(value);
}

test('1.6: a whole session, in the order of the specification (4.1 to 4.10)', async () => {
  const station = await rig.ready('1.6');
  const before = rig.central.received.length;
  const result = await charge(station);
  assert.equal(result.completed, true);
  assert.deepEqual(briefs(station, before), [
    'Preparing',
    'Authorize',
    'StartTransaction',
    'Charging',
    ...times(4, 'MeterValues'),
    'StopTransaction',
    'Finishing',
    'Available',
  ]);
  const [start] = rig.central.of(station.stationId, 'StartTransaction');
  const meters = rig.central.of(station.stationId, 'MeterValues');
  const [stop] = rig.central.of(station.stationId, 'StopTransaction');
  const id = result.transaction?.id;
  assert.equal(typeof id, 'number');
  assert.deepEqual(
    [...meters, stop].map((call) => call?.payload.transactionId),
    times(5, id),
  );
  assert.equal(start?.payload.idTag, 'CARD-1');
  assert.equal(stop?.payload.reason, 'Local');
  assert.ok(Number(stop?.payload.meterStop) > Number(start?.payload.meterStart));
});

for (const version of ['2.0.1', '2.1'] as const) {
  test(`${version}: a whole session with gap-free sequence numbers (E01 to E06)`, async () => {
    const station = await rig.ready(version);
    const before = rig.central.received.length;
    const result = await charge(station);
    assert.equal(result.completed, true);
    assert.deepEqual(briefs(station, before), [
      'Occupied',
      'Authorize',
      'Started/Authorized',
      'Updated/ChargingStateChanged',
      ...times(4, 'Updated/MeterValuePeriodic'),
      'Ended/StopAuthorized',
      'Available',
    ]);
    const events = rig.central.of(station.stationId, 'TransactionEvent').map((call) => call.payload);
    assert.deepEqual(
      events.map((event) => event.seqNo),
      [0, 1, 2, 3, 4, 5, 6],
    );
    assert.deepEqual(
      events.map((event) => event.evse !== undefined),
      [true, ...times(6, false)],
    );
    assert.ok(events.every((event) => event.offline === undefined));
  });

  test(`${version}: TxStartPoint and TxStopPoint EVConnected: from plug to plug`, async () => {
    const station = await rig.ready(version);
    for (const point of ['TxStartPoint', 'TxStopPoint']) {
      const setVariableData = [
        { component: { name: 'TxCtrlr' }, variable: { name: point }, attributeValue: 'EVConnected' },
      ];
      await rig.central.command(station.stationId, 'SetVariables', { setVariableData });
    }
    await charge(station);
    const events = rig.central.of(station.stationId, 'TransactionEvent');
    assert.deepEqual(events.map(brief), [
      'Started/CablePluggedIn',
      'Updated/Authorized',
      'Updated/ChargingStateChanged',
      ...times(4, 'Updated/MeterValuePeriodic'),
      'Updated/StopAuthorized',
      'Ended/EVCommunicationLost',
    ]);
    assert.equal(events[0]?.payload.idToken, undefined);
    assert.deepEqual(events[1]?.payload.idToken, { idToken: 'CARD-1', type: 'ISO14443' });
  });
}

forEachVersion((version: Version) => {
  const isTransaction = ({ action }: Received) =>
    ['StartTransaction', 'MeterValues', 'StopTransaction', 'TransactionEvent'].includes(action);

  test(`${version}: a session that goes on offline is told afterwards, in order and complete`, async () => {
    const station = await rig.ready(version, { backoff: BACKOFF });
    const visit = station.charge(PLAN);
    await rig.clock.settle();
    await pass(station, 2);
    const boots = rig.central.of(station.stationId, 'BootNotification').length;
    await rig.central.close();
    await until(() => !station.online, 'the station is offline');
    const queuedAt = rig.central.of(station.stationId).filter(isTransaction).length;
    await rig.clock.advance(6000);
    assert.ok(station.outbox.length >= 3, `${station.outbox.length} messages wait`);
    const queued = station.outbox.messages.map((message) => station.dialect.finalPayload(message));
    await rig.central.open();
    await rig.clock.advance(2000);
    await until(() => station.ready, 'the station is back');
    assert.equal((await visit).completed, true);
    await rig.quiet(station);
    const told = rig.central.of(station.stationId).filter(isTransaction).slice(queuedAt);
    assert.deepEqual(
      told.map((call) => call.payload),
      JSON.parse(JSON.stringify(queued)),
    );
    assert.equal(rig.central.of(station.stationId, 'BootNotification').length, boots);
    if (version !== '1.6') assert.ok(told.every((call) => call.payload.offline === true));
  });

  test(`${version}: a message whose answer was lost goes again under the same id with the same content`, async () => {
    const station = await rig.ready(version, { backoff: BACKOFF });
    rig.central.answer = (call) => (isTransaction(call) ? 'silence' : undefined);
    const visit = station.charge({ ...PLAN, durationMs: 500 });
    const first = () => rig.central.of(station.stationId).find(isTransaction);
    await until(() => first() !== undefined, 'the first message');
    rig.central.answer = () => undefined;
    rig.central.drop(station.stationId);
    await until(() => !station.online, 'the station notices');
    await rig.clock.advance(1000);
    await until(() => station.ready, 'the station is back');
    assert.equal((await visit).completed, true);
    const [lost, repeated] = rig.central.of(station.stationId).filter(isTransaction);
    assert.deepEqual(repeated, lost);
  });

  test(`${version}: repeated messages may carry a new id`, async () => {
    const station = await rig.ready(version, { backoff: BACKOFF, retryWithNewId: true });
    rig.central.answer = (call) => (isTransaction(call) ? 'silence' : undefined);
    const visit = station.charge({ ...PLAN, durationMs: 500 });
    await until(() => rig.central.of(station.stationId).some(isTransaction), 'the first message');
    rig.central.answer = () => undefined;
    rig.central.drop(station.stationId);
    await until(() => !station.online, 'the station notices');
    await rig.clock.advance(1000);
    assert.equal((await visit).completed, true);
    const [lost, repeated] = rig.central.of(station.stationId).filter(isTransaction);
    assert.deepEqual(repeated?.payload, lost?.payload);
    assert.notEqual(repeated?.id, lost?.id);
  });

  test(`${version}: a refused message is tried three times, then the next one goes`, async () => {
    const station = await rig.ready(version);
    const target = version === '1.6' ? 'MeterValues' : 'TransactionEvent';
    rig.central.answer = ({ action, payload }) =>
      action === target && (version === '1.6' || payload.triggerReason === 'MeterValuePeriodic')
        ? { error: 'InternalError' }
        : undefined;
    const visit = station.charge({ ...PLAN, durationMs: 1500 });
    for (const ms of [0, 0, 1000, 1000, 60_000, 120_000]) {
      await rig.clock.advance(ms);
      await until(() => station.session.pendingCalls === 0, 'the answer');
    }
    const result = await visit;
    assert.equal(!result.completed && result.why, 'messages_given_up');
    const refused = rig.recorder.calls.filter((call) => call.outcome?.kind === 'error');
    assert.equal(refused.length, 3);
    const record = rig.recorder.transactions[0];
    assert.equal(record?.messages.at(-1)?.part, 'end');
    assert.equal(record?.messages.at(-1)?.outcome?.kind, 'result');
  });

  test(`${version}: a token that is refused does not charge`, async () => {
    const station = await rig.ready(version);
    rig.central.answer = ({ action }) =>
      action === 'Authorize'
        ? { [version === '1.6' ? 'idTagInfo' : 'idTokenInfo']: { status: 'Blocked' } }
        : undefined;
    const result = await charge(station);
    assert.deepEqual(!result.completed && [result.why, result.detail], [
      'refused',
      'the token was answered by Blocked',
    ]);
    assert.equal(rig.central.of(station.stationId).some(isTransaction), false);
    assert.equal(station.evse(1)?.status, 'Available');
  });

  test(`${version}: a token that is refused with the start ends the transaction as DeAuthorized`, async () => {
    const station = await rig.ready(version);
    rig.central.answer = ({ action, payload }) => {
      if (action === 'StartTransaction') return { transactionId: 99, idTagInfo: { status: 'Invalid' } };
      return payload.eventType === 'Started' ? { idTokenInfo: { status: 'Invalid' } } : undefined;
    };
    const result = await charge(station);
    assert.equal(!result.completed && result.why, 'deauthorised');
    const last = rig.central.of(station.stationId).filter(isTransaction).at(-1)?.payload;
    const info = last?.transactionInfo as { stoppedReason?: string } | undefined;
    assert.equal(last?.reason ?? info?.stoppedReason, 'DeAuthorized');
  });

  test(`${version}: offline, the local list decides who charges`, async () => {
    const station = await rig.ready(version, { backoff: { ...BACKOFF, minimumMs: 60_000 } });
    station.localList.update('Full', 1, [{ idToken: 'CARD-1', status: 'Accepted' }]);
    rig.central.drop(station.stationId);
    await until(() => !station.online, 'the station is offline');
    const stranger = station.charge({ ...PLAN, idToken: 'CARD-2' });
    await rig.clock.settle();
    const refused = await stranger;
    assert.equal(!refused.completed && refused.why, 'offline');
    const known = station.charge(PLAN);
    await rig.clock.advance(6000);
    assert.equal(station.evse(1)?.status, 'Available');
    await rig.clock.advance(60_000);
    assert.equal((await known).completed, true);
  });

  test(`${version}: an EVSE in use takes no second vehicle`, async () => {
    const station = await rig.ready(version);
    const first = station.charge(PLAN);
    const second = await station.charge(PLAN);
    assert.equal(!second.completed && second.why, 'occupied');
    await rig.clock.settle();
    await pass(station, 7);
    assert.equal((await first).completed, true);
  });

  test(`${version}: a station that lost its power ends its transaction when it is back`, async () => {
    const station = await rig.ready(version);
    const visit = station.charge(PLAN);
    await rig.clock.settle();
    await pass(station, 2);
    await station.stop();
    const result = await visit;
    assert.equal(!result.completed && result.why, 'powered_off');
    await rig.clock.advance(60_000);
    station.start();
    await station.accepted();
    await rig.quiet(station);
    const last = rig.central.of(station.stationId).filter(isTransaction).at(-1)?.payload;
    const info = last?.transactionInfo as { stoppedReason?: string } | undefined;
    assert.equal(last?.reason ?? info?.stoppedReason, 'PowerLoss');
  });
});

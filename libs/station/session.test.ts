import assert from 'node:assert/strict';
import test from 'node:test';
import type { Version } from '../ocpp/mod.js';
import { until } from './testing/central-system.js';
import { forEachVersion, useRig } from './testing/rig.js';

const rig = useRig();
const BACKOFF = { minimumMs: 1000, randomRangeMs: 0, repeatTimes: 3 };

const actionsOf = (stationId: string) => rig.central.of(stationId).map((call) => call.action);

/** Cuts the line and brings the station back after its first back-off. */
async function reconnect(stationId: string): Promise<void> {
  const opened = rig.recorder.opened.length;
  const ended = rig.recorder.ends.length;
  rig.central.drop(stationId);
  await until(() => rig.recorder.ends.length > ended, 'the station notices');
  await rig.clock.advance(2000);
  await until(() => rig.recorder.opened.length > opened, 'the station is back');
}

forEachVersion((version: Version) => {
  test(`${version}: offers its subprotocol, boots first and then tells its statuses`, async () => {
    const station = await rig.ready(version, { evses: 2 });
    assert.equal(rig.central.handshakes[0]?.protocols, `ocpp${version}`);
    const statuses = version === '1.6' ? 3 : 2;
    assert.deepEqual(actionsOf(station.stationId), [
      'BootNotification',
      ...Array<string>(statuses).fill('StatusNotification'),
    ]);
    assert.equal(station.registration, 'Accepted');
  });

  test(`${version}: Pending, then Accepted: nothing is sent meanwhile, the next boot comes after the interval`, async () => {
    const answers = ['Pending', 'Pending', 'Accepted'];
    rig.central.answer = ({ action }) =>
      action === 'BootNotification'
        ? { status: answers.shift(), currentTime: '2026-01-01T00:00:00Z', interval: 20 }
        : undefined;
    const station = rig.station(version);
    station.start();
    await until(() => rig.recorder.registrations.length === 1, 'the first answer');
    const refused = station.call('Heartbeat', {});
    await rig.clock.settle();
    assert.deepEqual(await refused, { kind: 'unsent', why: 'not_accepted' });
    await rig.clock.advance(19_999);
    assert.deepEqual(actionsOf(station.stationId), ['BootNotification']);
    await rig.clock.advance(1);
    await until(() => rig.recorder.registrations.length === 2, 'the second answer');
    await rig.clock.advance(20_000);
    await station.accepted();
    assert.equal(rig.central.of(station.stationId, 'BootNotification').length, 3);
  });

  test(`${version}: Rejected: no boot before the interval, not even on a new connection`, async () => {
    rig.central.answer = ({ action }) =>
      action === 'BootNotification'
        ? { status: 'Rejected', currentTime: '2026-01-01T00:00:00Z', interval: 60 }
        : undefined;
    const station = rig.station(version, { backoff: BACKOFF });
    station.start();
    await until(() => station.registration === 'Rejected', 'the answer');
    await reconnect(station.stationId);
    assert.equal(rig.central.of(station.stationId).length, 1);
    await rig.clock.advance(58_000);
    await until(() => rig.central.of(station.stationId).length === 2, 'the next boot');
  });

  test(`${version}: a reconnection is no boot`, async () => {
    const station = await rig.ready(version, { backoff: BACKOFF });
    const before = rig.central.of(station.stationId).length;
    await reconnect(station.stationId);
    await station.accepted();
    const outcome = await station.call('Heartbeat', {});
    assert.equal(outcome.kind, 'result');
    assert.deepEqual(actionsOf(station.stationId).slice(before), ['Heartbeat']);
  });

  test(`${version}: a status that changed while offline is told after the reconnection`, async () => {
    const station = await rig.ready(version, { backoff: BACKOFF });
    const evse = station.evse(1);
    assert.ok(evse);
    const ended = rig.recorder.ends.length;
    rig.central.drop(station.stationId);
    await until(() => rig.recorder.ends.length > ended, 'the station notices');
    station.setStatus(evse, 'Faulted');
    await rig.clock.advance(1000);
    await until(() => station.online, 'the station is back');
    await rig.quiet(station);
    const last = rig.central.of(station.stationId, 'StatusNotification').at(-1)?.payload;
    assert.equal(last?.status ?? last?.connectorStatus, 'Faulted');
  });
});

test('a heartbeat comes after a silent interval only (1.6 4.6)', async () => {
  rig.central.answer = ({ action }) =>
    action === 'BootNotification'
      ? { status: 'Accepted', currentTime: '2026-01-01T00:00:00Z', interval: 100 }
      : undefined;
  const station = await rig.ready('1.6');
  const heartbeats = () => rig.central.of(station.stationId, 'Heartbeat').length;
  await rig.clock.advance(60_000);
  await station.call('DataTransfer', { vendorId: 'x' });
  await rig.clock.advance(99_000);
  assert.equal(heartbeats(), 0);
  await rig.clock.advance(1_000);
  await until(() => heartbeats() === 1, 'the heartbeat');
  await rig.quiet(station);
  await rig.clock.advance(100_000);
  await until(() => heartbeats() === 2, 'the next one');
});

test('a boot that is not answered is sent again', async () => {
  let silent = true;
  rig.central.answer = () => (silent ? 'silence' : undefined);
  const station = rig.station('2.0.1', { callTimeoutMs: 5_000, bootRetryMs: 7_000, deadAfterTimeouts: 9 });
  station.start();
  await until(() => rig.central.of(station.stationId).length === 1, 'the boot');
  silent = false;
  await rig.clock.advance(12_000);
  await station.accepted();
  assert.equal(rig.central.of(station.stationId, 'BootNotification').length, 2);
});

test('a central system that answers nothing any more is left and looked for again', async () => {
  const station = await rig.ready('1.6', { callTimeoutMs: 1000, deadAfterTimeouts: 2, backoff: BACKOFF });
  rig.central.answer = () => 'silence';
  const outcomes = Promise.all([station.call('Heartbeat', {}), station.call('Heartbeat', {})]);
  await until(() => rig.central.of(station.stationId, 'Heartbeat').length === 1, 'the first');
  await rig.clock.advance(1000);
  await until(() => rig.central.of(station.stationId, 'Heartbeat').length === 2, 'the second');
  await rig.clock.advance(1000);
  assert.deepEqual(await outcomes, [{ kind: 'timeout' }, { kind: 'timeout' }]);
  await until(() => rig.recorder.ends.length === 1, 'the line is cut');
  await rig.clock.advance(1000);
  await until(() => station.online, 'a new connection');
});

test('connections are tried again with growing waits, and the first success starts over', async () => {
  rig.central.refuseWith = { status: 503 };
  const station = rig.station('2.1', { backoff: BACKOFF });
  station.start();
  const handshakes = () => rig.central.handshakes.length;
  for (const [attempt, wait] of [1000, 2000, 4000, 8000, 8000].entries()) {
    await until(() => rig.recorder.ends.length === attempt + 1, `attempt ${attempt + 1}`);
    await rig.clock.advance(wait - 1);
    assert.equal(handshakes(), attempt + 1);
    if (attempt === 4) rig.central.refuseWith = undefined;
    await rig.clock.advance(1);
    await until(() => handshakes() === attempt + 2, `attempt ${attempt + 2}`);
  }
  await station.accepted();
  await reconnect(station.stationId);
});

test('a refusal tells its status; Retry-After is obeyed when it is longer than the back-off', async () => {
  rig.central.refuseWith = { status: 429, retryAfter: 30 };
  const station = rig.station('2.1', { backoff: BACKOFF });
  station.start();
  await until(() => rig.recorder.ends.length === 1, 'the refusal');
  assert.deepEqual(rig.recorder.ends[0]?.end, { kind: 'refused', status: 429, retryAfterMs: 30_000 });
  await rig.clock.advance(29_999);
  assert.equal(rig.central.handshakes.length, 1);
  await rig.clock.advance(1);
  await until(() => rig.central.handshakes.length === 2, 'the next attempt');
});

test('a server that takes none of the subprotocols is told apart (1.6J 3.2)', async () => {
  rig.central.speaks = false;
  rig.station('1.6').start();
  await until(() => rig.recorder.ends.length === 1, 'the end');
  assert.deepEqual(rig.recorder.ends[0]?.end, { kind: 'no_subprotocol' });
});

test('nobody listening is told with the code of the system', async () => {
  const { url } = rig.central;
  await rig.central.close();
  rig.station('1.6', { url }).start();
  await until(() => rig.recorder.ends.length === 1, 'the failure');
  const end = rig.recorder.ends[0]?.end;
  assert.equal(end?.kind === 'unreachable' && end.code, 'ECONNREFUSED');
});

test('a password of raw bytes goes unchanged into the header (1.6J 6.2.2)', async () => {
  const password = Uint8Array.from({ length: 20 }, (_, index) => 0xf0 - index * 7);
  const station = await rig.ready('1.6', { stationId: 'CP 1/ü', password });
  const header = rig.central.handshakes[0]?.authorization ?? '';
  const bytes = Buffer.from(header.replace('Basic ', ''), 'base64');
  assert.deepEqual(bytes, Buffer.concat([Buffer.from(`${station.stationId}:`), password]));
  assert.equal(rig.central.handshakes[0]?.stationId, 'CP 1/ü');
});

test('stop closes the connection and nothing brings it back', async () => {
  const station = await rig.ready('2.0.1');
  await station.stop();
  assert.equal(rig.recorder.ends.at(-1)?.end.kind, 'closed');
  await rig.clock.advance(1_000_000);
  assert.equal(rig.central.handshakes.length, 1);
  assert.equal(rig.clock.timers, 0);
});

test('a station that was switched off and on boots again', async () => {
  const station = await rig.ready('2.0.1');
  await station.stop();
  station.start();
  await station.accepted();
  const boots = rig.central.of(station.stationId, 'BootNotification').map(({ payload }) => payload.reason);
  assert.deepEqual(boots, ['PowerUp', 'PowerUp']);
});

test('a station that is switched off while it reboots stays off', async () => {
  const station = await rig.ready('1.6', { rebootMs: 1000 });
  station.reboot('RemoteReset', 'SoftReset');
  await station.stop();
  await rig.clock.advance(60_000);
  assert.equal(rig.central.handshakes.length, 1);
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VERSIONS } from '../../../libs/ocpp/mod.js';
import { LIMITS } from './limits.js';
import { BOOT, sampleOfAction } from './samples.fixture.js';
import { configWith, connectionOf, TestStation } from './station.fixture.js';

/** DESIGN invariant 3: same question, same answer. */

for (const version of VERSIONS) {
  describe(`a CALL sent again by a ${version} station`, () => {
    test('same id, action and payload: the same answer, no second event', () => {
      const station = new TestStation(version, configWith(['DataTransfer']));
      station.connect();
      station.callAny('DataTransfer', { vendorId: 'v' }, { id: 'x' });
      station.decide({ status: 'Accepted', data: 'abc' });
      const { payload } = station;
      station.callAny('DataTransfer', { vendorId: 'v' }, { id: 'x' });
      assert.deepEqual(station.payload, payload);
      assert.deepEqual(station.counts, ['repeated_call']);
      assert.ok(!station.committed);
    });

    test('also after the death of the worker that answered it', () => {
      const station = new TestStation(version, configWith(['DataTransfer']));
      station.connect();
      station.callAny('DataTransfer', { vendorId: 'v' }, { id: 'x' });
      station.decide({ status: 'Accepted' });
      const events = station.events.length;
      station.crash();
      station.connect(station.connection, true);
      station.callAny('DataTransfer', { vendorId: 'v' }, { id: 'x' });
      assert.deepEqual(station.payload, { status: 'Accepted' });
      assert.equal(station.events.length, events);
    });

    test('same id, but another payload: another question', () => {
      const station = new TestStation(version);
      station.connect();
      station.callAny('DataTransfer', { vendorId: 'v' }, { id: 'x' });
      station.callAny('DataTransfer', { vendorId: 'w' }, { id: 'x' });
      assert.equal(station.lastEvent('data.transferred').data.vendorId, 'w');
    });

    test('same id, but another action: another question', () => {
      const station = new TestStation(version);
      station.connect();
      const status = sampleOfAction(version, 'FirmwareStatusNotification');
      station.callAny('FirmwareStatusNotification', status, { id: 'x' });
      station.callAny('Heartbeat', {}, { id: 'x' });
      assert.ok(station.payload.currentTime);
    });

    test('a Heartbeat is answered with the time of now', () => {
      const station = new TestStation(version);
      for (const second of [0, 1]) {
        station.callAny('Heartbeat', {}, { id: 'x' });
        assert.equal(station.payload.currentTime, `2026-11-21T10:00:0${second}.000Z`);
        station.pass(1_000);
      }
    });

    test('the same CALL long after is a new one', () => {
      const station = new TestStation(version);
      station.connect();
      const status = sampleOfAction(version, 'FirmwareStatusNotification');
      station.callAny('FirmwareStatusNotification', status, { id: 'x' });
      station.pass(LIMITS.repeatAgeMs + 1);
      station.callAny('FirmwareStatusNotification', status, { id: 'x' });
      station.lastEvent('firmware.status');
    });

    test('a BootNotification is repeated at once, but asked anew when the station tries again', () => {
      const station = new TestStation(version, configWith(['BootNotification']));
      station.connect();
      station.callAny('BootNotification', BOOT[version], { id: 'x' });
      station.decide({ status: 'Pending' });
      station.callAny('BootNotification', BOOT[version], { id: 'x' });
      assert.equal(station.payload.status, 'Pending');
      station.pass(60_000);
      station.callAny('BootNotification', BOOT[version], { id: 'x' });
      station.decide({ status: 'Accepted' });
      assert.equal(station.payload.status, 'Accepted');
    });

    test('a BootNotification with an old id on a new connection is a new boot', () => {
      const station = new TestStation(version);
      station.connect();
      station.callAny('BootNotification', BOOT[version], { id: '1' });
      station.connect(connectionOf(version, 'c2'));
      station.callAny('BootNotification', BOOT[version], { id: '1' });
      assert.equal(station.lastEvent('station.booted').data.reboot, true);
    });
  });
}

test('1.6: ids are unique for a connection only', () => {
  const station = new TestStation('1.6');
  station.connect();
  station.call('1.6', 'FirmwareStatusNotification', { status: 'Idle' }, { id: 'x' });
  station.connect(connectionOf('1.6', 'c2'));
  station.call('1.6', 'FirmwareStatusNotification', { status: 'Idle' }, { id: 'x' });
  station.lastEvent('firmware.status');
});

test('2.x: ids are unique for the station: a CALL goes on over a reconnect', () => {
  const station = new TestStation('2.0.1');
  station.connect();
  station.call('2.0.1', 'FirmwareStatusNotification', { status: 'Idle' }, { id: 'x' });
  station.connect(connectionOf('2.0.1', 'c2'));
  station.call('2.0.1', 'FirmwareStatusNotification', { status: 'Idle' }, { id: 'x' });
  assert.deepEqual(station.counts, ['repeated_call']);
  assert.deepEqual(station.lastEvents, []);
});

test('the memory of answers is bounded in number and size; the newest is always kept', () => {
  const station = new TestStation('2.1', configWith(['Get15118EVCertificate']));
  station.connect();
  const request = { iso15118SchemaVersion: 's', action: 'Install', exiRequest: 'e' } as const;
  for (let n = 0; n < 10; n++) {
    station.call('2.1', 'Get15118EVCertificate', { ...request, exiRequest: `e${n}` }, { id: `x${n}` });
    station.decide({ status: 'Accepted', exiResponse: 'r'.repeat(16_500) });
  }
  const kept = station.state.repeats;
  assert.deepEqual(
    kept.map(({ id }) => id),
    ['x9'],
  );
  for (let n = 0; n < 10; n++)
    station.call('2.1', 'FirmwareStatusNotification', { status: 'Idle' }, { id: `y${n}` });
  assert.equal(station.state.repeats.length, LIMITS.repeats);
});

test('a refusal before acceptance is no answer to keep', () => {
  const station = new TestStation('2.0.1', configWith(['BootNotification']));
  station.connect();
  station.callAny('BootNotification', BOOT['2.0.1']);
  station.decide({ status: 'Pending' });
  station.call('2.0.1', 'FirmwareStatusNotification', { status: 'Idle' }, { id: 'x' });
  station.pass(60_000);
  station.callAny('BootNotification', BOOT['2.0.1']);
  station.decide({ status: 'Accepted' });
  station.call('2.0.1', 'FirmwareStatusNotification', { status: 'Idle' }, { id: 'x' });
  assert.deepEqual(station.payload, {});
});

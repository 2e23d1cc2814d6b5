import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { VERSIONS, type Version } from '../../../libs/ocpp/mod.js';
import { codeOf, configWith, connectionOf, TestStation } from './station.fixture.js';

/** The serial number of a boot and the CN of the client certificate (B01.FR.11, B01.FR.12). */

const certified = (version: Version, certificateCn = 'SN-0001') =>
  connectionOf(version, 'c1', { securityProfile: 3, certificateCn });

const boot = (version: Version, serials: Readonly<Record<string, string>>): object =>
  version === '1.6'
    ? { chargePointVendor: 'Vendor', chargePointModel: 'Model', ...serials }
    : { chargingStation: { vendorName: 'Vendor', model: 'Model', ...serials }, reason: 'PowerUp' };

const serialOf = (version: Version, serial: string): Readonly<Record<string, string>> =>
  version === '1.6' ? { chargePointSerialNumber: serial } : { serialNumber: serial };

for (const version of VERSIONS) {
  describe(`boot of a ${version} station with a certificate`, () => {
    const booted = (serials: Readonly<Record<string, string>>, certificateCn?: string): TestStation => {
      const station = new TestStation(version);
      station.connect(certified(version, certificateCn));
      station.callAny('BootNotification', boot(version, serials));
      return station;
    };
    const closes = (station: TestStation) =>
      station.last.flatMap((effect) => (effect.type === 'close' ? [effect.code] : []));

    test('the serial number of the certificate, in whatever casing, or none', () => {
      for (const serials of [serialOf(version, 'SN-0001'), serialOf(version, 'sn-0001'), {}]) {
        const station = booted(serials);
        assert.deepEqual(closes(station), []);
        assert.equal(station.state.registration, 'Accepted');
      }
    });

    test('another one is refused and the connection closed; nothing of the boot counts', () => {
      const station = booted(serialOf(version, 'SN-0002'));
      assert.deepEqual(closes(station), [1008]);
      assert.equal(codeOf(station.answer), 'SecurityError');
      assert.equal(station.state.registration, 'none');
      assert.ok(!station.last.some(({ type }) => type === 'event'));
    });

    test('a CN may be longer than what OCPP carries', () => {
      const cn = 'X'.repeat(40);
      assert.deepEqual(closes(booted(serialOf(version, cn.slice(0, 25)), cn)), []);
      assert.deepEqual(closes(booted(serialOf(version, cn.slice(0, 24)), cn)), [1008]);
    });

    test('nobody is asked what to decide about another device', () => {
      const station = new TestStation(version, configWith(['BootNotification']));
      station.connect(certified(version));
      station.callAny('BootNotification', boot(version, serialOf(version, 'SN-0002')));
      assert.deepEqual(station.state.asks, []);
      assert.deepEqual(closes(station), [1008]);
    });

    test('without a certificate any serial number will do', () => {
      const station = new TestStation(version);
      station.connect();
      station.callAny('BootNotification', boot(version, serialOf(version, 'SN-0002')));
      assert.deepEqual(closes(station), []);
    });
  });
}

test('1.6 has two serial numbers: either may be that of the certificate', () => {
  for (const [chargePointSerialNumber, chargeBoxSerialNumber, closed] of [
    ['SN-0001', 'BOX', false],
    ['POINT', 'SN-0001', false],
    ['POINT', 'BOX', true],
  ] as const) {
    const station = new TestStation('1.6');
    station.connect(certified('1.6'));
    station.callAny('BootNotification', boot('1.6', { chargePointSerialNumber, chargeBoxSerialNumber }));
    assert.equal(
      station.last.some(({ type }) => type === 'close'),
      closed,
    );
  }
});

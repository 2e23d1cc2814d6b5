import assert from 'node:assert/strict';
import type { Version } from '../../libs/ocpp/mod.js';
import { within } from '../client/until.js';
import type { Scenario } from './scenario.js';

const VERSIONS = ['1.6', '2.0.1', '2.1'] as const;
const PASSWORD = 'correct-horse-battery';
const CPO = 'Müller Strom';

/** A gateway behind a proxy on this machine, with a station of each version. */
const BEHIND_A_PROXY = {
  trustedProxies: ['127.0.0.1'],
  cpoName: CPO,
  stations: [
    ...VERSIONS.map((version) => ({
      id: `CERT-${version}`,
      serialNumber: `SN-${version}`,
      minimumSecurityProfile: 3,
    })),
    { id: 'BOTH', serialNumber: 'SN-BOTH', password: PASSWORD },
  ],
};

/** What a proxy says of a station with this certificate. */
const certified = (commonName: string, organization = CPO): Readonly<Record<string, string>> => ({
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-For': '192.0.2.1',
  'X-Client-Verify': 'SUCCESS',
  'X-Client-CN': commonName,
  // The bytes of UTF-8, as a proxy sends them.
  'X-Client-O': Buffer.from(organization).toString('latin1'),
});

const bootOf = (version: Version, serial: string): object =>
  version === '1.6'
    ? { chargePointVendor: 'V', chargePointModel: 'M', chargePointSerialNumber: serial }
    : { reason: 'PowerUp', chargingStation: { vendorName: 'V', model: 'M', serialNumber: serial } };

/** Security profile 3 (CONFORMANCE 1). */
export const CERTIFICATES: readonly Scenario[] = [
  ...VERSIONS.map((version): Scenario => ({
    name: `${version}: a certificate opens the door of its station, and no other device boots there (A00.FR.405, B01.FR.12)`,
    settings: BEHIND_A_PROXY,
    async run(context) {
      const stationId = `CERT-${version}`;
      const headers = certified(`SN-${version}`);
      const right = await context.raw(version, { stationId, headers });
      const answer = await right.result('b1', 'BootNotification', bootOf(version, `SN-${version}`));
      assert.equal(answer['status'], 'Accepted');
      const [connected] = await context.eventsWith('station.connected', 1, stationId);
      assert.equal((connected?.event.data as { securityProfile?: number }).securityProfile, 3);
      await right.close();

      const other = await context.raw(version, { stationId, headers });
      const refused = await other.call('b2', 'BootNotification', bootOf(version, 'SN-OTHER'));
      assert.deepEqual(refused.slice(0, 3), [4, 'b2', 'SecurityError']);
      assert.equal((await within('the close', other.closed)).code, 1008);
    },
  })),
  {
    name: 'a certificate of another station or operator opens nothing, whatever the password; without one the password does',
    settings: BEHIND_A_PROXY,
    async run(context) {
      const station = { stationId: 'BOTH', password: PASSWORD };
      for (const headers of [certified('SN-1.6'), certified('SN-BOTH', 'Another CPO')]) {
        await assert.rejects(context.raw('1.6', { ...station, headers }), /403/);
      }
      await assert.rejects(context.raw('1.6', { stationId: 'BOTH' }), /401/);
      await assert.rejects(context.raw('1.6', { stationId: 'CERT-1.6', password: PASSWORD }), /403/);
      await context.raw('1.6', { ...station, headers: { 'X-Forwarded-Proto': 'https' } });
      const [connected] = await context.eventsWith('station.connected', 1, 'BOTH');
      assert.equal((connected?.event.data as { securityProfile?: number }).securityProfile, 2);
    },
  },
];

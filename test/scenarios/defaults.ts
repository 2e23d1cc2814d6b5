import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { leastRequest } from '../client/samples.js';
import { VOCABULARIES } from '../client/vocabulary.js';
import type { Version } from '../../libs/ocpp/mod.js';
import { assertOrdered } from './check-events.js';
import type { Settings } from '../topology/topology.js';
import type { Scenario } from './scenario.js';

/** Nobody is asked, so the defaults hold. */
const NOBODY: Settings = { asks: [] };

type Answers = Readonly<Record<string, object>>;

const nothing = (...actions: readonly string[]): Answers =>
  Object.fromEntries(actions.map((action) => [action, {}]));

/** What CONFORMANCE.md 4 has answered automatically, and the defaults of decisions. */
const OF_16: Answers = {
  ...nothing(
    'StatusNotification',
    'MeterValues',
    'DiagnosticsStatusNotification',
    'FirmwareStatusNotification',
  ),
  ...nothing('SignedFirmwareStatusNotification', 'LogStatusNotification', 'SecurityEventNotification'),
  ...nothing('StopTransaction'),
  Authorize: { idTagInfo: { status: 'Invalid' } },
  DataTransfer: { status: 'UnknownVendorId' },
  SignCertificate: { status: 'Rejected' },
};

const OF_201: Answers = {
  ...nothing('StatusNotification', 'MeterValues', 'FirmwareStatusNotification', 'LogStatusNotification'),
  ...nothing('PublishFirmwareStatusNotification', 'SecurityEventNotification', 'NotifyReport', 'NotifyEvent'),
  ...nothing('NotifyMonitoringReport', 'NotifyCustomerInformation', 'NotifyDisplayMessages'),
  ...nothing(
    'NotifyChargingLimit',
    'ClearedChargingLimit',
    'ReportChargingProfiles',
    'ReservationStatusUpdate',
  ),
  ...nothing('TransactionEvent'),
  Authorize: { idTokenInfo: { status: 'Unknown' } },
  DataTransfer: { status: 'UnknownVendorId' },
  SignCertificate: { status: 'Rejected' },
  Get15118EVCertificate: { status: 'Failed', exiResponse: '' },
  GetCertificateStatus: { status: 'Failed' },
  NotifyEVChargingNeeds: { status: 'Rejected' },
  NotifyEVChargingSchedule: { status: 'Accepted' },
};

const OF_21: Answers = {
  ...OF_201,
  ...nothing('BatterySwap', 'ClosePeriodicEventStream', 'NotifyDERAlarm', 'NotifyDERStartStop'),
  ...nothing('NotifyPriorityCharging', 'NotifySettlement', 'ReportDERControl'),
  OpenPeriodicEventStream: { status: 'Rejected' },
  PullDynamicScheduleUpdate: { status: 'Rejected' },
};

const EXPECTED: Readonly<Record<Version, Answers>> = { '1.6': OF_16, '2.0.1': OF_201, '2.1': OF_21 };

/** Answers whose other members are the gateway's to choose. */
const LOOSE: ReadonlySet<string> = new Set(['GetCertificateStatus']);

const perVersion = VOCABULARIES.map(({ version }): Scenario => ({
  name: `${version}: every message that a station may send is answered: automatically, or by the default of its decision (CONFORMANCE 4)`,
  settings: NOBODY,
  async run(context) {
    const client = await context.strict(version);
    const wrong: string[] = [];
    for (const [action, expected] of Object.entries(EXPECTED[version])) {
      const answer = await client.call(action, leastRequest(version, action));
      const seen = LOOSE.has(action) ? { status: answer['status'] } : answer;
      if (!isDeepStrictEqual(seen, expected)) wrong.push(`${action}: ${JSON.stringify(answer)}`);
    }
    assert.deepEqual(wrong, []);
    await client.close();
    assertOrdered(await context.eventsWith('station.disconnected'));
  },
}));

export const DEFAULTS: readonly Scenario[] = [
  ...perVersion,
  {
    name: '1.6: a StartTransaction that nobody decides gets an id all the same, with idTagInfo Invalid (4.8)',
    settings: NOBODY,
    async run(context) {
      const client = await context.strict('1.6');
      const answer = await client.call('StartTransaction', leastRequest('1.6', 'StartTransaction'));
      assert.ok(Number.isInteger(answer['transactionId']) && Number(answer['transactionId']) > 0);
      assert.deepEqual(answer['idTagInfo'], { status: 'Invalid' });
      await context.eventsWith('transaction.started');
    },
  },
  {
    name: '2.x: a TransactionEvent with an idToken that nobody decides gets idTokenInfo Unknown; it cannot be rejected',
    settings: NOBODY,
    async run(context) {
      for (const version of ['2.0.1', '2.1'] as const) {
        const client = await context.strict(version);
        const answer = await client.call('TransactionEvent', {
          ...leastRequest(version, 'TransactionEvent'),
          eventType: 'Started',
          transactionInfo: { transactionId: `tx-${version}` },
          idToken: { idToken: 'T', type: 'ISO14443' },
        });
        assert.deepEqual(answer, { idTokenInfo: { status: 'Unknown' } });
        await client.close();
      }
      await context.eventsWith('transaction.started', 2);
    },
  },
  {
    name: '2.x: a certificate that nobody vouches for gets CertChainError with Invalid (C07)',
    settings: NOBODY,
    async run(context) {
      for (const version of ['2.0.1', '2.1'] as const) {
        const client = await context.strict(version);
        const answer = await client.call('Authorize', {
          ...leastRequest(version, 'Authorize'),
          certificate: 'PEM',
        });
        assert.deepEqual(answer, { idTokenInfo: { status: 'Invalid' }, certificateStatus: 'CertChainError' });
        await client.close();
      }
    },
  },
];

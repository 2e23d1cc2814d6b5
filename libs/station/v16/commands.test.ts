import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Station } from '../station.js';
import { until } from '../testing/central-system.js';
import { CERTIFICATE } from '../testing/certificate.js';
import { useRig } from '../testing/rig.js';

const rig = useRig();
const BACKOFF = { minimumMs: 1000, randomRangeMs: 0, repeatTimes: 0 };

async function command(station: Station, action: string, payload: object): Promise<unknown> {
  const answer = await rig.central.command(station.stationId, action, payload);
  return answer.kind === 'result' ? answer.payload : answer;
}

const sent = (station: Station, action: string) =>
  rig.central.of(station.stationId, action).map((call) => call.payload);

/** Lets `seconds` pass; after each the station gets its answers. */
async function pass(station: Station, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await rig.clock.advance(1000);
    await until(() => station.session.pendingCalls === 0, 'the answers');
    await rig.clock.settle();
  }
}

test('RemoteStartTransaction begins a session with its idTag, RemoteStopTransaction ends it', async () => {
  const station = await rig.ready('1.6', { evses: 2 });
  const start = { connectorId: 2, idTag: 'REMOTE-1' };
  assert.deepEqual(await command(station, 'RemoteStartTransaction', start), { status: 'Accepted' });
  await until(() => typeof station.evse(2)?.transaction?.id === 'number', 'the transaction');
  assert.deepEqual(await command(station, 'RemoteStartTransaction', start), { status: 'Rejected' });
  const [started] = sent(station, 'StartTransaction');
  assert.deepEqual([started?.connectorId, started?.idTag], [2, 'REMOTE-1']);
  const transactionId = station.evse(2)?.transaction?.id;
  const stop = { transactionId };
  assert.deepEqual(await command(station, 'RemoteStopTransaction', { transactionId: 0 }), {
    status: 'Rejected',
  });
  assert.deepEqual(await command(station, 'RemoteStopTransaction', stop), { status: 'Accepted' });
  await pass(station, 2);
  const [stopped] = sent(station, 'StopTransaction');
  assert.deepEqual([stopped?.transactionId, stopped?.reason], [transactionId, 'Remote']);
  assert.equal(station.evse(2)?.status, 'Available');
});

test('AuthorizeRemoteTxRequests: the token of a remote start is asked for first (1.6 5.11)', async () => {
  const station = await rig.ready('1.6');
  await command(station, 'ChangeConfiguration', { key: 'AuthorizeRemoteTxRequests', value: 'true' });
  await command(station, 'RemoteStartTransaction', { idTag: 'REMOTE-1' });
  await until(() => sent(station, 'StartTransaction').length === 1, 'the start');
  assert.deepEqual(sent(station, 'Authorize'), [{ idTag: 'REMOTE-1' }]);
});

for (const [type, reason] of [
  ['Soft', 'SoftReset'],
  ['Hard', 'HardReset'],
] as const) {
  test(`Reset ${type} ends the transaction by ${reason} and comes back with a boot`, async () => {
    const station = await rig.ready('1.6', { rebootMs: 5000 });
    void station.charge({ idToken: 'CARD' });
    await until(() => typeof station.evse(1)?.transaction?.id === 'number', 'the transaction');
    assert.deepEqual(await command(station, 'Reset', { type }), { status: 'Accepted' });
    await until(() => !station.online, 'the station goes down');
    await rig.clock.advance(5000);
    await station.accepted();
    await until(() => sent(station, 'StopTransaction').length > 0, 'the stop');
    assert.equal(sent(station, 'StopTransaction')[0]?.reason, reason);
    assert.equal(sent(station, 'BootNotification').length, 2);
  });
}

test('ChangeAvailability: at once when free, scheduled while charging, back again', async () => {
  const station = await rig.ready('1.6', { evses: 2 });
  void station.charge({ evseId: 1, idToken: 'CARD', durationMs: 3000 });
  await until(() => station.evse(1)?.transaction !== undefined, 'the transaction');
  const change = (connectorId: number, type: string) =>
    command(station, 'ChangeAvailability', { connectorId, type });
  assert.deepEqual(await change(2, 'Inoperative'), { status: 'Accepted' });
  assert.deepEqual(await change(1, 'Inoperative'), { status: 'Scheduled' });
  assert.deepEqual(await change(9, 'Inoperative'), { status: 'Rejected' });
  assert.equal(station.evse(2)?.status, 'Unavailable');
  assert.equal(station.evse(1)?.status, 'Charging');
  await pass(station, 4);
  assert.equal(station.evse(1)?.status, 'Unavailable');
  const refused = await station.charge({ evseId: 1, idToken: 'CARD' });
  assert.equal(!refused.completed && refused.why, 'occupied');
  assert.deepEqual(await change(0, 'Operative'), { status: 'Accepted' });
  await until(() => station.evse(1)?.reported === 'Available', 'the status');
});

test('UnlockConnector ends a transaction by UnlockCommand', async () => {
  const station = await rig.ready('1.6');
  void station.charge({ idToken: 'CARD' });
  await until(() => typeof station.evse(1)?.transaction?.id === 'number', 'the transaction');
  assert.deepEqual(await command(station, 'UnlockConnector', { connectorId: 1 }), { status: 'Unlocked' });
  await until(() => sent(station, 'StopTransaction').length === 1, 'the stop');
  assert.equal(sent(station, 'StopTransaction')[0]?.reason, 'UnlockCommand');
  assert.deepEqual(await command(station, 'UnlockConnector', { connectorId: 7 }), { status: 'NotSupported' });
});

test('GetConfiguration tells all keys, or those asked for and those unknown; never the AuthorizationKey', async () => {
  const station = await rig.ready('1.6');
  const all = (await command(station, 'GetConfiguration', {})) as { configurationKey: { key: string }[] };
  assert.ok(all.configurationKey.length > 30);
  const some = await command(station, 'GetConfiguration', {
    key: ['meterVALUEsampleInterval', 'AuthorizationKey', 'Nonsense'],
  });
  assert.deepEqual(some, {
    configurationKey: [
      { key: 'MeterValueSampleInterval', readonly: false, value: '60' },
      { key: 'AuthorizationKey', readonly: false },
    ],
    unknownKey: ['Nonsense'],
  });
});

test('ChangeConfiguration takes what fits; a new AuthorizationKey is used on the next connection, as bytes', async () => {
  const station = await rig.ready('1.6', { backoff: BACKOFF, password: 'old' });
  const change = (key: string, value: string) => command(station, 'ChangeConfiguration', { key, value });
  assert.deepEqual(await change('MeterValueSampleInterval', '15'), { status: 'Accepted' });
  assert.deepEqual(await change('MeterValueSampleInterval', 'often'), { status: 'Rejected' });
  assert.deepEqual(await change('NumberOfConnectors', '2'), { status: 'Rejected' });
  assert.deepEqual(await change('Nonsense', '1'), { status: 'NotSupported' });
  assert.deepEqual(await change('SecurityProfile', '2'), { status: 'RebootRequired' });
  assert.deepEqual(await change('AuthorizationKey', 'abc'), { status: 'Rejected' });
  const key = '00ff'.repeat(8);
  assert.deepEqual(await change('AuthorizationKey', key), { status: 'Accepted' });
  await until(() => !station.online, 'the station leaves');
  await rig.clock.advance(1000);
  await until(() => station.ready, 'the station is back');
  const header = rig.central.handshakes.at(-1)?.authorization?.replace('Basic ', '') ?? '';
  assert.deepEqual(
    Buffer.from(header, 'base64'),
    Buffer.concat([Buffer.from(`${station.stationId}:`), Buffer.from(key, 'hex')]),
  );
});

test('TriggerMessage sends what is asked for, also while Pending; no boot once accepted (errata 3.40)', async () => {
  let status = 'Pending';
  rig.central.answer = ({ action }) =>
    action === 'BootNotification'
      ? { status, currentTime: '2026-01-01T00:00:00Z', interval: 600 }
      : undefined;
  const station = rig.station('1.6');
  station.start();
  await until(() => station.registration === 'Pending', 'Pending');
  const trigger = (requestedMessage: string, facts: object = {}) =>
    command(station, 'TriggerMessage', { requestedMessage, ...facts });
  for (const message of ['StatusNotification', 'MeterValues', 'Heartbeat', 'FirmwareStatusNotification']) {
    assert.deepEqual(await trigger(message, message === 'Heartbeat' ? {} : { connectorId: 1 }), {
      status: 'Accepted',
    });
    await until(() => sent(station, message).length === 1, message);
  }
  assert.deepEqual(await trigger('MeterValues', { connectorId: 5 }), { status: 'Rejected' });
  status = 'Accepted';
  assert.deepEqual(await trigger('BootNotification'), { status: 'Accepted' });
  await station.accepted();
  assert.deepEqual(await trigger('BootNotification'), { status: 'Rejected' });
});

test('UpdateFirmware goes through its statuses, reboots, and tells Installed after the boot (1.6 5.19)', async () => {
  const station = await rig.ready('1.6', { rebootMs: 1000 });
  const update = { location: 'https://example.com/fw.bin', retrieveDate: '2026-01-01T00:00:00Z' };
  assert.deepEqual(await command(station, 'UpdateFirmware', update), {});
  await pass(station, 2);
  await rig.clock.advance(1000);
  await until(() => !station.online, 'the reboot');
  await rig.clock.advance(1000);
  await until(() => sent(station, 'FirmwareStatusNotification').length === 4, 'the last status');
  assert.deepEqual(
    sent(station, 'FirmwareStatusNotification').map(({ status }) => status),
    ['Downloading', 'Downloaded', 'Installing', 'Installed'],
  );
  assert.equal(sent(station, 'BootNotification').at(-1)?.firmwareVersion, '1.0.1');
});

test('SignedUpdateFirmware needs a certificate; a second one cancels the first (WP L01)', async () => {
  const station = await rig.ready('1.6');
  const update = (requestId: number, signingCertificate: string) =>
    command(station, 'SignedUpdateFirmware', {
      requestId,
      firmware: {
        location: 'https://example.com/fw.bin',
        retrieveDateTime: '2026-01-01T00:00:00Z',
        signingCertificate,
        signature: 'c2ln',
      },
    });
  assert.deepEqual(await update(1, 'none'), { status: 'InvalidCertificate' });
  assert.deepEqual(await update(2, CERTIFICATE), { status: 'Accepted' });
  assert.deepEqual(await update(3, CERTIFICATE), { status: 'AcceptedCanceled' });
  await pass(station, 1);
  const told = sent(station, 'SignedFirmwareStatusNotification');
  assert.deepEqual(
    told.map(({ status, requestId }) => [status, requestId]),
    [
      ['Downloading', 2],
      ['Downloading', 3],
      ['Downloaded', 3],
    ],
  );
});

test('GetDiagnostics and GetLog name a file and tell of the upload', async () => {
  const station = await rig.ready('1.6');
  const answer = (await command(station, 'GetDiagnostics', { location: 'ftp://example.com/' })) as object;
  assert.ok('fileName' in answer);
  const log = { log: { remoteLocation: 'https://example.com/' }, logType: 'SecurityLog', requestId: 9 };
  await command(station, 'GetLog', log);
  await pass(station, 2);
  const statuses = (action: string) => sent(station, action).map(({ status }) => status);
  assert.deepEqual(statuses('DiagnosticsStatusNotification'), ['Uploading', 'Uploaded']);
  assert.deepEqual(statuses('LogStatusNotification'), ['Uploading', 'Uploaded']);
  assert.equal(sent(station, 'LogStatusNotification')[1]?.requestId, 9);
});

test('ReserveNow holds a connector for its idTag; the reservation is used, cancelled or expires', async () => {
  const station = await rig.ready('1.6');
  const reserve = (reservationId: number, idTag: string) =>
    command(station, 'ReserveNow', {
      connectorId: 1,
      idTag,
      reservationId,
      expiryDate: new Date(rig.clock.now() + 60_000).toISOString(),
    });
  assert.deepEqual(await reserve(1, 'MINE'), { status: 'Accepted' });
  assert.deepEqual(await reserve(2, 'YOURS'), { status: 'Occupied' });
  assert.equal(station.evse(1)?.status, 'Reserved');
  assert.deepEqual(await command(station, 'RemoteStartTransaction', { idTag: 'YOURS' }), {
    status: 'Rejected',
  });
  assert.deepEqual(await command(station, 'CancelReservation', { reservationId: 7 }), { status: 'Rejected' });
  assert.deepEqual(await command(station, 'CancelReservation', { reservationId: 1 }), { status: 'Accepted' });
  assert.equal(station.evse(1)?.status, 'Available');
  await reserve(3, 'MINE');
  await rig.clock.advance(60_000);
  assert.equal(station.evse(1)?.status, 'Available');
  await reserve(4, 'MINE');
  await command(station, 'RemoteStartTransaction', { idTag: 'MINE' });
  await until(() => sent(station, 'StartTransaction').length === 1, 'the start');
  assert.equal(sent(station, 'StartTransaction')[0]?.reservationId, 4);
});

test('SendLocalList: full and differential, an older version is a mismatch (1.6 5.15)', async () => {
  const station = await rig.ready('1.6');
  const entry = (idTag: string, status?: string) => ({ idTag, ...(status && { idTagInfo: { status } }) });
  const send = (updateType: string, listVersion: number, entries: object[]) =>
    command(station, 'SendLocalList', { updateType, listVersion, localAuthorizationList: entries });
  assert.deepEqual(await send('Full', 5, [entry('A', 'Accepted'), entry('B', 'Blocked')]), {
    status: 'Accepted',
  });
  assert.deepEqual(await send('Differential', 5, []), { status: 'VersionMismatch' });
  assert.deepEqual(await send('Differential', 6, [entry('A')]), { status: 'Accepted' });
  assert.deepEqual(await command(station, 'GetLocalListVersion', {}), { listVersion: 6 });
  assert.equal(station.localList.status('A'), undefined);
  assert.equal(station.localList.status('b'), 'Blocked');
});

test('SetChargingProfile limits the power, GetCompositeSchedule tells it, ClearChargingProfile lifts it', async () => {
  const station = await rig.ready('1.6', { powerW: 20_000 });
  void station.charge({ idToken: 'CARD', meterIntervalMs: 1000 });
  await until(() => typeof station.evse(1)?.transaction?.id === 'number', 'the transaction');
  const evse = station.evse(1);
  assert.ok(evse !== undefined && evse.meter.powerW >= 10_000);
  const csChargingProfiles = {
    chargingProfileId: 1,
    stackLevel: 0,
    chargingProfilePurpose: 'TxDefaultProfile',
    chargingProfileKind: 'Relative',
    chargingSchedule: {
      chargingRateUnit: 'W',
      chargingSchedulePeriod: [
        { startPeriod: 0, limit: 6000 },
        { startPeriod: 600, limit: 3000 },
      ],
    },
  };
  const profile = { connectorId: 1, csChargingProfiles };
  assert.deepEqual(await command(station, 'SetChargingProfile', profile), { status: 'Accepted' });
  assert.equal(evse.meter.powerW, 6000);
  const schedule = (await command(station, 'GetCompositeSchedule', { connectorId: 1, duration: 900 })) as {
    chargingSchedule: { chargingSchedulePeriod: object[] };
  };
  assert.deepEqual(schedule.chargingSchedule.chargingSchedulePeriod, [
    { startPeriod: 0, limit: 6000 },
    { startPeriod: 600, limit: 3000 },
  ]);
  assert.deepEqual(await command(station, 'ClearChargingProfile', { id: 2 }), { status: 'Unknown' });
  assert.deepEqual(await command(station, 'ClearChargingProfile', { id: 1 }), { status: 'Accepted' });
  assert.ok(evse.meter.powerW >= 10_000);
});

test('a limit of 0 W suspends the vehicle, which shows in the status', async () => {
  const station = await rig.ready('1.6');
  void station.charge({ idToken: 'CARD', meterIntervalMs: 1000 });
  await until(() => typeof station.evse(1)?.transaction?.id === 'number', 'the transaction');
  await command(station, 'SetChargingProfile', {
    connectorId: 0,
    csChargingProfiles: {
      chargingProfileId: 1,
      stackLevel: 0,
      chargingProfilePurpose: 'ChargePointMaxProfile',
      chargingProfileKind: 'Absolute',
      chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 0 }] },
    },
  });
  await until(() => sent(station, 'StatusNotification').at(-1)?.status === 'SuspendedEVSE', 'the status');
});

test('certificates are installed, listed and deleted; what is none is refused (WP M)', async () => {
  const station = await rig.ready('1.6');
  const certificateType = 'CentralSystemRootCertificate';
  const install = (certificate: string) =>
    command(station, 'InstallCertificate', { certificateType, certificate });
  const list = () => command(station, 'GetInstalledCertificateIds', { certificateType });
  assert.deepEqual(await list(), { status: 'NotFound' });
  assert.deepEqual(await install('not a certificate'), { status: 'Rejected' });
  assert.deepEqual(await install(CERTIFICATE), { status: 'Accepted' });
  const { certificateHashData } = (await list()) as { certificateHashData: object[] };
  assert.equal(certificateHashData.length, 1);
  const remove = { certificateHashData: certificateHashData[0] };
  assert.deepEqual(await command(station, 'DeleteCertificate', remove), { status: 'Accepted' });
  assert.deepEqual(await command(station, 'DeleteCertificate', remove), { status: 'NotFound' });
  assert.deepEqual(await command(station, 'CertificateSigned', { certificateChain: 'x' }), {
    status: 'Rejected',
  });
  await until(() => sent(station, 'SecurityEventNotification').length === 1, 'the security event');
});

test('DataTransfer: the own vendor is known, its Echo gives the data back', async () => {
  const station = await rig.ready('1.6');
  const transfer = (facts: object) => command(station, 'DataTransfer', facts);
  assert.deepEqual(await transfer({ vendorId: 'X' }), { status: 'UnknownVendorId' });
  assert.deepEqual(await transfer({ vendorId: 'Stationmaster' }), { status: 'UnknownMessageId' });
  assert.deepEqual(await transfer({ vendorId: 'Stationmaster', messageId: 'Echo', data: 'hi' }), {
    status: 'Accepted',
    data: 'hi',
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Station } from '../station.js';
import { until } from '../testing/central-system.js';
import { CERTIFICATE } from '../testing/certificate.js';
import { useRig } from '../testing/rig.js';

const rig = useRig();
const BACKOFF = { minimumMs: 1000, randomRangeMs: 0, repeatTimes: 0 };
const CARD = { idToken: 'CARD-1', type: 'ISO14443' };

type Json = Readonly<Record<string, unknown>>;

async function command(station: Station, action: string, payload: object): Promise<Json> {
  const answer = await rig.central.command(station.stationId, action, payload);
  assert.equal(answer.kind, 'result', action);
  return answer.kind === 'result' ? answer.payload : {};
}

const statusOf = async (station: Station, action: string, payload: object) =>
  (await command(station, action, payload)).status;

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

/** A station that charges at EVSE 1; resolves to the transaction's id. */
async function charging(station: Station): Promise<string> {
  void station.charge({ idToken: CARD, meterIntervalMs: 1000 });
  await until(() => station.evse(1)?.transaction !== undefined, 'the transaction');
  await rig.quiet(station);
  return String(station.evse(1)?.transaction?.id);
}

const name = (component: string, variable: string, evse?: number) => ({
  component: { name: component, ...(evse === undefined ? {} : { evse: { id: evse } }) },
  variable: { name: variable },
});

test('RequestStartTransaction begins a transaction with its remoteStartId, RequestStopTransaction ends it (F01, F03)', async () => {
  const station = await rig.ready('2.0.1');
  const start = { evseId: 1, idToken: { idToken: 'REMOTE', type: 'Central' }, remoteStartId: 42 };
  assert.equal(await statusOf(station, 'RequestStartTransaction', start), 'Accepted');
  await until(() => station.evse(1)?.transaction !== undefined, 'the transaction');
  await rig.quiet(station);
  assert.equal(await statusOf(station, 'RequestStartTransaction', start), 'Rejected');
  const [started] = sent(station, 'TransactionEvent');
  const transactionId = station.evse(1)?.transaction?.id;
  assert.deepEqual(
    [started?.triggerReason, started?.idToken, started?.transactionInfo],
    ['RemoteStart', start.idToken, { transactionId, chargingState: 'EVConnected', remoteStartId: 42 }],
  );
  assert.equal(await statusOf(station, 'RequestStopTransaction', { transactionId: 'x' }), 'Rejected');
  assert.equal(await statusOf(station, 'RequestStopTransaction', { transactionId }), 'Accepted');
  await pass(station, 2);
  const ended = sent(station, 'TransactionEvent').at(-1);
  assert.deepEqual(
    [ended?.eventType, ended?.triggerReason, ended?.transactionInfo],
    ['Ended', 'RemoteStop', { transactionId, chargingState: 'EVConnected', stoppedReason: 'Remote' }],
  );
});

test('GetTransactionStatus tells of a running and of a finished transaction and of the queue (E14)', async () => {
  const station = await rig.ready('2.0.1');
  const transactionId = await charging(station);
  const ask = (facts: object) => command(station, 'GetTransactionStatus', facts);
  assert.deepEqual(await ask({ transactionId }), { ongoingIndicator: true, messagesInQueue: false });
  assert.deepEqual(await ask({ transactionId: 'x' }), { ongoingIndicator: false, messagesInQueue: false });
  rig.central.answer = ({ action }) => (action === 'TransactionEvent' ? 'silence' : undefined);
  await rig.clock.advance(1000);
  assert.deepEqual(await ask({ transactionId }), { ongoingIndicator: true, messagesInQueue: true });
  assert.deepEqual(await ask({}), { messagesInQueue: true });
});

test('UnlockConnector leaves an authorised transaction alone (F05)', async () => {
  const station = await rig.ready('2.1');
  const unlock = (evseId: number, connectorId: number) =>
    statusOf(station, 'UnlockConnector', { evseId, connectorId });
  assert.equal(await unlock(1, 1), 'Unlocked');
  assert.equal(await unlock(1, 2), 'UnknownConnector');
  assert.equal(await unlock(3, 1), 'UnknownConnector');
  await charging(station);
  assert.equal(await unlock(1, 1), 'OngoingAuthorizedTransaction');
});

test('GetVariables and SetVariables: values, and each reason why not (B05, B06)', async () => {
  const station = await rig.ready('2.0.1', { serialNumber: 'SN-1' });
  const get = async (...wanted: object[]) =>
    (await command(station, 'GetVariables', { getVariableData: wanted })).getVariableResult as Json[];
  const answers = await get(
    name('chargingstation', 'SERIALNUMBER'),
    name('EVSE', 'AvailabilityState', 1),
    { ...name('OCPPCommCtrlr', 'HeartbeatInterval'), attributeType: 'Target' },
    name('SecurityCtrlr', 'BasicAuthPassword'),
    name('EVSE', 'AvailabilityState', 9),
    name('TxCtrlr', 'Nonsense'),
  );
  assert.deepEqual(
    answers.map(({ attributeStatus, attributeValue }) => [attributeStatus, attributeValue]),
    [
      ['Accepted', 'SN-1'],
      ['Accepted', 'Available'],
      ['NotSupportedAttributeType', undefined],
      ['Rejected', undefined],
      ['UnknownComponent', undefined],
      ['UnknownVariable', undefined],
    ],
  );
  const set = async (component: string, variable: string, attributeValue: string) => {
    const setVariableData = [{ ...name(component, variable), attributeValue }];
    const [result] = (await command(station, 'SetVariables', { setVariableData }))
      .setVariableResult as Json[];
    return result?.attributeStatus;
  };
  assert.equal(await set('SampledDataCtrlr', 'TxUpdatedInterval', '15'), 'Accepted');
  assert.equal(await set('SampledDataCtrlr', 'TxUpdatedInterval', 'often'), 'Rejected');
  assert.equal(await set('TxCtrlr', 'TxStartPoint', 'Nowhere'), 'Rejected');
  assert.equal(await set('ChargingStation', 'Model', 'X'), 'Rejected');
  assert.equal(await set('OCPPCommCtrlr', 'NetworkConfigurationPriority', '1,0'), 'RebootRequired');
  assert.equal(await set('Nonsense', 'X', '1'), 'UnknownComponent');
  assert.equal(await set('SecurityCtrlr', 'BasicAuthPassword', 'short'), 'Rejected');
  assert.equal((await get(name('SampledDataCtrlr', 'TxUpdatedInterval')))[0]?.attributeValue, '15');
});

test('a new BasicAuthPassword is used on the next connection (A01)', async () => {
  const station = await rig.ready('2.0.1', { backoff: BACKOFF, password: 'the old password' });
  const attributeValue = 'the new password äö';
  const setVariableData = [{ ...name('SecurityCtrlr', 'BasicAuthPassword'), attributeValue }];
  await command(station, 'SetVariables', { setVariableData });
  await until(() => !station.online, 'the station leaves');
  await rig.clock.advance(1000);
  await until(() => station.ready, 'the station is back');
  const header = rig.central.handshakes.at(-1)?.authorization?.replace('Basic ', '') ?? '';
  assert.equal(Buffer.from(header, 'base64').toString(), `${station.stationId}:${attributeValue}`);
});

test('GetBaseReport comes in numbered parts, tbc until the last (B07)', async () => {
  const station = await rig.ready('2.0.1', { evses: 3 });
  const report = { requestId: 7, reportBase: 'FullInventory' };
  assert.equal(await statusOf(station, 'GetBaseReport', report), 'Accepted');
  await rig.quiet(station);
  const parts = sent(station, 'NotifyReport');
  assert.ok(parts.length > 1);
  assert.deepEqual(
    parts.map(({ requestId, seqNo, tbc }) => [requestId, seqNo, tbc]),
    parts.map((_, index) => [7, index, index < parts.length - 1]),
  );
});

test('GetReport filters by component, EVSE and variable; nothing found is an EmptyResultSet (B08)', async () => {
  const station = await rig.ready('2.1', { evses: 2 });
  const ask = (facts: object) => statusOf(station, 'GetReport', { requestId: 1, ...facts });
  assert.equal(await ask({ componentVariable: [{ component: { name: 'Nonsense' } }] }), 'EmptyResultSet');
  assert.equal(await ask({ componentCriteria: ['Problem'] }), 'EmptyResultSet');
  const wanted = [{ component: { name: 'EVSE' }, variable: { name: 'Power' } }];
  assert.equal(await ask({ componentVariable: wanted }), 'Accepted');
  await rig.quiet(station);
  const found = sent(station, 'NotifyReport').flatMap((part) => part.reportData as Json[]);
  assert.deepEqual(
    found.map(({ component }) => component),
    [1, 2].map((id) => ({ name: 'EVSE', evse: { id } })),
  );
});

test('Reset OnIdle waits for the transaction, Immediate ends it (B11, B12)', async () => {
  const station = await rig.ready('2.0.1', { rebootMs: 1000 });
  void station.charge({ idToken: CARD, durationMs: 2000 });
  await until(() => station.evse(1)?.transaction !== undefined, 'the transaction');
  assert.equal(await statusOf(station, 'Reset', { type: 'OnIdle' }), 'Scheduled');
  await rig.clock.advance(2000);
  await until(() => !station.online, 'the reboot');
  await rig.clock.advance(1000);
  await station.accepted();
  assert.equal(sent(station, 'BootNotification').at(-1)?.reason, 'ScheduledReset');
  await rig.quiet(station);
  await charging(station);
  assert.equal(await statusOf(station, 'Reset', { type: 'Immediate' }), 'Accepted');
  await until(() => !station.online, 'the reboot');
  await rig.clock.advance(1000);
  await station.accepted();
  await rig.quiet(station);
  const last = sent(station, 'TransactionEvent').at(-1);
  assert.deepEqual(
    [last?.triggerReason, (last?.transactionInfo as Json).stoppedReason],
    ['ResetCommand', 'ImmediateReset'],
  );
  assert.equal(sent(station, 'BootNotification').at(-1)?.reason, 'RemoteReset');
});

test('ChangeAvailability of an EVSE and of the station (G03, G04)', async () => {
  const station = await rig.ready('2.0.1', { evses: 2 });
  await charging(station);
  const change = (operationalStatus: string, id?: number) =>
    statusOf(station, 'ChangeAvailability', {
      operationalStatus,
      ...(id === undefined ? {} : { evse: { id } }),
    });
  assert.equal(await change('Inoperative', 2), 'Accepted');
  assert.equal(await change('Inoperative', 5), 'Rejected');
  assert.equal(await change('Inoperative'), 'Scheduled');
  const [answer] = (
    await command(station, 'GetVariables', {
      getVariableData: [name('ChargingStation', 'AvailabilityState')],
    })
  ).getVariableResult as Json[];
  assert.equal(answer?.attributeValue, 'Unavailable');
  assert.equal(await change('Operative'), 'Accepted');
  await rig.quiet(station);
  assert.deepEqual(
    station.evses.map(({ status }) => status),
    ['Charging', 'Available'],
  );
});

test('TriggerMessage sends what is asked for, if it makes sense now (F06)', async () => {
  const station = await rig.ready('2.1');
  const trigger = (requestedMessage: string, facts: object = {}) =>
    statusOf(station, 'TriggerMessage', { requestedMessage, ...facts });
  for (const message of [
    'Heartbeat',
    'StatusNotification',
    'MeterValues',
    'LogStatusNotification',
    'FirmwareStatusNotification',
    'PublishFirmwareStatusNotification',
  ]) {
    const before = sent(station, message).length;
    assert.equal(await trigger(message), 'Accepted', message);
    await until(() => sent(station, message).length === before + 1, message);
  }
  assert.equal(await trigger('SignV2GCertificate'), 'Accepted');
  await until(() => sent(station, 'SignCertificate').length === 1, 'the request');
  assert.equal(await trigger('BootNotification'), 'Rejected');
  assert.equal(await trigger('TransactionEvent'), 'Rejected');
  assert.equal(await trigger('CustomTrigger'), 'NotImplemented');
  assert.equal(await trigger('Heartbeat', { evse: { id: 4 } }), 'Rejected');
  await charging(station);
  assert.equal(await trigger('TransactionEvent', { evse: { id: 1 } }), 'Accepted');
  await rig.quiet(station);
  assert.equal(sent(station, 'TransactionEvent').at(-1)?.triggerReason, 'Trigger');
});

test('ReserveNow without an EVSE takes a free one; an expired reservation is told of (H01)', async () => {
  const station = await rig.ready('2.0.1', { evses: 2 });
  await charging(station);
  const expiryDateTime = new Date(rig.clock.now() + 5000).toISOString();
  assert.equal(await statusOf(station, 'ReserveNow', { id: 1, idToken: CARD, expiryDateTime }), 'Accepted');
  await rig.quiet(station);
  assert.equal(station.evse(2)?.status, 'Reserved');
  const again = { id: 2, evseId: 1, idToken: CARD, expiryDateTime };
  assert.equal(await statusOf(station, 'ReserveNow', again), 'Occupied');
  await pass(station, 5);
  assert.deepEqual(sent(station, 'ReservationStatusUpdate'), [
    { reservationId: 1, reservationUpdateStatus: 'Expired' },
  ]);
  assert.equal(station.evse(2)?.status, 'Available');
});

test('charging profiles are set, reported and cleared; one for a transaction ends with it (K01, K09, K10)', async () => {
  const station = await rig.ready('2.0.1');
  const transactionId = await charging(station);
  const profile = (facts: object) => ({
    id: 1,
    stackLevel: 0,
    chargingProfilePurpose: 'TxProfile',
    chargingProfileKind: 'Relative',
    chargingSchedule: [
      { id: 1, chargingRateUnit: 'W', chargingSchedulePeriod: [{ startPeriod: 0, limit: 5000 }] },
    ],
    ...facts,
  });
  const set = (facts: object, evseId = 1) =>
    statusOf(station, 'SetChargingProfile', { evseId, chargingProfile: profile(facts) });
  assert.equal(await set({}), 'Rejected');
  assert.equal(await set({ transactionId }), 'Accepted');
  assert.equal(station.evse(1)?.meter.powerW, 5000);
  assert.equal(await set({ id: 2, chargingProfilePurpose: 'ChargingStationMaxProfile' }), 'Rejected');
  assert.equal(await set({ id: 2, chargingProfilePurpose: 'ChargingStationMaxProfile' }, 0), 'Accepted');
  assert.equal(
    await statusOf(station, 'GetChargingProfiles', { requestId: 5, chargingProfile: {} }),
    'Accepted',
  );
  await rig.quiet(station);
  assert.deepEqual(
    sent(station, 'ReportChargingProfiles').map(({ requestId, evseId, tbc }) => [requestId, evseId, tbc]),
    [
      [5, 1, true],
      [5, 0, false],
    ],
  );
  await command(station, 'RequestStopTransaction', { transactionId });
  await pass(station, 1);
  const none = { requestId: 6, evseId: 1, chargingProfile: {} };
  assert.equal(await statusOf(station, 'GetChargingProfiles', none), 'NoProfiles');
  assert.equal(await statusOf(station, 'ClearChargingProfile', { chargingProfileId: 2 }), 'Accepted');
  assert.equal(await statusOf(station, 'ClearChargingProfile', { chargingProfileId: 2 }), 'Unknown');
});

test('UpdateFirmware goes through its statuses and tells Installed after the reboot (L02)', async () => {
  const station = await rig.ready('2.0.1', { rebootMs: 1000 });
  const firmware = { location: 'https://example.com/fw', retrieveDateTime: '2026-01-01T00:00:00Z' };
  assert.equal(await statusOf(station, 'UpdateFirmware', { requestId: 3, firmware }), 'Accepted');
  await pass(station, 3);
  await rig.clock.advance(1000);
  await until(() => !station.online, 'the reboot');
  await rig.clock.advance(1000);
  await until(() => sent(station, 'FirmwareStatusNotification').length === 5, 'the last status');
  assert.deepEqual(
    sent(station, 'FirmwareStatusNotification').map(({ status, requestId }) => [status, requestId]),
    ['Downloading', 'Downloaded', 'Installing', 'InstallRebooting', 'Installed'].map((status) => [status, 3]),
  );
  assert.equal(sent(station, 'BootNotification').at(-1)?.reason, 'FirmwareUpdate');
});

test('PublishFirmware tells where it is offered, UnpublishFirmware takes it back (L03, L04)', async () => {
  const station = await rig.ready('2.0.1');
  const checksum = 'd41d8cd98f00b204e9800998ecf8427e';
  const publish = { location: 'https://example.com/fw', checksum, requestId: 4 };
  assert.equal(await statusOf(station, 'UnpublishFirmware', { checksum }), 'NoFirmware');
  assert.equal(await statusOf(station, 'PublishFirmware', publish), 'Accepted');
  assert.equal(await statusOf(station, 'UnpublishFirmware', { checksum }), 'DownloadOngoing');
  await pass(station, 4);
  const last = sent(station, 'PublishFirmwareStatusNotification').at(-1);
  assert.equal(last?.status, 'Published');
  assert.equal((last?.location as string[]).length, 1);
  assert.equal(await statusOf(station, 'UnpublishFirmware', { checksum }), 'Unpublished');
});

test('monitors are set, reported and cleared, a periodic one reports by NotifyEvent (N02 to N06)', async () => {
  const station = await rig.ready('2.0.1');
  const monitor = { value: 10, type: 'Periodic', severity: 5, ...name('EVSE', 'AvailabilityState', 1) };
  const set = async (setting: object) => {
    const request = { setMonitoringData: [setting] };
    const answer = await command(station, 'SetVariableMonitoring', request);
    return (answer.setMonitoringResult as Json[])[0];
  };
  const accepted = await set(monitor);
  assert.equal(accepted?.status, 'Accepted');
  assert.equal((await set(monitor))?.status, 'Duplicate');
  assert.equal((await set({ ...monitor, ...name('Nonsense', 'X') }))?.status, 'UnknownComponent');
  assert.equal((await set({ ...monitor, id: 99 }))?.status, 'Rejected');
  await pass(station, 20);
  const events = sent(station, 'NotifyEvent').flatMap(({ eventData }) => eventData as Json[]);
  assert.deepEqual(
    events.map(({ trigger, actualValue, variableMonitoringId }) => [
      trigger,
      actualValue,
      variableMonitoringId,
    ]),
    [
      ['Periodic', 'Available', accepted?.id],
      ['Periodic', 'Available', accepted?.id],
    ],
  );
  const ask = (facts: object) => statusOf(station, 'GetMonitoringReport', { requestId: 1, ...facts });
  assert.equal(await ask({ monitoringCriteria: ['DeltaMonitoring'] }), 'EmptyResultSet');
  assert.equal(await ask({ monitoringCriteria: ['PeriodicMonitoring'] }), 'Accepted');
  await rig.quiet(station);
  assert.equal(sent(station, 'NotifyMonitoringReport').length, 1);
  const cleared = await command(station, 'ClearVariableMonitoring', { id: [accepted?.id, 77] });
  assert.deepEqual(
    (cleared.clearMonitoringResult as Json[]).map(({ status }) => status),
    ['Accepted', 'NotFound'],
  );
  await pass(station, 20);
  assert.equal(sent(station, 'NotifyEvent').length, 2);
  assert.equal(await statusOf(station, 'SetMonitoringLevel', { severity: 10 }), 'Rejected');
  assert.equal(await statusOf(station, 'SetMonitoringBase', { monitoringBase: 'All' }), 'Accepted');
});

test('2.1: a periodic event stream is opened, sends, is adjusted and closed (N11 to N15)', async () => {
  const station = await rig.ready('2.1');
  const setting = {
    value: 60,
    type: 'Periodic',
    severity: 8,
    periodicEventStream: { interval: 2 },
    ...name('EVSE', 'AvailabilityState', 1),
  };
  const answer = await command(station, 'SetVariableMonitoring', { setMonitoringData: [setting] });
  const id = Number((answer.setMonitoringResult as Json[])[0]?.id);
  await until(() => sent(station, 'OpenPeriodicEventStream').length === 1, 'the request');
  await rig.quiet(station);
  await pass(station, 4);
  await until(() => sent(station, 'NotifyPeriodicEventStream').length === 2, 'two readings');
  const adjust = (stream: number) =>
    statusOf(station, 'AdjustPeriodicEventStream', { id: stream, params: { interval: 1 } });
  assert.equal(await adjust(id), 'Accepted');
  assert.equal(await adjust(id + 1), 'Rejected');
  await pass(station, 3);
  assert.equal(rig.recorder.sends.length, 5);
  assert.deepEqual(await command(station, 'GetPeriodicEventStream', {}), {
    constantStreamData: [{ id, params: { interval: 1 }, variableMonitoringId: id }],
  });
  await command(station, 'ClearVariableMonitoring', { id: [id] });
  await until(() => sent(station, 'ClosePeriodicEventStream').length === 1, 'the end');
  await pass(station, 3);
  assert.equal(rig.recorder.sends.length, 5);
});

test('GetLog and CustomerInformation report in parts (N01, N09)', async () => {
  const station = await rig.ready('2.0.1');
  const log = { log: { remoteLocation: 'https://example.com' }, logType: 'DiagnosticsLog', requestId: 8 };
  assert.equal(await statusOf(station, 'GetLog', log), 'Accepted');
  assert.equal(await statusOf(station, 'GetLog', { ...log, requestId: 9 }), 'AcceptedCanceled');
  await pass(station, 2);
  assert.deepEqual(
    sent(station, 'LogStatusNotification').map(({ status, requestId }) => [status, requestId]),
    [
      ['Uploading', 8],
      ['Uploading', 9],
      ['Uploaded', 9],
    ],
  );
  station.localList.update('Full', 1, [{ idToken: 'CARD-1', status: 'Accepted' }]);
  const ask = (facts: object) =>
    statusOf(station, 'CustomerInformation', { requestId: 1, report: true, clear: true, ...facts });
  assert.equal(await ask({}), 'Invalid');
  assert.equal(await ask({ idToken: CARD }), 'Accepted');
  await rig.quiet(station);
  assert.equal(sent(station, 'NotifyCustomerInformation')[0]?.data, 'local list: CARD-1 is Accepted');
  assert.equal(station.localList.status('CARD-1'), undefined);
});

test('display messages are set, told and cleared (O01 to O05)', async () => {
  const station = await rig.ready('2.0.1');
  const set = (facts: object, format = 'UTF8') =>
    statusOf(station, 'SetDisplayMessage', {
      message: { id: 1, priority: 'InFront', message: { format, content: 'Hello' }, ...facts },
    });
  assert.equal(await set({}), 'Accepted');
  assert.equal(await set({}, 'HTML'), 'NotSupportedMessageFormat');
  assert.equal(await set({ id: 2, transactionId: 'x' }), 'UnknownTransaction');
  assert.equal(await statusOf(station, 'GetDisplayMessages', { requestId: 2, id: [5] }), 'Unknown');
  assert.equal(await statusOf(station, 'GetDisplayMessages', { requestId: 3 }), 'Accepted');
  await rig.quiet(station);
  const [told] = sent(station, 'NotifyDisplayMessages');
  assert.deepEqual([told?.requestId, (told?.messageInfo as Json[]).map(({ id }) => id)], [3, [1]]);
  assert.equal(await statusOf(station, 'ClearDisplayMessage', { id: 1 }), 'Accepted');
  assert.equal(await statusOf(station, 'ClearDisplayMessage', { id: 1 }), 'Unknown');
});

test('certificates are installed, listed by type and deleted (M03 to M05)', async () => {
  const station = await rig.ready('2.0.1');
  const install = (certificateType: string, certificate: string) =>
    statusOf(station, 'InstallCertificate', { certificateType, certificate });
  assert.equal(await install('CSMSRootCertificate', 'nonsense'), 'Rejected');
  assert.equal(await install('CSMSRootCertificate', CERTIFICATE), 'Accepted');
  const list = (type: string) => command(station, 'GetInstalledCertificateIds', { certificateType: [type] });
  assert.deepEqual(await list('MORootCertificate'), { status: 'NotFound' });
  const [chain] = (await list('CSMSRootCertificate')).certificateHashDataChain as Json[];
  const remove = { certificateHashData: chain?.certificateHashData };
  assert.equal(await statusOf(station, 'DeleteCertificate', remove), 'Accepted');
  assert.equal(await statusOf(station, 'DeleteCertificate', remove), 'NotFound');
  assert.equal(await statusOf(station, 'CertificateSigned', { certificateChain: CERTIFICATE }), 'Accepted');
});

test('SetNetworkProfile takes JSON profiles for its slots (B09)', async () => {
  const station = await rig.ready('2.0.1');
  const set = (configurationSlot: number, ocppTransport: string) =>
    statusOf(station, 'SetNetworkProfile', {
      configurationSlot,
      connectionData: {
        ocppVersion: 'OCPP20',
        ocppTransport,
        ocppCsmsUrl: 'wss://example.com',
        messageTimeout: 30,
        securityProfile: 2,
        ocppInterface: 'Wired0',
      },
    });
  assert.equal(await set(1, 'JSON'), 'Accepted');
  assert.equal(await set(1, 'SOAP'), 'Rejected');
  assert.equal(await set(100, 'JSON'), 'Rejected');
});

test('2.1: tariffs by EVSE and by transaction (I07 to I11)', async () => {
  const station = await rig.ready('2.1', { evses: 2 });
  const tariff = (tariffId: string, currency = 'EUR') => ({ tariffId, currency });
  const set = (evseId: number, id: string) =>
    statusOf(station, 'SetDefaultTariff', { evseId, tariff: tariff(id) });
  assert.equal(await statusOf(station, 'GetTariffs', { evseId: 0 }), 'NoTariff');
  assert.equal(await set(0, 'DAY'), 'Accepted');
  assert.equal(await set(1, 'DAY'), 'DuplicateTariffId');
  assert.equal(await set(1, 'NIGHT'), 'Accepted');
  assert.equal(await set(9, 'X'), 'Rejected');
  const told = (await command(station, 'GetTariffs', { evseId: 1 })).tariffAssignments as Json[];
  assert.deepEqual(
    told.map(({ tariffId }) => tariffId),
    ['DAY', 'NIGHT'],
  );
  const change = (transactionId: string, currency: string) =>
    statusOf(station, 'ChangeTransactionTariff', { transactionId, tariff: tariff('T', currency) });
  assert.equal(await change('x', 'EUR'), 'TxNotFound');
  const transactionId = await charging(station);
  assert.equal(await change(transactionId, 'EUR'), 'Accepted');
  assert.equal(await change(transactionId, 'SEK'), 'NoCurrencyChange');
  const cleared = await command(station, 'ClearTariffs', { tariffIds: ['NIGHT', 'X'] });
  assert.deepEqual(cleared.clearTariffsResult, [
    { tariffId: 'NIGHT', status: 'Accepted' },
    { tariffId: 'X', status: 'NoTariff' },
  ]);
});

test('2.1: DER controls supersede by priority, are reported and cleared (R04)', async () => {
  const station = await rig.ready('2.1');
  const set = (controlId: string, priority: number) =>
    command(station, 'SetDERControl', {
      isDefault: false,
      controlId,
      controlType: 'FixedVar',
      fixedVar: { priority, setpoint: 10, unit: 'PctMaxVar' },
    });
  assert.deepEqual(await set('a', 2), { status: 'Accepted' });
  assert.deepEqual(await set('b', 1), { status: 'Accepted', supersededIds: ['a'] });
  const incomplete = { isDefault: true, controlId: 'c', controlType: 'VoltVar' };
  assert.equal(await statusOf(station, 'SetDERControl', incomplete), 'Rejected');
  await rig.quiet(station);
  assert.deepEqual(
    sent(station, 'NotifyDERStartStop').map(({ controlId, supersededIds }) => [controlId, supersededIds]),
    [
      ['a', undefined],
      ['b', ['a']],
    ],
  );
  assert.equal(await statusOf(station, 'GetDERControl', { requestId: 1 }), 'Accepted');
  await rig.quiet(station);
  assert.deepEqual(
    sent(station, 'ReportDERControl').map(({ fixedVar, tbc }) => [
      (fixedVar as Json[])[0]?.isSuperseded,
      tbc,
    ]),
    [
      [true, true],
      [false, false],
    ],
  );
  const clear = { isDefault: false, controlId: 'a' };
  assert.equal(await statusOf(station, 'ClearDERControl', clear), 'Accepted');
  assert.equal(await statusOf(station, 'ClearDERControl', clear), 'NotFound');
});

test('2.1: a battery swap hands one out and takes one in', async () => {
  const station = await rig.ready('2.1');
  assert.equal(await statusOf(station, 'RequestBatterySwap', { idToken: CARD, requestId: 6 }), 'Accepted');
  await pass(station, 1);
  assert.deepEqual(
    sent(station, 'BatterySwap').map(({ eventType, requestId }) => [eventType, requestId]),
    [
      ['BatteryOut', 6],
      ['BatteryIn', 6],
    ],
  );
});

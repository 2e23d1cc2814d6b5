import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextStep, type Exchange } from '../mod.js';

/** The first CALL of a command to a 1.6 station. */
function sent(action: string, payload: Record<string, unknown>): unknown {
  const step = nextStep('1.6', action, payload, []);
  return 'call' in step ? [step.call.action, step.call.payload] : step;
}

/** How a command ends when the station answers so to its CALLs. */
function told(action: string, payload: Record<string, unknown>, ...answers: Exchange['outcome'][]): unknown {
  const done: Exchange[] = [];
  for (const outcome of answers) {
    const step = nextStep('1.6', action, payload, done);
    assert.ok('call' in step, JSON.stringify(step));
    done.push({ ...step.call, outcome });
  }
  const step = nextStep('1.6', action, payload, done);
  assert.ok('outcome' in step, JSON.stringify(step));
  return step.outcome.status === 'result' ? step.outcome.payload : step.outcome;
}

/** Why a command cannot be sent. */
function refused(action: string, payload: Record<string, unknown>): string {
  const step = nextStep('1.6', action, payload, []);
  assert.ok('unsupported' in step, JSON.stringify(step));
  const [, words = step.unsupported] = /cannot be put in OCPP 1\.6: (.*)$/.exec(step.unsupported) ?? [];
  return words;
}

const result = (payload: object): Exchange['outcome'] => ({ status: 'result', payload });
const error = (code: string): Exchange['outcome'] => ({
  status: 'error',
  code,
  description: 'of the station',
  details: { of: 'the station' },
});

const CARD = { idToken: 'CARD-1', type: 'ISO14443' };
const LONG = 'X'.repeat(21);
const PROFILE = {
  id: 7,
  stackLevel: 2,
  chargingProfilePurpose: 'TxProfile',
  chargingProfileKind: 'Absolute',
  chargingSchedule: [
    {
      id: 1,
      startSchedule: '2026-03-01T00:00:00Z',
      chargingRateUnit: 'A',
      chargingSchedulePeriod: [
        { startPeriod: 0, limit: 16.25, numberPhases: 3, operationMode: 'ChargingOnly' },
      ],
    },
  ],
};
const PROFILE_16 = {
  chargingProfileId: 7,
  stackLevel: 2,
  chargingProfilePurpose: 'TxProfile',
  chargingProfileKind: 'Absolute',
  chargingSchedule: {
    startSchedule: '2026-03-01T00:00:00Z',
    chargingRateUnit: 'A',
    chargingSchedulePeriod: [{ startPeriod: 0, limit: 16.2, numberPhases: 3 }],
  },
};

test('RequestStartTransaction becomes RemoteStartTransaction', () => {
  assert.deepEqual(sent('RequestStartTransaction', { remoteStartId: 4, idToken: CARD }), [
    'RemoteStartTransaction',
    { idTag: 'CARD-1' },
  ]);
  const full = { remoteStartId: 4, idToken: CARD, evseId: 2, chargingProfile: PROFILE };
  assert.deepEqual(sent('RequestStartTransaction', full), [
    'RemoteStartTransaction',
    { connectorId: 2, idTag: 'CARD-1', chargingProfile: PROFILE_16 },
  ]);
  assert.deepEqual(told('RequestStartTransaction', full, result({ status: 'Rejected' })), {
    status: 'Rejected',
  });
  assert.deepEqual(told('RequestStartTransaction', full, error('InternalError')), error('InternalError'));
});

test('RequestStartTransaction: what RemoteStartTransaction has no place for is named', () => {
  const start = (members: object) =>
    refused('RequestStartTransaction', { remoteStartId: 4, idToken: CARD, ...members });
  assert.equal(
    start({ idToken: { ...CARD, idToken: LONG } }),
    '/idToken/idToken: must not be longer than 20 characters there',
  );
  assert.match(
    start({ idToken: { idToken: '', type: 'NoAuthorization' } }),
    /^\/idToken\/idToken: must not be empty/,
  );
  assert.match(start({ evseId: 0 }), /^\/evseId: must be at least 1/);
  assert.match(
    start({ idToken: { ...CARD, additionalInfo: [] } }),
    /^\/idToken\/additionalInfo: has no place/,
  );
  assert.match(start({ groupIdToken: CARD }), /^\/groupIdToken: 1\.6 starts for a token without its group/);
  assert.match(
    start({ chargingProfile: { ...PROFILE, chargingProfilePurpose: 'TxDefaultProfile' } }),
    /^\/chargingProfile\/chargingProfilePurpose: must be TxProfile/,
  );
  assert.match(
    start({ chargingProfile: { ...PROFILE, transactionId: '3' } }),
    /^\/chargingProfile\/transactionId: the transaction has none/,
  );
});

test('an idTag of 20 characters outside the basic plane fits', () => {
  const idToken = { idToken: '𝄞'.repeat(20), type: 'Central' };
  assert.deepEqual(sent('RequestStartTransaction', { remoteStartId: 1, idToken }), [
    'RemoteStartTransaction',
    { idTag: idToken.idToken },
  ]);
});

test('RequestStopTransaction becomes RemoteStopTransaction; the id is a number as text', () => {
  assert.deepEqual(sent('RequestStopTransaction', { transactionId: '1208' }), [
    'RemoteStopTransaction',
    { transactionId: 1208 },
  ]);
  for (const transactionId of ['', 'abc', '1e3', ' 12', '012', '1.5', '-0', '9'.repeat(16), '0x10', '１２']) {
    assert.match(refused('RequestStopTransaction', { transactionId }), /^\/transactionId: must be a number/);
  }
});

test('Reset: Immediate is Hard, OnIdle is Soft; the whole station only', () => {
  assert.deepEqual(sent('Reset', { type: 'Immediate' }), ['Reset', { type: 'Hard' }]);
  assert.deepEqual(sent('Reset', { type: 'OnIdle', evseId: 0 }), ['Reset', { type: 'Soft' }]);
  assert.equal(
    refused('Reset', { type: 'ImmediateAndResume' }),
    '/type: can only be Immediate, OnIdle there, not ImmediateAndResume',
  );
  assert.match(refused('Reset', { type: 'OnIdle', evseId: 1 }), /^\/evseId: can only be 0 there/);
  assert.deepEqual(told('Reset', { type: 'OnIdle' }, result({ status: 'Accepted' })), { status: 'Accepted' });
});

test('UnlockConnector: EVSE n with connector 1 is connector n; NotSupported is UnlockFailed', () => {
  const unlock = { evseId: 2, connectorId: 1 };
  assert.deepEqual(sent('UnlockConnector', unlock), ['UnlockConnector', { connectorId: 2 }]);
  assert.deepEqual(told('UnlockConnector', unlock, result({ status: 'Unlocked' })), { status: 'Unlocked' });
  assert.deepEqual(told('UnlockConnector', unlock, result({ status: 'NotSupported' })), {
    status: 'UnlockFailed',
    statusInfo: {
      reasonCode: 'UnsupportedRequest',
      additionalInfo: 'NotSupported: the connector has no lock, or there is no such connector',
    },
  });
  assert.match(
    refused('UnlockConnector', { evseId: 2, connectorId: 2 }),
    /^\/connectorId: a 1\.6 station has one/,
  );
  assert.match(refused('UnlockConnector', { evseId: 0, connectorId: 0 }), /^\/evseId: must be at least 1/);
});

test('ChangeAvailability: without evse, or EVSE 0, the whole station', () => {
  const change = (members: object) =>
    sent('ChangeAvailability', { operationalStatus: 'Inoperative', ...members });
  assert.deepEqual(change({}), ['ChangeAvailability', { connectorId: 0, type: 'Inoperative' }]);
  assert.deepEqual(change({ evse: { id: 0 } }), [
    'ChangeAvailability',
    { connectorId: 0, type: 'Inoperative' },
  ]);
  assert.deepEqual(change({ evse: { id: 3, connectorId: 1 } }), [
    'ChangeAvailability',
    { connectorId: 3, type: 'Inoperative' },
  ]);
  assert.match(
    refused('ChangeAvailability', { operationalStatus: 'Operative', evse: { id: 3, connectorId: 2 } }),
    /^\/evse\/connectorId/,
  );
  const scheduled = result({ status: 'Scheduled' });
  assert.deepEqual(told('ChangeAvailability', { operationalStatus: 'Operative' }, scheduled), {
    status: 'Scheduled',
  });
});

test('TriggerMessage: by the core message, or by the extended one where only it has the trigger', () => {
  const trigger = (requestedMessage: string, members: object = {}) =>
    sent('TriggerMessage', { requestedMessage, ...members });
  assert.deepEqual(trigger('StatusNotification', { evse: { id: 1 } }), [
    'TriggerMessage',
    { requestedMessage: 'StatusNotification', connectorId: 1 },
  ]);
  assert.deepEqual(trigger('SignChargingStationCertificate'), [
    'ExtendedTriggerMessage',
    { requestedMessage: 'SignChargePointCertificate' },
  ]);
  for (const requestedMessage of [
    'TransactionEvent',
    'SignV2GCertificate',
    'PublishFirmwareStatusNotification',
  ]) {
    assert.match(refused('TriggerMessage', { requestedMessage }), /^\/requestedMessage: /);
  }
  assert.match(
    refused('TriggerMessage', { requestedMessage: 'CustomTrigger', customTrigger: 'a' }),
    /^\/customTrigger: .*DataTransfer/,
  );
  assert.match(
    refused('TriggerMessage', { requestedMessage: 'MeterValues', evse: { id: 0 } }),
    /^\/evse\/id/,
  );
});

test('TriggerMessage of the log status: a station without the whitepaper tells its diagnostics status', () => {
  const request = { requestedMessage: 'LogStatusNotification' };
  const accepted = result({ status: 'Accepted' });
  const extended = { action: 'ExtendedTriggerMessage', payload: request };
  assert.deepEqual(sent('TriggerMessage', request), ['ExtendedTriggerMessage', request]);
  assert.deepEqual(told('TriggerMessage', request, accepted), { status: 'Accepted' });
  const missing = [{ ...extended, outcome: error('NotImplemented') }];
  assert.deepEqual(nextStep('1.6', 'TriggerMessage', request, missing), {
    call: { action: 'TriggerMessage', payload: { requestedMessage: 'DiagnosticsStatusNotification' } },
  });
  assert.deepEqual(told('TriggerMessage', request, error('NotSupported'), accepted), { status: 'Accepted' });
  assert.deepEqual(
    told('TriggerMessage', request, error('NotSupported'), error('InternalError')),
    error('InternalError'),
  );
  assert.deepEqual(told('TriggerMessage', request, error('InternalError')), error('InternalError'));
  const certificate = { requestedMessage: 'SignChargingStationCertificate' };
  assert.deepEqual(told('TriggerMessage', certificate, error('NotSupported')), error('NotSupported'));
});

test('ReserveNow: connector 0 without evseId; the group is the parentIdTag', () => {
  const reserve = { id: 9, expiryDateTime: '2026-03-01T00:00:00Z', idToken: CARD };
  const reserve16 = { reservationId: 9, expiryDate: '2026-03-01T00:00:00Z', idTag: 'CARD-1' };
  assert.deepEqual(sent('ReserveNow', reserve), ['ReserveNow', { connectorId: 0, ...reserve16 }]);
  assert.deepEqual(
    sent('ReserveNow', { ...reserve, evseId: 2, groupIdToken: { idToken: 'FLEET', type: 'Central' } }),
    ['ReserveNow', { connectorId: 2, parentIdTag: 'FLEET', ...reserve16 }],
  );
  assert.match(refused('ReserveNow', { ...reserve, connectorType: 'cType2' }), /^\/connectorType: .*evseId/);
  assert.match(
    refused('ReserveNow', { ...reserve, groupIdToken: { idToken: LONG, type: 'Central' } }),
    /^\/groupIdToken\/idToken: .* 20 /,
  );
  assert.deepEqual(told('ReserveNow', reserve, result({ status: 'Occupied' })), { status: 'Occupied' });
});

test('CancelReservation, ClearCache: as they are', () => {
  assert.deepEqual(sent('CancelReservation', { reservationId: 9 }), [
    'CancelReservation',
    { reservationId: 9 },
  ]);
  assert.deepEqual(sent('ClearCache', {}), ['ClearCache', {}]);
  assert.deepEqual(told('ClearCache', {}, result({ status: 'Rejected' })), { status: 'Rejected' });
});

test('SendLocalList: tokens become idTags, reasons that 1.6 has not become Invalid', () => {
  const list = [
    {
      idToken: CARD,
      idTokenInfo: {
        status: 'NoCredit',
        cacheExpiryDateTime: '2027-01-01T00:00:00Z',
        groupIdToken: { idToken: 'FLEET', type: 'Central' },
      },
    },
    { idToken: { idToken: 'CARD-2', type: 'eMAID' } },
  ];
  const request = { versionNumber: 12, updateType: 'Differential', localAuthorizationList: list };
  assert.deepEqual(sent('SendLocalList', request), [
    'SendLocalList',
    {
      listVersion: 12,
      updateType: 'Differential',
      localAuthorizationList: [
        {
          idTag: 'CARD-1',
          idTagInfo: { status: 'Invalid', expiryDate: '2027-01-01T00:00:00Z', parentIdTag: 'FLEET' },
        },
        { idTag: 'CARD-2' },
      ],
    },
  ]);
  assert.deepEqual(sent('SendLocalList', { versionNumber: 1, updateType: 'Full' }), [
    'SendLocalList',
    { listVersion: 1, updateType: 'Full' },
  ]);
  assert.deepEqual(told('SendLocalList', request, result({ status: 'VersionMismatch' })), {
    status: 'VersionMismatch',
  });
  assert.deepEqual(told('SendLocalList', request, result({ status: 'NotSupported' })), {
    status: 'Failed',
    statusInfo: {
      reasonCode: 'UnsupportedRequest',
      additionalInfo: 'NotSupported: the station has no local list',
    },
  });
});

test('SendLocalList: what 1.6 would not hold of a token is named', () => {
  const send = (...localAuthorizationList: object[]) =>
    refused('SendLocalList', { versionNumber: 1, updateType: 'Full', localAuthorizationList });
  assert.equal(
    send({ idToken: CARD }, { idToken: { idToken: 'card-1', type: 'eMAID' } }),
    '/localAuthorizationList/1/idToken/idToken: is in the list twice',
  );
  assert.match(
    send({ idToken: CARD, idTokenInfo: { status: 'Accepted', evseId: [1] } }),
    /^\/localAuthorizationList\/0\/idTokenInfo\/evseId: /,
  );
  assert.match(
    send({ idToken: { idToken: LONG, type: 'Central' } }),
    /^\/localAuthorizationList\/0\/idToken\/idToken: .* 20 /,
  );
});

test('GetLocalListVersion: -1, no local lists, is 0', () => {
  for (const [listVersion, versionNumber] of [
    [5, 5],
    [0, 0],
    [-1, 0],
  ]) {
    assert.deepEqual(told('GetLocalListVersion', {}, result({ listVersion })), { versionNumber });
  }
});

test('SetChargingProfile: the profile in 1.6 form', () => {
  const request = { evseId: 1, chargingProfile: { ...PROFILE, transactionId: '55' } };
  assert.deepEqual(sent('SetChargingProfile', request), [
    'SetChargingProfile',
    { connectorId: 1, csChargingProfiles: { ...PROFILE_16, transactionId: 55 } },
  ]);
  const station = {
    evseId: 0,
    chargingProfile: { ...PROFILE, chargingProfilePurpose: 'ChargingStationMaxProfile' },
  };
  assert.deepEqual(sent('SetChargingProfile', station), [
    'SetChargingProfile',
    {
      connectorId: 0,
      csChargingProfiles: { ...PROFILE_16, chargingProfilePurpose: 'ChargePointMaxProfile' },
    },
  ]);
  assert.deepEqual(told('SetChargingProfile', request, result({ status: 'NotSupported' })), {
    status: 'Rejected',
    statusInfo: {
      reasonCode: 'UnsupportedRequest',
      additionalInfo: 'NotSupported: the station has no smart charging',
    },
  });
});

test('SetChargingProfile: what 1.6 has no form for is named', () => {
  const set = (members: object) =>
    refused('SetChargingProfile', { evseId: 1, chargingProfile: { ...PROFILE, ...members } });
  const [schedule] = PROFILE.chargingSchedule;
  const period = (members: object) =>
    set({
      chargingSchedule: [{ ...schedule, chargingSchedulePeriod: [{ startPeriod: 0, limit: 6, ...members }] }],
    });
  const at = '/chargingProfile/chargingSchedule/0/chargingSchedulePeriod/0';
  assert.match(
    set({ chargingProfilePurpose: 'LocalGeneration' }),
    /^\/chargingProfile\/chargingProfilePurpose: /,
  );
  assert.match(set({ chargingProfileKind: 'Dynamic' }), /^\/chargingProfile\/chargingProfileKind: /);
  assert.match(set({ transactionId: 'a-uuid' }), /^\/chargingProfile\/transactionId: must be a number/);
  assert.match(set({ maxOfflineDuration: 60 }), /^\/chargingProfile\/maxOfflineDuration: has no place/);
  assert.equal(
    set({ chargingSchedule: [schedule, schedule] }),
    '/chargingProfile/chargingSchedule: 1.6 holds one schedule, not 2',
  );
  assert.equal(period({ limit: undefined }), `${at}/limit: is required there`);
  assert.equal(period({ limit: 1e308 }), `${at}/limit: must be at most 100000000 there`);
  assert.match(period({ limit_L2: 6 }), /limit_L2: 1\.6 has one limit for all phases/);
  assert.match(period({ phaseToUse: 2 }), /phaseToUse: the station chooses/);
  assert.match(period({ setpoint: 100 }), /setpoint: has no place/);
  assert.match(
    period({ operationMode: 'CentralSetpoint' }),
    /operationMode: can only be "ChargingOnly" there, which holds without it/,
  );
});

test('limits are rounded down to 0.1, and what is a multiple of it stays', () => {
  const limits = [0, 6, 8.1, 16.2, 2.3, 1.1, 32.7, 11000 / 3, 0.05, 7.999999999999999, -0.25];
  const expected = [0, 6, 8.1, 16.2, 2.3, 1.1, 32.7, 3666.6, 0, 8, -0.3];
  const chargingSchedulePeriod = limits.map((limit, index) => ({ startPeriod: index, limit }));
  const chargingSchedule = [{ id: 1, chargingRateUnit: 'W', minChargingRate: 6.01, chargingSchedulePeriod }];
  const step = sent('SetChargingProfile', { evseId: 1, chargingProfile: { ...PROFILE, chargingSchedule } });
  const [, payload] = step as [
    string,
    {
      csChargingProfiles: {
        chargingSchedule: { minChargingRate: number; chargingSchedulePeriod: { limit: number }[] };
      };
    },
  ];
  const sentSchedule = payload.csChargingProfiles.chargingSchedule;
  assert.deepEqual(
    sentSchedule.chargingSchedulePeriod.map(({ limit }) => limit),
    expected,
  );
  assert.equal(sentSchedule.minChargingRate, 6.1);
});

test('ClearChargingProfile: by id, or by criteria', () => {
  assert.deepEqual(sent('ClearChargingProfile', { chargingProfileId: 7 }), [
    'ClearChargingProfile',
    { id: 7 },
  ]);
  const chargingProfileCriteria = {
    evseId: 0,
    chargingProfilePurpose: 'ChargingStationMaxProfile',
    stackLevel: 1,
  };
  assert.deepEqual(sent('ClearChargingProfile', { chargingProfileCriteria }), [
    'ClearChargingProfile',
    { connectorId: 0, chargingProfilePurpose: 'ChargePointMaxProfile', stackLevel: 1 },
  ]);
  assert.match(
    refused('ClearChargingProfile', {
      chargingProfileCriteria: { chargingProfilePurpose: 'PriorityCharging' },
    }),
    /^\/chargingProfileCriteria\/chargingProfilePurpose: can only be/,
  );
});

test('GetCompositeSchedule: what the station leaves out is taken from the request', () => {
  const request = { evseId: 1, duration: 600, chargingRateUnit: 'W' };
  assert.deepEqual(sent('GetCompositeSchedule', request), [
    'GetCompositeSchedule',
    { connectorId: 1, duration: 600, chargingRateUnit: 'W' },
  ]);
  const chargingSchedule = {
    chargingRateUnit: 'W',
    startSchedule: '2026-03-01T00:00:00',
    chargingSchedulePeriod: [{ startPeriod: 0, limit: 11000, numberPhases: 9 }],
  };
  const schedule = {
    evseId: 1,
    duration: 600,
    scheduleStart: '2026-03-01T00:00:00.000Z',
    chargingRateUnit: 'W',
    chargingSchedulePeriod: [{ startPeriod: 0, limit: 11000 }],
  };
  const accepted = result({ status: 'Accepted', chargingSchedule });
  assert.deepEqual(told('GetCompositeSchedule', request, accepted), { status: 'Accepted', schedule });
  assert.deepEqual(told('GetCompositeSchedule', request, result({ status: 'Rejected' })), {
    status: 'Rejected',
  });
  const nothing = told('GetCompositeSchedule', request, result({ status: 'Accepted', connectorId: 1 }));
  assert.deepEqual(nothing, {
    status: 'Accepted',
    statusInfo: {
      reasonCode: 'MissingParam',
      additionalInfo: 'the station told no schedule, or not when it begins',
    },
  });
});

test('UpdateFirmware: unsigned, or signed when a signature is given; never unsigned instead', () => {
  const firmware = { location: 'https://example.com/f.bin', retrieveDateTime: '2026-03-01T00:00:00Z' };
  const signature = { signingCertificate: 'PEM', signature: 'SIG', installDateTime: '2026-03-02T00:00:00Z' };
  assert.deepEqual(sent('UpdateFirmware', { requestId: 3, retries: 2, firmware }), [
    'UpdateFirmware',
    { location: 'https://example.com/f.bin', retrieveDate: '2026-03-01T00:00:00Z', retries: 2 },
  ]);
  const signed = { requestId: 3, retryInterval: 5, firmware: { ...firmware, ...signature } };
  assert.deepEqual(sent('UpdateFirmware', signed), ['SignedUpdateFirmware', signed]);
  assert.deepEqual(told('UpdateFirmware', { requestId: 3, firmware }, result({})), { status: 'Accepted' });
  assert.deepEqual(told('UpdateFirmware', signed, result({ status: 'RevokedCertificate' })), {
    status: 'RevokedCertificate',
  });
  assert.deepEqual(told('UpdateFirmware', signed, error('NotImplemented')), error('NotImplemented'));
  const update = (members: object) =>
    refused('UpdateFirmware', { requestId: 3, firmware: { ...firmware, ...members } });
  assert.match(update({ installDateTime: '2026-03-02T00:00:00Z' }), /^\/firmware\/installDateTime: .*signed/);
  assert.match(update({ signature: 'SIG' }), /^\/firmware\/signingCertificate: is required/);
  assert.match(update({ signingCertificate: 'PEM' }), /^\/firmware\/signature: is required/);
  assert.match(update({ ...signature, location: 'x'.repeat(513) }), /^\/firmware\/location: .* 512 /);
  assert.equal(update({ location: 'no uri' }), 'in UpdateFirmware, /location: must be a uri');
});

test('GetLog: a station without it has its diagnostics by GetDiagnostics', () => {
  const log = { remoteLocation: 'ftp://example.com/', oldestTimestamp: '2026-03-01T00:00:00Z' };
  const request = { requestId: 8, logType: 'DiagnosticsLog', retries: 1, log };
  assert.deepEqual(sent('GetLog', request), ['GetLog', request]);
  assert.deepEqual(told('GetLog', request, result({ status: 'AcceptedCanceled', filename: 'a.log' })), {
    status: 'AcceptedCanceled',
    filename: 'a.log',
  });
  for (const code of ['NotSupported', 'NotImplemented']) {
    const done = [{ action: 'GetLog', payload: request, outcome: error(code) }];
    assert.deepEqual(nextStep('1.6', 'GetLog', request, done), {
      call: {
        action: 'GetDiagnostics',
        payload: { location: 'ftp://example.com/', retries: 1, startTime: '2026-03-01T00:00:00Z' },
      },
    });
    assert.deepEqual(told('GetLog', request, error(code), result({ fileName: 'd.zip' })), {
      status: 'Accepted',
      filename: 'd.zip',
    });
    assert.deepEqual(told('GetLog', request, error(code), result({})), {
      status: 'Rejected',
      statusInfo: { reasonCode: 'NotFound', additionalInfo: 'the station has no diagnostics to upload' },
    });
    assert.deepEqual(told('GetLog', request, error(code), error('InternalError')), error('InternalError'));
    assert.deepEqual(told('GetLog', { ...request, logType: 'SecurityLog' }, error(code)), error(code));
  }
  assert.deepEqual(told('GetLog', request, error('GenericError')), error('GenericError'));
  assert.match(refused('GetLog', { ...request, logType: 'DataCollectorLog' }), /^\/logType: can only be/);
});

test('DataTransfer: data that is no text is sent as its JSON', () => {
  const transfer = (data: unknown) => sent('DataTransfer', { vendorId: 'v', messageId: 'm', data });
  for (const [data, text] of [
    ['as it is', 'as it is'],
    [{ a: [1, null] }, '{"a":[1,null]}'],
    [null, 'null'],
    [5, '5'],
  ]) {
    assert.deepEqual(transfer(data), ['DataTransfer', { vendorId: 'v', messageId: 'm', data: text }]);
  }
  assert.deepEqual(sent('DataTransfer', { vendorId: 'v' }), ['DataTransfer', { vendorId: 'v' }]);
  assert.deepEqual(told('DataTransfer', { vendorId: 'v' }, result({ status: 'Accepted', data: '{"a":1}' })), {
    status: 'Accepted',
    data: '{"a":1}',
  });
});

test('certificates: the two roots that 1.6 knows', () => {
  assert.deepEqual(
    sent('InstallCertificate', { certificateType: 'CSMSRootCertificate', certificate: 'PEM' }),
    ['InstallCertificate', { certificateType: 'CentralSystemRootCertificate', certificate: 'PEM' }],
  );
  assert.match(
    refused('InstallCertificate', { certificateType: 'V2GRootCertificate', certificate: 'PEM' }),
    /^\/certificateType: can only be CSMSRootCertificate, ManufacturerRootCertificate there.*ISO 15118/,
  );
  assert.match(
    refused('InstallCertificate', { certificateType: 'CSMSRootCertificate', certificate: 'x'.repeat(5501) }),
    /^\/certificate: .* 5500 /,
  );
  const certificateHashData = {
    hashAlgorithm: 'SHA256',
    issuerNameHash: 'a',
    issuerKeyHash: 'b',
    serialNumber: 'c',
  };
  assert.deepEqual(sent('DeleteCertificate', { certificateHashData }), [
    'DeleteCertificate',
    { certificateHashData },
  ]);
  assert.deepEqual(sent('CertificateSigned', { certificateChain: 'PEM', requestId: 4 }), [
    'CertificateSigned',
    { certificateChain: 'PEM' },
  ]);
  assert.match(
    refused('CertificateSigned', { certificateChain: 'PEM', certificateType: 'V2GCertificate' }),
    /^\/certificateType: can only be "ChargingStationCertificate"/,
  );
});

test('GetInstalledCertificateIds: one CALL a type, told together', () => {
  const hash = { hashAlgorithm: 'SHA256', issuerNameHash: 'a', issuerKeyHash: 'b', serialNumber: 'c' };
  const some = result({ status: 'Accepted', certificateHashData: [hash] });
  const none = result({ status: 'NotFound' });
  assert.deepEqual(sent('GetInstalledCertificateIds', {}), [
    'GetInstalledCertificateIds',
    { certificateType: 'CentralSystemRootCertificate' },
  ]);
  assert.deepEqual(told('GetInstalledCertificateIds', {}, none, some), {
    status: 'Accepted',
    certificateHashDataChain: [{ certificateType: 'ManufacturerRootCertificate', certificateHashData: hash }],
  });
  assert.deepEqual(told('GetInstalledCertificateIds', {}, none, none), { status: 'NotFound' });
  assert.deepEqual(told('GetInstalledCertificateIds', {}, error('NotImplemented')), error('NotImplemented'));
  assert.deepEqual(
    told('GetInstalledCertificateIds', {}, some, error('InternalError')),
    error('InternalError'),
  );
  const twice = { certificateType: ['CSMSRootCertificate', 'CSMSRootCertificate'] };
  assert.deepEqual(told('GetInstalledCertificateIds', twice, some), {
    status: 'Accepted',
    certificateHashDataChain: [{ certificateType: 'CSMSRootCertificate', certificateHashData: hash }],
  });
  assert.match(
    refused('GetInstalledCertificateIds', {
      certificateType: ['CSMSRootCertificate', 'V2GCertificateChain'],
    }),
    /^\/certificateType\/1: /,
  );
});

test('what 1.6 has nothing for is told with what it has instead', () => {
  assert.match(
    refused('GetChargingProfiles', {}),
    /^OCPP 1\.6 has no GetChargingProfiles: .*GetCompositeSchedule$/,
  );
  assert.match(refused('GetBaseReport', {}), /GetVariables and SetVariables reach them/);
});

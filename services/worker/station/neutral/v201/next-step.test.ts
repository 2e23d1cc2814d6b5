import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextStep, type Exchange } from '../mod.js';

type Members = Record<string, unknown>;

const sent = (action: string, payload: Members): unknown => {
  const step = nextStep('2.0.1', action, payload, []);
  return 'call' in step ? step.call : step;
};

/** Why a command cannot be sent. */
function refused(action: string, payload: Members): string {
  const step = nextStep('2.0.1', action, payload, []);
  assert.ok('unsupported' in step, JSON.stringify(step));
  const [, words = step.unsupported] = /cannot be put in OCPP 2\.0\.1: (.*)$/.exec(step.unsupported) ?? [];
  return words;
}

const PERIOD = { startPeriod: 0, limit: 16.25 };
const profile = (members: Members = {}, schedule: Members = {}, period: Members = {}) => ({
  id: 1,
  stackLevel: 0,
  chargingProfilePurpose: 'TxProfile',
  chargingProfileKind: 'Relative',
  ...members,
  chargingSchedule: [
    { id: 1, chargingRateUnit: 'W', ...schedule, chargingSchedulePeriod: [{ ...PERIOD, ...period }] },
  ],
});

test('what both versions take goes as it is', () => {
  const payload = { evseId: 1, chargingProfile: profile() };
  assert.deepEqual(sent('SetChargingProfile', payload), { action: 'SetChargingProfile', payload });
  const start = {
    remoteStartId: 1,
    idToken: { idToken: 'A', type: 'Central' },
    customData: { vendorId: 'v', a: 1 },
  };
  assert.deepEqual(sent('RequestStartTransaction', start), {
    action: 'RequestStartTransaction',
    payload: start,
  });
});

test('a profile: what says what holds without it is left out, the rest is refused', () => {
  const told = profile(
    { invalidAfterOfflineDuration: false },
    { useLocalTime: false, randomizedDelay: 0 },
    { operationMode: 'ChargingOnly', evseSleep: false, preconditioningRequest: false },
  );
  for (const [action, rest] of [
    ['SetChargingProfile', { evseId: 1 }],
    ['RequestStartTransaction', { remoteStartId: 1, idToken: { idToken: 'A', type: 'Central' } }],
  ] as const) {
    assert.deepEqual(sent(action, { ...rest, chargingProfile: told }), {
      action,
      payload: { ...rest, chargingProfile: profile() },
    });
    const why = (chargingProfile: object) => refused(action, { ...rest, chargingProfile });
    const at = '/chargingProfile/chargingSchedule/0';
    assert.equal(
      why(profile({ maxOfflineDuration: 5 })),
      '/chargingProfile/maxOfflineDuration: has no place there; leave it out',
    );
    assert.equal(
      why(profile({}, { useLocalTime: true })),
      `${at}/useLocalTime: has no place there; leave it out`,
    );
    assert.equal(
      why(profile({}, {}, { limit: undefined })),
      `${at}/chargingSchedulePeriod/0/limit: is required there`,
    );
    assert.match(
      why(profile({ chargingProfileKind: 'Dynamic' })),
      /^\/chargingProfile\/chargingProfileKind: must be one of/,
    );
    assert.match(
      why(profile({ chargingProfilePurpose: 'LocalGeneration' })),
      /chargingProfilePurpose: must be one of/,
    );
    assert.match(why(profile({}, {}, { setpoint: 5 })), /setpoint: has no place/);
  }
});

test('a token: 36 characters, and the types that 2.0.1 has', () => {
  const start = (idToken: Members) => refused('RequestStartTransaction', { remoteStartId: 1, idToken });
  assert.equal(
    start({ idToken: 'x'.repeat(37), type: 'Central' }),
    '/idToken/idToken: must not be longer than 36 characters there',
  );
  assert.match(start({ idToken: 'x', type: 'DirectPayment' }), /^\/idToken\/type: must be one of Central/);
});

test('CertificateSigned: requestId stays behind', () => {
  const payload = { certificateChain: 'PEM', certificateType: 'V2GCertificate' };
  assert.deepEqual(sent('CertificateSigned', { ...payload, requestId: 4 }), {
    action: 'CertificateSigned',
    payload,
  });
  assert.match(
    refused('CertificateSigned', { ...payload, certificateType: 'V2G20Certificate' }),
    /^\/certificateType: must be one of/,
  );
});

test('SetNetworkProfile: ocppVersion, which 2.0.1 demands', () => {
  const data = {
    ocppCsmsUrl: 'wss://example.com',
    ocppInterface: 'Wired0',
    ocppTransport: 'JSON',
    messageTimeout: 30,
    securityProfile: 2,
  };
  const set = (members: Members) => ({ configurationSlot: 1, connectionData: { ...data, ...members } });
  for (const [version, expected] of [
    [undefined, 'OCPP20'],
    ['OCPP21', 'OCPP20'],
    ['OCPP201', 'OCPP20'],
    ['OCPP16', 'OCPP16'],
  ]) {
    const request = version === undefined ? set({}) : set({ ocppVersion: version });
    assert.deepEqual(sent('SetNetworkProfile', request), {
      action: 'SetNetworkProfile',
      payload: set({ ocppVersion: expected }),
    });
  }
  assert.match(
    refused('SetNetworkProfile', set({ identity: 'CS1' })),
    /^\/connectionData\/identity: has no place/,
  );
  assert.match(refused('SetNetworkProfile', set({ ocppInterface: 'Any' })), /ocppInterface: must be one of/);
});

test('limits and values that 2.0.1 has not are named', () => {
  const variable = { component: { name: 'C' }, variable: { name: 'V' } };
  assert.match(
    refused('SetVariables', { setVariableData: [{ ...variable, attributeValue: 'x'.repeat(1001) }] }),
    /^\/setVariableData\/0\/attributeValue: must not be longer than 1000/,
  );
  assert.match(
    refused('Reset', { type: 'ImmediateAndResume' }),
    /^\/type: must be one of Immediate, OnIdle there$/,
  );
  assert.match(refused('TriggerMessage', { requestedMessage: 'CustomTrigger' }), /^\/requestedMessage: /);
  assert.match(refused('SetDERControl', {}), /^OCPP 2\.0\.1 has no SetDERControl: /);
});

test("the station's answer: as it is; its error too; what has no form in 2.1 is an error that says so", () => {
  const request = { duration: 60, evseId: 1 };
  const end = (outcome: Exchange['outcome']) =>
    nextStep('2.0.1', 'GetCompositeSchedule', request, [
      { action: 'GetCompositeSchedule', payload: request, outcome },
    ]);
  const schedule = (evseId: number) => ({
    evseId,
    duration: 60,
    scheduleStart: '2026-03-01T00:00:00Z',
    chargingRateUnit: 'W',
    chargingSchedulePeriod: [{ startPeriod: 0, limit: 5 }],
  });
  const fine = { status: 'result', payload: { status: 'Accepted', schedule: schedule(1) } } as const;
  assert.deepEqual(end(fine), { outcome: fine });
  const error = { status: 'error', code: 'InternalError', description: 'd', details: { a: 1 } } as const;
  assert.deepEqual(end(error), { outcome: error });
  assert.deepEqual(end({ status: 'result', payload: { status: 'Accepted', schedule: schedule(-1) } }), {
    outcome: {
      status: 'error',
      code: 'PropertyConstraintViolation',
      description: "the station's answer has no form in OCPP 2.1: /schedule/evseId: must be at least 0",
      details: {},
    },
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONFIGURATION_KEYS, nextStep, type Exchange } from '../mod.js';

type Item = Record<string, unknown>;

/** `component.variable`, with an instance of the variable as `[instance]`. */
function item(place: string, members: object = {}): Item {
  const [, component, variable, instance] = /^(\w+)\.(\w+)(?:\[(\w+)\])?$/.exec(place) ?? [];
  const named = { name: variable, ...(instance !== undefined && { instance }) };
  return { component: { name: component }, variable: named, ...members };
}

const get = (...getVariableData: Item[]) => ({ getVariableData });
const set = (...setVariableData: Item[]) => ({ setVariableData });
const value = (place: string, attributeValue: string) => item(place, { attributeValue });

const result = (payload: object): Exchange['outcome'] => ({ status: 'result', payload });
const changed = (status: string) => result({ status });
const error = (code: string): Exchange['outcome'] => ({
  status: 'error',
  code,
  description: 'of the station',
  details: {},
});

/** The CALLs that a command makes of a station that answers so, and how it ends. */
function carryOut(action: string, request: Record<string, unknown>, ...answers: Exchange['outcome'][]) {
  const done: Exchange[] = [];
  for (const outcome of answers) {
    const step = nextStep('1.6', action, request, done);
    assert.ok('call' in step, JSON.stringify(step));
    done.push({ ...step.call, outcome });
  }
  const last = nextStep('1.6', action, request, done);
  assert.ok('outcome' in last, JSON.stringify(last));
  const { outcome } = last;
  return { calls: done.map(({ payload }) => payload), outcome };
}

/** Statuses and values of a result, without the names that it repeats. */
function told(outcome: unknown): unknown[] {
  const { payload } = outcome as { payload: Record<string, Record<string, unknown>[]> };
  const results = payload.getVariableResult ?? payload.setVariableResult ?? [];
  return results.map(({ attributeStatus, attributeValue }) =>
    attributeValue === undefined ? attributeStatus : [attributeStatus, attributeValue],
  );
}

function unsupported(action: string, request: Record<string, unknown>): string {
  const step = nextStep('1.6', action, request, []);
  assert.ok('unsupported' in step, JSON.stringify(step));
  return step.unsupported;
}

test('every configuration key stands for one variable', () => {
  const keys = CONFIGURATION_KEYS.map(({ key }) => key.toLowerCase());
  const variables = CONFIGURATION_KEYS.map(({ component, variable, instance }) => {
    assert.match(component, /^\w+Ctrlr$/);
    assert.match(variable, /^\w+$/);
    return `${component}.${variable}[${instance}]`.toLowerCase();
  });
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(new Set(variables).size, variables.length);
  assert.ok(keys.length >= 40);
});

test('GetVariables: one GetConfiguration; the result in the order and the names of the request', () => {
  const request = get(
    item('OCPPCommCtrlr.HeartbeatInterval', { attributeType: 'Actual' }),
    item('occpcommctrlr.heartbeatinterval'),
    item('ocppcommctrlr.messageATTEMPTS[transactionevent]'),
    item('ConfigurationKey.LightIntensity'),
    item('ConfigurationKey.heartbeatInterval'),
    item('SmartChargingCtrlr.RateUnit'),
    item('TxCtrlr.EVConnectionTimeOut'),
  );
  const configurationKey = [
    { key: 'transactionmessageattempts', readonly: false, value: '3' },
    { key: 'HeartbeatInterval', readonly: false, value: '900' },
    { key: 'ChargingScheduleAllowedChargingRateUnit', readonly: true, value: 'Current, Power' },
    { key: 'ConnectionTimeOut', readonly: false },
    { key: 'NotAskedFor', readonly: false, value: 'x' },
  ];
  const answer = result({ configurationKey, unknownKey: ['LightIntensity'] });
  const { calls, outcome } = carryOut('GetVariables', request, answer);
  assert.deepEqual(calls, [
    {
      key: [
        'heartbeatInterval',
        'TransactionMessageAttempts',
        'LightIntensity',
        'ChargingScheduleAllowedChargingRateUnit',
        'ConnectionTimeOut',
      ],
    },
  ]);
  assert.deepEqual(told(outcome), [
    ['Accepted', '900'],
    'UnknownComponent',
    ['Accepted', '3'],
    'UnknownVariable',
    ['Accepted', '900'],
    ['Accepted', 'A,W'],
    ['Accepted', ''],
  ]);
  const { payload } = outcome as { payload: { getVariableResult: Item[] } };
  assert.deepEqual(payload.getVariableResult[0], {
    attributeStatus: 'Accepted',
    attributeValue: '900',
    attributeType: 'Actual',
    component: { name: 'OCPPCommCtrlr' },
    variable: { name: 'HeartbeatInterval' },
  });
});

test('GetVariables: the station is not asked for what no key stands for, and not at all for nothing', () => {
  const evse = { component: { name: 'TxCtrlr', evse: { id: 1 } }, variable: { name: 'EVConnectionTimeOut' } };
  const { calls, outcome } = carryOut(
    'GetVariables',
    get(
      item('OCPPCommCtrlr.HeartbeatInterval', { attributeType: 'MaxSet' }),
      item('OCPPCommCtrlr.MessageAttempts'),
      item('OCPPCommCtrlr.HeartbeatInterval[x]'),
      item('EVSE.Power'),
      evse,
    ),
  );
  assert.deepEqual(calls, []);
  assert.deepEqual(told(outcome), [
    'NotSupportedAttributeType',
    'UnknownVariable',
    'UnknownVariable',
    'UnknownComponent',
    'UnknownComponent',
  ]);
});

test('GetVariables never tells a password, whatever name it is asked by', () => {
  const request = get(item('SecurityCtrlr.BasicAuthPassword'), item('configurationkey.authorizationkey'));
  const leak = result({
    configurationKey: [{ key: 'AuthorizationKey', readonly: false, value: 'DEADBEEF' }],
  });
  const { outcome } = carryOut('GetVariables', request, leak);
  assert.deepEqual(told(outcome), ['Rejected', 'Rejected']);
  assert.doesNotMatch(JSON.stringify(outcome), /DEADBEEF/);
});

test("GetVariables: the station's error is passed as it is", () => {
  const request = get(item('OCPPCommCtrlr.HeartbeatInterval'));
  assert.deepEqual(carryOut('GetVariables', request, error('InternalError')).outcome, error('InternalError'));
});

test('SetVariables: a ChangeConfiguration each, in order; statuses both ways', () => {
  const request = set(
    value('OCPPCommCtrlr.HeartbeatInterval', '300'),
    value('EVSE.Power', '1'),
    value('ConfigurationKey.LightIntensity', '80'),
    value('SmartChargingCtrlr.RateUnit', 'A, W'),
    item('TxCtrlr.EVConnectionTimeOut', { attributeType: 'Target', attributeValue: '5' }),
    value('SecurityCtrlr.SecurityProfile', '2'),
  );
  const { calls, outcome } = carryOut(
    'SetVariables',
    request,
    changed('Accepted'),
    changed('NotSupported'),
    changed('Rejected'),
    changed('RebootRequired'),
  );
  assert.deepEqual(calls, [
    { key: 'HeartbeatInterval', value: '300' },
    { key: 'LightIntensity', value: '80' },
    { key: 'ChargingScheduleAllowedChargingRateUnit', value: 'Current,Power' },
    { key: 'SecurityProfile', value: '2' },
  ]);
  assert.deepEqual(told(outcome), [
    'Accepted',
    'UnknownComponent',
    'UnknownVariable',
    'Rejected',
    'NotSupportedAttributeType',
    'RebootRequired',
  ]);
});

test('SetVariables: an error for one of several is its own; when all fail it is the first', () => {
  const request = set(
    value('OCPPCommCtrlr.HeartbeatInterval', '1'),
    value('TxCtrlr.EVConnectionTimeOut', '2'),
  );
  const { outcome } = carryOut('SetVariables', request, error('InternalError'), changed('Accepted'));
  assert.deepEqual(told(outcome), ['Rejected', 'Accepted']);
  assert.match(JSON.stringify(outcome), /InternalError: of the station/);
  assert.deepEqual(
    carryOut('SetVariables', request, error('NotSupported'), error('InternalError')).outcome,
    error('NotSupported'),
  );
});

test('BasicAuthPassword becomes the hexadecimal digits of its bytes (1.6J 6.2.2)', () => {
  const password = (text: string) => set(value('SecurityCtrlr.BasicAuthPassword', text));
  assert.deepEqual(carryOut('SetVariables', password('0123456789abcdéf'), changed('Accepted')).calls, [
    { key: 'AuthorizationKey', value: '3031323334353637383961626364C3A966' },
  ]);
  for (const text of ['', 'x'.repeat(15), 'x'.repeat(21), 'é'.repeat(11)]) {
    assert.match(
      unsupported('SetVariables', password(text)),
      /^SetVariables cannot be put in OCPP 1\.6: \/setVariableData\/0\/attributeValue: must have 16 to 20 bytes/,
    );
  }
  const digits = 'FF'.repeat(20);
  const asKey = set(value('ConfigurationKey.AuthorizationKey', digits));
  assert.deepEqual(carryOut('SetVariables', asKey, changed('Accepted')).calls, [
    { key: 'AuthorizationKey', value: digits },
  ]);
});

test('SetVariables: limits of values and of their number, before anything is sent', () => {
  const long = value('ConfigurationKey.Banner', 'x'.repeat(501));
  assert.match(
    unsupported('SetVariables', set(value('ConfigurationKey.Other', 'x'.repeat(500)), long)),
    /\/setVariableData\/1\/attributeValue: must not be longer than 500 characters/,
  );
  const many = (count: number) =>
    set(...Array.from({ length: count }, (_, index) => value(`ConfigurationKey.K${index}`, 'x')));
  assert.match(unsupported('SetVariables', many(51)), /\/setVariableData: must have at most 50 elements/);
  const { calls, outcome } = carryOut(
    'SetVariables',
    many(50),
    ...Array.from({ length: 50 }, () => changed('Accepted')),
  );
  assert.equal(calls.length, 50);
  assert.deepEqual(new Set(told(outcome)), new Set(['Accepted']));
});

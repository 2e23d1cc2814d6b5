import type { Version } from '../../libs/ocpp/mod.js';

/** A CALL of a station that must be answered with a CALLERROR (CONFORMANCE.md 2). */
export interface InvalidCall {
  readonly name: string;
  readonly action: string;
  readonly payload: unknown;
  /** The error code in 1.6, in 2.0.1 and 2.1. */
  readonly code: Readonly<Record<'1.6' | '2.x', string>>;
}

const same = (code: string): InvalidCall['code'] => ({ '1.6': code, '2.x': code });
const STRUCTURE = { '1.6': 'FormationViolation', '2.x': 'FormatViolation' } as const;
/** The misspelling is 1.6's own. */
const OCCURRENCE = { '1.6': 'OccurenceConstraintViolation', '2.x': 'OccurrenceConstraintViolation' } as const;
const TYPE = same('TypeConstraintViolation');
const VALUE = same('PropertyConstraintViolation');

const ANY_VERSION: readonly InvalidCall[] = [
  { name: 'an action that nobody knows', action: 'MakeCoffee', payload: {}, code: same('NotImplemented') },
  { name: 'an action in the wrong casing', action: 'heartbeat', payload: {}, code: same('NotImplemented') },
  { name: 'an empty action', action: '', payload: {}, code: same('NotImplemented') },
  { name: 'an inherited name as action', action: '__proto__', payload: {}, code: same('NotImplemented') },
  { name: 'another inherited name as action', action: 'toString', payload: {}, code: same('NotImplemented') },
  {
    name: "the central system's action",
    action: 'Reset',
    payload: { type: 'Soft' },
    code: same('NotSupported'),
  },
  {
    name: "the central system's action, malformed too",
    action: 'Reset',
    payload: {},
    code: same('NotSupported'),
  },
  { name: 'a payload that is a list', action: 'Heartbeat', payload: [], code: STRUCTURE },
  { name: 'a payload that is a text', action: 'Heartbeat', payload: 'x', code: STRUCTURE },
  { name: 'a payload that is a number', action: 'Heartbeat', payload: 1, code: STRUCTURE },
];

const OF_16: readonly InvalidCall[] = [
  {
    name: 'a member missing',
    action: 'StartTransaction',
    payload: { connectorId: 1, idTag: 'A', meterStart: 0 },
    code: OCCURRENCE,
  },
  {
    name: 'a text where a number belongs',
    action: 'StartTransaction',
    payload: { connectorId: '1', idTag: 'A', meterStart: 0, timestamp: '2026-03-01T08:00:00Z' },
    code: TYPE,
  },
  { name: 'an object where a text belongs', action: 'Authorize', payload: { idTag: { x: 1 } }, code: TYPE },
  { name: 'a list where a text belongs', action: 'Authorize', payload: { idTag: ['A'] }, code: TYPE },
  {
    name: 'a value that the enumeration does not have',
    action: 'StatusNotification',
    payload: { connectorId: 1, errorCode: 'NoError', status: 'Sleeping' },
    code: VALUE,
  },
  { name: 'a text that is too long', action: 'Authorize', payload: { idTag: 'A'.repeat(21) }, code: VALUE },
  {
    name: 'a timestamp that is none',
    action: 'StartTransaction',
    payload: { connectorId: 1, idTag: 'A', meterStart: 0, timestamp: 'yesterday' },
    code: VALUE,
  },
];

const OF_2X: readonly InvalidCall[] = [
  { name: 'a member missing', action: 'BootNotification', payload: { reason: 'PowerUp' }, code: OCCURRENCE },
  {
    name: 'a list that is too short',
    action: 'MeterValues',
    payload: { evseId: 1, meterValue: [] },
    code: OCCURRENCE,
  },
  {
    name: 'a text where a number belongs',
    action: 'MeterValues',
    payload: {
      evseId: '1',
      meterValue: [{ timestamp: '2026-03-01T08:00:00Z', sampledValue: [{ value: 1 }] }],
    },
    code: TYPE,
  },
  {
    name: 'an object where a text belongs',
    action: 'Authorize',
    payload: { idToken: { idToken: {}, type: 'ISO14443' } },
    code: TYPE,
  },
  {
    name: 'a value that the enumeration does not have',
    action: 'BootNotification',
    payload: { reason: 'Boredom', chargingStation: { vendorName: 'V', model: 'M' } },
    code: VALUE,
  },
  {
    name: 'a text that is too long',
    action: 'Authorize',
    payload: { idToken: { idToken: 'A'.repeat(256), type: 'ISO14443' } },
    code: VALUE,
  },
  {
    name: 'a timestamp that is none',
    action: 'StatusNotification',
    payload: { timestamp: 'yesterday', evseId: 1, connectorId: 1, connectorStatus: 'Available' },
    code: VALUE,
  },
];

/** The CALLs that `version` must refuse. */
export function invalidCalls(version: Version): readonly (InvalidCall & { readonly expected: string })[] {
  const family = version === '1.6' ? '1.6' : '2.x';
  return [...ANY_VERSION, ...(family === '1.6' ? OF_16 : OF_2X)].map((call) => ({
    ...call,
    expected: call.code[family],
  }));
}

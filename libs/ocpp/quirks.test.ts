import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkCall, type Checked } from './check.js';
import { decodeFrame } from './decode.js';
import { encodeCall } from './encode.js';
import { DEFAULT_QUIRKS, isQuirk, QUIRKS, type Quirk } from './quirks.js';
import type { Version } from './versions.js';

function check(version: Version, action: string, payload: object | string, quirks = DEFAULT_QUIRKS): Checked {
  const text =
    typeof payload === 'string' ? `[2,"7","${action}",${payload}]` : encodeCall('7', action, payload);
  const decoded = decodeFrame(version, new TextEncoder().encode(text));
  assert.ok(decoded.ok && decoded.frame.type === 2);
  const before = JSON.stringify(decoded.frame.payload);
  const checked = checkCall(version, 'station', decoded.frame, quirks);
  assert.equal(JSON.stringify(decoded.frame.payload), before, 'the decoded payload is not changed');
  return checked;
}

function repaired(checked: Checked): { payload: unknown; quirks: readonly Quirk[] } {
  assert.ok(checked.ok, checked.ok ? '' : checked.fault.detail);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(checked.raw)), checked.payload);
  return { payload: checked.payload, quirks: checked.repaired };
}

/** Each quirk of payloads: what it mends, and that it alone does. */
const CASES: readonly {
  readonly quirk: Quirk;
  readonly what: string;
  readonly version: Version;
  readonly action: string;
  readonly sent: object | string;
  readonly taken: object;
}[] = [
  {
    quirk: 'extra_property',
    what: 'drops extra members everywhere, at any depth',
    version: '1.6',
    action: 'MeterValues',
    sent: {
      connectorId: 1,
      extra: {},
      meterValue: [
        { timestamp: '2026-11-21T10:00:00Z', sampledValue: [{ value: '1' }, { value: '2', a: 1 }], b: 1 },
        { timestamp: '2026-11-21T10:00:00Z', sampledValue: [{ value: '3', a: 1 }], c: [] },
      ],
    },
    taken: {
      connectorId: 1,
      meterValue: [
        { timestamp: '2026-11-21T10:00:00Z', sampledValue: [{ value: '1' }, { value: '2' }] },
        { timestamp: '2026-11-21T10:00:00Z', sampledValue: [{ value: '3' }] },
      ],
    },
  },
  {
    quirk: 'extra_property',
    what: 'drops __proto__ without following it',
    version: '1.6',
    action: 'Authorize',
    sent: '{"idTag":"A","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
    taken: { idTag: 'A' },
  },
  {
    quirk: 'number_for_string',
    what: 'takes numbers for texts',
    version: '1.6',
    action: 'MeterValues',
    sent: {
      connectorId: 1,
      meterValue: [
        { timestamp: '2026-11-21T10:00:00Z', sampledValue: [{ value: 7.5 }, { value: 'x' }, { value: 8 }] },
      ],
    },
    taken: {
      connectorId: 1,
      meterValue: [
        {
          timestamp: '2026-11-21T10:00:00Z',
          sampledValue: [{ value: '7.5' }, { value: 'x' }, { value: '8' }],
        },
      ],
    },
  },
  {
    quirk: 'number_for_string',
    what: 'takes a number for an idTag',
    version: '1.6',
    action: 'Authorize',
    sent: { idTag: 12345 },
    taken: { idTag: '12345' },
  },
  {
    quirk: 'long_string',
    what: 'cuts over-long serial numbers',
    version: '1.6',
    action: 'BootNotification',
    sent: { chargePointVendor: 'V', chargePointModel: 'M', chargePointSerialNumber: '€'.repeat(40) },
    taken: { chargePointVendor: 'V', chargePointModel: 'M', chargePointSerialNumber: '€'.repeat(25) },
  },
  {
    quirk: 'long_string',
    what: 'cuts over-long serial numbers',
    version: '2.0.1',
    action: 'BootNotification',
    sent: {
      reason: 'PowerUp',
      chargingStation: { model: 'M', vendorName: 'V', serialNumber: '𝄞'.repeat(26) },
    },
    taken: {
      reason: 'PowerUp',
      chargingStation: { model: 'M', vendorName: 'V', serialNumber: '𝄞'.repeat(25) },
    },
  },
  {
    quirk: 'empty_vendor',
    what: 'takes a missing or null vendor for an empty one',
    version: '1.6',
    action: 'BootNotification',
    sent: { chargePointVendor: null },
    taken: { chargePointVendor: '', chargePointModel: '' },
  },
  {
    quirk: 'empty_vendor',
    what: 'takes a missing vendor for an empty one',
    version: '2.1',
    action: 'BootNotification',
    sent: { reason: 'PowerUp', chargingStation: { model: 'M' } },
    taken: { reason: 'PowerUp', chargingStation: { model: 'M', vendorName: '' } },
  },
  {
    quirk: 'unknown_error_code',
    what: 'takes an unknown errorCode for OtherError',
    version: '1.6',
    action: 'StatusNotification',
    sent: { connectorId: 1, errorCode: 'EmergencyStop', status: 'Faulted' },
    taken: { connectorId: 1, errorCode: 'OtherError', status: 'Faulted' },
  },
  {
    quirk: 'unit_spelling',
    what: 'takes units in other casing',
    version: '1.6',
    action: 'MeterValues',
    sent: {
      connectorId: 1,
      meterValue: [
        {
          timestamp: '2026-11-21T10:00:00Z',
          sampledValue: [
            { value: '1', unit: 'celsius' },
            { value: '1', unit: 'KWH' },
            { value: '1', unit: 'A' },
          ],
        },
      ],
    },
    taken: {
      connectorId: 1,
      meterValue: [
        {
          timestamp: '2026-11-21T10:00:00Z',
          sampledValue: [
            { value: '1', unit: 'Celsius' },
            { value: '1', unit: 'kWh' },
            { value: '1', unit: 'A' },
          ],
        },
      ],
    },
  },
];

for (const { quirk, what, version, action, sent, taken } of CASES) {
  describe(`${quirk}, ${version} ${action}`, () => {
    it(what, () => {
      assert.deepEqual(repaired(check(version, action, sent)), { payload: taken, quirks: [quirk] });
      assert.ok(check(version, action, sent, new Set([quirk])).ok);
    });

    it('is refused when the quirk is off', () => {
      const others = new Set([...DEFAULT_QUIRKS].filter((one) => one !== quirk));
      assert.ok(!check(version, action, sent, others).ok);
    });
  });
}

describe('repairs', () => {
  it('work together, each quirk named once', () => {
    const sent = { idTag: 5, a: 1, b: 2, connectorId: 1, meterStart: 0, timestamp: '2026-11-21 10:00:00' };
    const { payload, quirks } = repaired(check('1.6', 'StartTransaction', sent));
    const { a: _a, b: _b, ...rest } = sent;
    assert.deepEqual(payload, { ...rest, idTag: '5' });
    assert.deepEqual([...quirks].toSorted(), ['extra_property', 'number_for_string']);
  });

  it('end at the first violation that no quirk covers', () => {
    const checked = check('1.6', 'StartTransaction', {
      idTag: 5,
      extra: 1,
      connectorId: 'one',
      meterStart: 0,
    });
    assert.ok(!checked.ok);
    assert.deepEqual([checked.fault.kind, checked.fault.id], ['wrong_occurrence', '7']);
    assert.equal(checked.fault.detail, '/timestamp: is required');
  });

  it('leave what merely looks alike alone', () => {
    for (const idTag of [true, null, {}, ['A']]) {
      const checked = check('1.6', 'Authorize', { idTag });
      assert.ok(!checked.ok && checked.fault.kind === 'wrong_type');
    }
    const long = check('1.6', 'Authorize', { idTag: 'x'.repeat(21) });
    assert.ok(!long.ok && long.fault.kind === 'wrong_value');
    const unit = { timestamp: '2026-11-21T10:00:00Z', sampledValue: [{ value: '1', unit: 'furlong' }] };
    assert.ok(!check('1.6', 'MeterValues', { connectorId: 1, meterValue: [unit] }).ok);
  });

  it('are bounded: too many different deviations are refused', () => {
    const payload = Object.fromEntries(Array.from({ length: 2000 }, (_value, index) => [`extra${index}`, 1]));
    const checked = check('1.6', 'Heartbeat', payload);
    assert.ok(!checked.ok && checked.fault.kind === 'bad_structure');
  });

  it('are fewer for a large payload: what it costs to look at one is bounded', () => {
    const reading = (extras: object) => ({ value: '1', context: 'Sample.Periodic', ...extras });
    const large = (kinds: number) => {
      const extras = Object.fromEntries(
        Array.from({ length: kinds }, (_value, index) => [`extra${index}`, 1]),
      );
      const sampledValue = Array.from({ length: 5000 }, () => reading(extras));
      return { connectorId: 1, meterValue: [{ timestamp: '2026-11-21T10:00:00Z', sampledValue }] };
    };
    repaired(check('1.6', 'MeterValues', large(3)));
    assert.ok(!check('1.6', 'MeterValues', large(12)).ok);
  });

  it('stand a payload of many elements that all deviate', () => {
    const sampledValue = Array.from({ length: 5000 }, (_value, index) => ({ value: index, extra: 1 }));
    const meterValue = [{ timestamp: '2026-11-21T10:00:00Z', sampledValue }];
    const { quirks } = repaired(check('1.6', 'MeterValues', { connectorId: 1, meterValue }));
    assert.deepEqual([...quirks].toSorted(), ['extra_property', 'number_for_string']);
  });
});

describe('QUIRKS', () => {
  it('are off by default where they weaken a security rule or a clause of the specification', () => {
    const off = Object.keys(QUIRKS).filter((name) => isQuirk(name) && !DEFAULT_QUIRKS.has(name));
    assert.deepEqual(off, ['hex_password', 'missing_subprotocol']);
  });

  it('tell names from other words', () => {
    assert.ok(isQuirk('hex_password'));
    for (const word of ['', 'hex', 'toString', '__proto__']) assert.ok(!isQuirk(word));
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkCall, checkResult } from './check.js';
import { decodeFrame } from './decode.js';
import { answerTo } from './encode.js';
import { errorCodeOf, FAULT_KINDS, faultKindOf, type FaultKind } from './faults.js';
import { DEFAULT_QUIRKS } from './quirks.js';
import { VERSIONS, type Version } from './versions.js';

/** What the gateway answers to one frame of a station: `[type, id, code]`; undefined: nothing. */
function answer(version: Version, text: string): readonly unknown[] | undefined {
  const decoded = decodeFrame(version, new TextEncoder().encode(text));
  if (!decoded.ok) return headOf(answerTo(version, decoded.fault));
  const { frame } = decoded;
  assert.ok(frame.type === 2 || frame.type === 6, `no fault in ${text}`);
  const checked = checkCall(version, 'station', frame, new Set());
  assert.ok(!checked.ok, `${version} accepts ${text}`);
  return headOf(answerTo(version, checked.fault));
}

function headOf(text: string | undefined): readonly unknown[] | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as unknown[]).slice(0, 3);
}

type Answer = readonly [type: number, id: string, code: string] | undefined;

interface Row {
  readonly situation: string;
  readonly frame: string | Readonly<Record<Version, string>>;
  readonly answers: readonly [v16: Answer, v201: Answer, v21: Answer];
}

const error = (id: string, code: string): Answer => [4, id, code];
const all = (answer: Answer): Row['answers'] => [answer, answer, answer];
const notRead = [undefined, error('-1', 'RpcFrameworkError'), error('-1', 'RpcFrameworkError')] as const;
const inEnvelope = [
  error('7', 'FormationViolation'),
  error('7', 'RpcFrameworkError'),
  error('7', 'RpcFrameworkError'),
] as const;
const boot = (payload16: string, payload2: string): Row['frame'] => ({
  '1.6': `[2,"7","BootNotification",${payload16}]`,
  '2.0.1': `[2,"7","BootNotification",${payload2}]`,
  '2.1': `[2,"7","BootNotification",${payload2}]`,
});

const ROWS: readonly Row[] = [
  { situation: 'not JSON, no id', frame: 'hello', answers: notRead },
  { situation: 'nothing at all', frame: '', answers: notRead },
  {
    situation: 'not JSON, the id can be read',
    frame: '[2,"7","Heartbeat",{',
    answers: [error('7', 'FormationViolation'), notRead[1], notRead[2]],
  },
  { situation: 'a truncated CALLERROR', frame: '[4,"7","GenericErr', answers: all(undefined) },
  { situation: 'JSON, but no array', frame: '{"a":1}', answers: notRead },
  { situation: 'an empty array', frame: '[]', answers: notRead },
  { situation: 'an id that is no string', frame: '[2,7,"Heartbeat",{}]', answers: notRead },
  { situation: 'an empty id', frame: '[2,"","Heartbeat",{}]', answers: notRead },
  { situation: 'an id of 37 characters', frame: `[2,"${'x'.repeat(37)}","Heartbeat",{}]`, answers: notRead },
  { situation: 'no id', frame: '[2]', answers: notRead },
  { situation: 'a message type that is no number', frame: '["2","7","Heartbeat",{}]', answers: inEnvelope },
  { situation: 'a CALL without payload', frame: '[2,"7","Heartbeat"]', answers: inEnvelope },
  { situation: 'a CALL with an element too many', frame: '[2,"7","Heartbeat",{},{}]', answers: inEnvelope },
  { situation: 'an action that is no string', frame: '[2,"7",5,{}]', answers: inEnvelope },
  {
    situation: 'an unknown message type',
    frame: '[9,"7","Heartbeat",{}]',
    answers: [undefined, error('7', 'MessageTypeNotSupported'), undefined],
  },
  {
    situation: 'an unknown message type without an id',
    frame: '[9]',
    answers: [undefined, error('-1', 'MessageTypeNotSupported'), undefined],
  },
  { situation: 'an unknown action', frame: '[2,"7","Dance",{}]', answers: all(error('7', 'NotImplemented')) },
  {
    situation: 'an action that every object has',
    frame: '[2,"7","__proto__",{}]',
    answers: all(error('7', 'NotImplemented')),
  },
  { situation: 'the wrong direction', frame: '[2,"7","Reset",{}]', answers: all(error('7', 'NotSupported')) },
  {
    situation: 'a payload that is an array',
    frame: '[2,"7","Heartbeat",[]]',
    answers: [error('7', 'FormationViolation'), error('7', 'FormatViolation'), error('7', 'FormatViolation')],
  },
  {
    situation: 'a payload that is a string',
    frame: '[2,"7","Heartbeat","{}"]',
    answers: [error('7', 'FormationViolation'), error('7', 'FormatViolation'), error('7', 'FormatViolation')],
  },
  {
    situation: 'a member that the type does not have',
    frame: '[2,"7","Heartbeat",{"a":1}]',
    answers: [error('7', 'FormationViolation'), error('7', 'FormatViolation'), error('7', 'FormatViolation')],
  },
  {
    situation: 'a wrong JSON type',
    frame: boot(
      '{"chargePointVendor":true,"chargePointModel":"M"}',
      '{"reason":"PowerUp","chargingStation":{"model":true,"vendorName":"V"}}',
    ),
    answers: all(error('7', 'TypeConstraintViolation')),
  },
  {
    situation: 'a missing member',
    frame: boot('{"chargePointVendor":"V"}', '{"reason":"PowerUp"}'),
    answers: [
      error('7', 'OccurenceConstraintViolation'),
      error('7', 'OccurrenceConstraintViolation'),
      error('7', 'OccurrenceConstraintViolation'),
    ],
  },
  {
    situation: 'too long a text',
    frame: boot(
      `{"chargePointVendor":"${'V'.repeat(21)}","chargePointModel":"M"}`,
      `{"reason":"PowerUp","chargingStation":{"model":"${'V'.repeat(21)}","vendorName":"V"}}`,
    ),
    answers: all(error('7', 'PropertyConstraintViolation')),
  },
  {
    situation: 'a bad CALLRESULT',
    frame: '[3,"7",[]]',
    answers: [undefined, undefined, [5, '7', 'FormatViolation']],
  },
  {
    situation: 'a CALLRESULT with too many elements',
    frame: '[3,"7",{},{}]',
    answers: [undefined, undefined, [5, '7', 'RpcFrameworkError']],
  },
  { situation: 'a CALLRESULT with an empty id', frame: '[3,"",{}]', answers: all(undefined) },
  { situation: 'a bad CALLERROR', frame: '[4,"7",9,"",{}]', answers: all(undefined) },
  {
    situation: 'a bad CALLRESULTERROR',
    frame: '[5,"7",9,"",{}]',
    answers: [undefined, error('7', 'MessageTypeNotSupported'), undefined],
  },
  {
    situation: 'a bad SEND',
    frame: '[6,"7","NotifyPeriodicEventStream",{}]',
    answers: [undefined, error('7', 'MessageTypeNotSupported'), undefined],
  },
  {
    situation: 'a CALL sent as a SEND',
    frame: '[6,"7","Heartbeat",{}]',
    answers: [undefined, error('7', 'MessageTypeNotSupported'), undefined],
  },
];

for (const { situation, frame, answers } of ROWS) {
  describe(situation, () => {
    for (const [index, version] of VERSIONS.entries()) {
      const expected = answers[index];
      it(`gets ${expected === undefined ? 'no answer' : expected.join(' ')} in ${version}`, () => {
        assert.deepEqual(answer(version, typeof frame === 'string' ? frame : frame[version]), expected);
      });
    }
  });
}

describe('error codes', () => {
  it('of faults that are found later', () => {
    const codes = (kind: FaultKind) => VERSIONS.map((version) => errorCodeOf(version, kind));
    assert.deepEqual(codes('not_accepted'), ['SecurityError', 'SecurityError', 'SecurityError']);
    assert.deepEqual(codes('not_processed'), ['InternalError', 'InternalError', 'InternalError']);
    assert.deepEqual(codes('too_many_calls'), ['GenericError', 'GenericError', 'GenericError']);
    assert.deepEqual(codes('id_in_use'), ['GenericError', 'RpcFrameworkError', 'RpcFrameworkError']);
  });

  it('are codes of their version', () => {
    const both = [
      'NotImplemented',
      'NotSupported',
      'InternalError',
      'SecurityError',
      'PropertyConstraintViolation',
      'TypeConstraintViolation',
      'GenericError',
    ];
    const only16 = ['FormationViolation', 'OccurenceConstraintViolation'];
    const only2 = [
      'FormatViolation',
      'OccurrenceConstraintViolation',
      'RpcFrameworkError',
      'MessageTypeNotSupported',
    ];
    for (const version of VERSIONS) {
      const known = [...both, ...(version === '1.6' ? only16 : only2)];
      for (const kind of FAULT_KINDS) {
        const code = errorCodeOf(version, kind);
        assert.ok(code === undefined || known.includes(code), `${version} ${kind}: ${code}`);
      }
    }
  });

  it('of keywords that OCPP does not use yet are that of the structure', () => {
    assert.equal(faultKindOf({ keyword: 'oneOf', path: '/a', message: '', params: {} }), 'bad_structure');
  });
});

describe('checkResult', () => {
  const frame = (payload: object) => ({ id: '7', payload, raw: new Uint8Array() });

  it('accepts a valid CALLRESULT', () => {
    const checked = checkResult('1.6', 'Reset', frame({ status: 'Accepted' }), DEFAULT_QUIRKS);
    assert.ok(checked.ok);
  });

  it('answers a bad one in 2.1 only, with a CALLRESULTERROR', () => {
    for (const version of VERSIONS) {
      const checked = checkResult(version, 'Reset', frame({ status: 'Perhaps' }), DEFAULT_QUIRKS);
      assert.ok(!checked.ok);
      const expected = version === '2.1' ? [5, '7', 'PropertyConstraintViolation'] : undefined;
      assert.deepEqual(headOf(answerTo(version, checked.fault)), expected);
    }
  });

  it('is a mistake of the caller for an action without results', () => {
    assert.throws(
      () => checkResult('2.1', 'NotifyPeriodicEventStream', frame({}), DEFAULT_QUIRKS),
      /no result/,
    );
  });
});

describe('checkCall', () => {
  it('lets either side send DataTransfer, and the CSMS its own actions', () => {
    for (const version of VERSIONS) {
      for (const sender of ['station', 'csms'] as const) {
        const decoded = decodeFrame(
          version,
          new TextEncoder().encode('[2,"7","DataTransfer",{"vendorId":"v"}]'),
        );
        assert.ok(decoded.ok && decoded.frame.type === 2);
        assert.ok(checkCall(version, sender, decoded.frame, DEFAULT_QUIRKS).ok);
      }
      const decoded = decodeFrame(version, new TextEncoder().encode('[2,"7","ClearCache",{}]'));
      assert.ok(decoded.ok && decoded.frame.type === 2);
      assert.ok(checkCall(version, 'csms', decoded.frame, DEFAULT_QUIRKS).ok);
    }
  });

  it('gives the decoded payload and its bytes back, untouched, when they are valid', () => {
    const decoded = decodeFrame('1.6', new TextEncoder().encode('[2,"7","Authorize",{"idTag" : "A"}]'));
    assert.ok(decoded.ok && decoded.frame.type === 2);
    const checked = checkCall('1.6', 'station', decoded.frame, DEFAULT_QUIRKS);
    assert.ok(checked.ok);
    assert.equal(checked.payload, decoded.frame.payload);
    assert.equal(checked.raw, decoded.frame.raw);
    assert.deepEqual(checked.repaired, []);
  });

  it('says where and what in one short line, also for huge names', () => {
    const text = `[2,"7","${'A'.repeat(100_000)}",{}]`;
    const decoded = decodeFrame('1.6', new TextEncoder().encode(text));
    assert.ok(decoded.ok && decoded.frame.type === 2);
    const checked = checkCall('1.6', 'station', decoded.frame, DEFAULT_QUIRKS);
    assert.ok(!checked.ok && checked.fault.detail.length < 255);
  });
});

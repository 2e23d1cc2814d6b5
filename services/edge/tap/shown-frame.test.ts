import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { actionsOf, DEFAULT_QUIRKS, type Party, type Version } from '../../../libs/ocpp/mod.js';
import { LOOKED_AT_BYTES, SHOWN_CHARACTERS } from './limits.js';
import { mayHoldSecrets, showFrame } from './shown-frame.js';

const SECRET = 'hunter2-hunter2';

interface Of {
  readonly version?: Version;
  readonly by?: Party;
  readonly answers?: string;
  /** The CALL that it answers had some. */
  readonly secrets?: boolean;
}

function show(message: unknown, { version = '1.6', by = 'station', answers, secrets = false }: Of = {}) {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  const callOf = () => (answers === undefined ? undefined : { action: answers, mayHoldSecrets: secrets });
  const quirks = by === 'station' ? DEFAULT_QUIRKS : new Set<never>();
  return showFrame(Buffer.from(text), { version, by, quirks, callOf });
}

test('a frame is shown with its type, id, action and payload', () => {
  const message = [
    2,
    'id-1',
    'StatusNotification',
    { connectorId: 1, errorCode: 'NoError', status: 'Available' },
  ];
  assert.deepEqual(show(message), {
    length: JSON.stringify(message).length,
    messageType: 2,
    id: 'id-1',
    action: 'StatusNotification',
    payload: { text: '{"connectorId":1,"errorCode":"NoError","status":"Available"}', cut: false },
  });
  const answer = show([3, 'id-2', { status: 'Accepted' }], { answers: 'ClearCache' });
  assert.deepEqual(
    [answer.messageType, answer.action, answer.payload?.text],
    [3, 'ClearCache', '{"status":"Accepted"}'],
  );
});

test('secrets in commands and their answers are masked, in every version', () => {
  const variable = { component: { name: 'SecurityCtrlr' }, variable: { name: 'BasicAuthPassword' } };
  const shown = [
    show([2, '1', 'ChangeConfiguration', { key: 'AuthorizationKey', value: SECRET }], { by: 'csms' }),
    show([3, '1', { configurationKey: [{ key: 'AuthorizationKey', readonly: false, value: SECRET }] }], {
      answers: 'GetConfiguration',
    }),
    show([2, '1', 'SetVariables', { setVariableData: [{ attributeValue: SECRET, ...variable }] }], {
      by: 'csms',
      version: '2.0.1',
    }),
    show(
      [3, '1', { getVariableResult: [{ attributeStatus: 'Accepted', attributeValue: SECRET, ...variable }] }],
      { answers: 'GetVariables', version: '2.1' },
    ),
    show([2, '1', 'Authorize', { idTag: SECRET }]),
    show([2, '1', 'DataTransfer', { vendorId: 'V', data: SECRET }]),
    show([3, '1', { status: 'Accepted', data: SECRET }], { answers: 'DataTransfer' }),
    show([2, '1', 'GetDiagnostics', { location: `ftp://user:${SECRET}@host/x?sig=${SECRET}` }], {
      by: 'csms',
    }),
  ];
  for (const frame of shown) {
    assert.equal(frame.fault, undefined);
    assert.match(frame.payload?.text ?? '', /\*\*\*/);
    assert.ok(!JSON.stringify(frame).includes(SECRET), JSON.stringify(frame));
  }
});

test('of a payload against its schema the form alone is shown, with what is wrong', () => {
  const frame = show(
    [2, '1', 'ChangeConfiguration', { Key: 'AuthorizationKey', Value: SECRET, type: SECRET }],
    {
      by: 'csms',
    },
  );
  assert.equal(frame.payload?.text, '{"Key":"***","Value":"***","type":"***"}');
  assert.match(frame.note ?? '', /^values are masked/);
  assert.ok(frame.fault !== undefined && !JSON.stringify(frame).includes(SECRET));

  const unknown = show([2, '1', 'VendorThing', { a: [1, true, null, SECRET] }]);
  assert.equal(unknown.payload?.text, '{"a":["***",true,null,"***"]}');
  assert.equal(unknown.fault?.kind, 'unknown_action');
});

test('a quirk that is tolerated is named, and the payload is as it was repaired', () => {
  const frame = show([2, '1', 'Authorize', { idTag: 'A', secret: SECRET }]);
  assert.deepEqual(
    [frame.payload?.text, frame.quirks, frame.fault],
    ['{"idTag":"***"}', ['extra_property'], undefined],
  );
  assert.ok(!JSON.stringify(frame).includes(SECRET));
});

test('of what is no frame nothing is shown but its length and what is wrong', () => {
  for (const text of [
    `[2,"1","Authorize",{"idTag":"${SECRET}"`,
    `{"password":"${SECRET}"}`,
    `["${SECRET}"]`,
    SECRET,
  ]) {
    const { payload, fault, length, note, ...rest } = show(text);
    assert.equal(payload, undefined);
    assert.equal(length, text.length);
    assert.ok(fault !== undefined && note !== undefined);
    assert.ok(!JSON.stringify({ fault, note, ...rest }).includes(SECRET));
  }
});

test('a message type that is no number of OCPP is shown as far as the API has numbers for it', () => {
  const typeOf = (type: string) => show(`[${type},"x"]`).messageType;
  assert.deepEqual(['7', '4294967295'].map(typeOf), [7, 4_294_967_295]);
  assert.deepEqual(['1.5', '-1', '1e300', '4294967296'].map(typeOf), [0, 0, 0, 0]);
});

test('the answer to a CALL that was not seen is not shown: nobody knows what is secret in it', () => {
  const frame = show([3, '1', { status: 'Accepted', data: SECRET }]);
  assert.equal(frame.payload, undefined);
  assert.match(frame.note ?? '', /the CALL of this id was not seen/);
});

test('an error is shown with its code and description; its details, which follow no schema, by their form', () => {
  const frame = show([4, '1', 'InternalError', 'at http://u:p@host/?q=1', { why: SECRET }], {
    answers: 'Reset',
  });
  assert.deepEqual(frame.error, { code: 'InternalError', description: 'at http://***@host/?***' });
  assert.deepEqual([frame.action, frame.payload?.text], ['Reset', '{"why":"***"}']);
  const plain = show([4, '1', 'GenericError', '', {}]);
  assert.deepEqual([plain.payload?.text, plain.note], ['{}', undefined]);
});

test('what a station says of a CALL with secrets, or of one that was not seen, may repeat them', () => {
  const said = [4, '1', 'PropertyConstraintViolation', `"${SECRET}" is too short`, {}];
  for (const of of [{ answers: 'ChangeConfiguration', secrets: true }, {}]) {
    const frame = show(said, of);
    assert.deepEqual([frame.error?.code, frame.error?.description], ['PropertyConstraintViolation', '***']);
    assert.match(frame.note ?? '', /the description is masked/);
  }
  const ours = show([4, '1', 'FormatViolation', '/idTag: is missing', {}], { by: 'csms' });
  assert.deepEqual([ours.error?.description, ours.note], ['/idTag: is missing', undefined]);
  const call = (payload: object) => show([2, '1', 'ChangeConfiguration', payload], { by: 'csms' });
  assert.equal(mayHoldSecrets(call({ key: 'AuthorizationKey', value: SECRET })), true);
  assert.equal(mayHoldSecrets(call({ key: 'HeartbeatInterval', value: '60' })), false);
});

test('a long payload is cut and its length told; of a very long frame the payload is not looked at', () => {
  const values = (characters: number) => [
    2,
    '1',
    'DiagnosticsStatusNotification',
    { status: 'Idle', x: 'a'.repeat(characters) },
  ];
  const request = { evseId: 1, messages: 'é'.repeat(SHOWN_CHARACTERS) };
  const long = show([
    2,
    '1',
    'NotAnAction',
    Object.fromEntries(Array.from({ length: 3000 }, (_, at) => [`member${at}`, 1])),
  ]);
  assert.ok(long.payload?.cut === true && long.payload.text.length <= SHOWN_CHARACTERS);
  assert.ok(request.messages.length > 0);
  const huge = show(values(LOOKED_AT_BYTES));
  assert.deepEqual([huge.payload, huge.action, huge.id], [undefined, 'DiagnosticsStatusNotification', '1']);
  assert.ok(huge.length > LOOKED_AT_BYTES && /not looked at/.test(huge.note ?? ''));
});

test('whatever a payload holds, when it does not hold to its schema none of its texts is shown', () => {
  const actions = (['1.6', '2.0.1', '2.1'] as const).flatMap((version) =>
    actionsOf(version).map(
      ({ name, sender }) => ({ version, name, by: sender === 'csms' ? 'csms' : 'station' }) as const,
    ),
  );
  const planted = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constant(SECRET),
      fc.integer(),
      fc.array(tie('value')),
      tie('object'),
    ),
    object: fc.dictionary(
      fc.constantFrom('key', 'value', 'data', 'type', 'vendorId', 'idTag', 'x', 'status'),
      tie('value'),
    ),
  })).object;
  fc.assert(
    fc.property(
      fc.constantFrom(...actions),
      planted,
      fc.boolean(),
      ({ version, name, by }, payload, isAnswer) => {
        const message = isAnswer ? [3, '1', payload] : [2, '1', name, payload];
        const frame = show(message, { version, by, answers: name });
        if (frame.fault === undefined) return;
        assert.ok(!JSON.stringify(frame).includes(SECRET), JSON.stringify(frame));
      },
    ),
    { numRuns: 2000 },
  );
});

test('whatever the bytes, it does not throw, and what it gives is bounded', () => {
  const versions = fc.constantFrom<Version>('1.6', '2.0.1', '2.1');
  const texts = fc.oneof(
    fc.string({ maxLength: 200 }),
    fc.json(),
    fc
      .tuple(
        fc.constantFrom(2, 3, 4, 5, 6, 7),
        fc.string(),
        fc.constantFrom('Authorize', 'Reset', 'x'),
        fc.jsonValue(),
      )
      .map((message) => JSON.stringify(message)),
  );
  fc.assert(
    fc.property(versions, texts, fc.option(fc.constantFrom('Reset', 'Nothing')), (version, text, answers) => {
      const frame = show(text, { version, ...(answers !== null && { answers }) });
      assert.equal(frame.length, Buffer.byteLength(text));
      assert.ok(JSON.stringify(frame).length <= 2 * SHOWN_CHARACTERS);
    }),
    { numRuns: 500 },
  );
});

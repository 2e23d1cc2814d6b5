import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MASK, maskPayload } from './mask.js';
import { sampleOf } from './testing/samples.js';
import { readSchemas, type Schema } from './testing/schemas.js';
import { VERSIONS } from './versions.js';

const masked = (action: string, payload: unknown): string => JSON.stringify(maskPayload(action, payload));

/** Members of the schemas that sound like secrets, and are none. */
const HARMLESS = new Set(['publicKey', 'issuerKeyHash', 'unknownKey']);
const SOUNDS_SECRET = /pass|secret|token|idtag|^pin|simpin|apnUser|exiRe|customerIdentifier|vatNumber|key/i;

/** `value` with each text under a name that sounds secret made one that can be found again. */
function planted(value: unknown, name: string, secrets: string[], action: string): unknown {
  if (Array.isArray(value)) return value.map((item) => planted(item, name, secrets, action));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([inner, item]) => [inner, planted(item, inner, secrets, action)]),
    );
  }
  // 1.6: the name of a configuration key. 2.x: of a VPN.
  const isName = name === 'key' && /Configuration$/.test(action);
  if (typeof value !== 'string' || !SOUNDS_SECRET.test(name) || HARMLESS.has(name) || isName) return value;
  const secret = `s3cr3t-${secrets.length}`;
  secrets.push(secret);
  return secret;
}

/** The texts of a schema's members that list their values: none of them is anybody's secret. */
function enumsOf(schema: Schema, found: string[] = []): string[] {
  found.push(...(schema.enum ?? []));
  for (const inner of Object.values(schema.properties ?? {})) enumsOf(inner, found);
  if (schema.items !== undefined) enumsOf(schema.items, found);
  return found;
}

for (const version of VERSIONS) {
  test(`nothing that sounds secret is left of any message of ${version}`, () => {
    let planting = 0;
    for (const { action, schema } of readSchemas(version)) {
      const secrets: string[] = [];
      const sample = planted(sampleOf(schema, 'all'), '', secrets, action);
      const text = masked(action, sample);
      for (const secret of secrets) assert.ok(!text.includes(secret), `${action}: ${secret} in ${text}`);
      planting += secrets.length;
    }
    assert.ok(planting > 8, `${planting}`);
  });

  test(`what is no secret is told, of any message of ${version}`, () => {
    for (const { action, schema } of readSchemas(version)) {
      const sample = sampleOf(schema, 'required') as object;
      const copy = maskPayload(action, sample) as object;
      assert.deepEqual(Object.keys(copy), Object.keys(sample), action);
      if (!JSON.stringify(copy).includes(MASK)) assert.deepEqual(copy, sample, action);
      assert.ok(enumsOf(schema).every((value) => value !== MASK));
    }
  });
}

test('a payload is not changed, but copied', () => {
  const payload = Object.freeze({ idTag: 'A', connectorId: 1 });
  assert.deepEqual(maskPayload('RemoteStartTransaction', payload), { idTag: MASK, connectorId: 1 });
});

test('values of configuration keys are masked where the key is a secret (1.6)', () => {
  assert.equal(
    masked('ChangeConfiguration', { key: 'AuthorizationKey', value: 'deadbeef' }),
    '{"key":"AuthorizationKey","value":"***"}',
  );
  assert.equal(
    masked('ChangeConfiguration', { key: 'HeartbeatInterval', value: '30' }),
    '{"key":"HeartbeatInterval","value":"30"}',
  );
  const told = masked('GetConfiguration', {
    configurationKey: [
      { key: 'AuthorizationKey', readonly: false, value: 'deadbeef' },
      { key: 'CpoName', readonly: false, value: 'Acme' },
    ],
  });
  assert.ok(!told.includes('deadbeef') && told.includes('Acme'));
  assert.equal(masked('GetConfiguration', { key: ['AuthorizationKey'] }), '{"key":["AuthorizationKey"]}');
});

test('values of variables are masked where the variable is a secret (2.x)', () => {
  const variable = { component: { name: 'SecurityCtrlr' }, variable: { name: 'BasicAuthPassword' } };
  const harmless = { component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' } };
  const told = [
    masked('SetVariables', { setVariableData: [{ ...variable, attributeValue: 'hunter2' }] }),
    masked('GetVariables', { getVariableResult: [{ ...variable, attributeValue: 'hunter2' }] }),
    masked('NotifyReport', { reportData: [{ ...variable, variableAttribute: [{ value: 'hunter2' }] }] }),
    masked('NotifyEvent', { eventData: [{ ...variable, actualValue: 'hunter2' }] }),
  ];
  for (const text of told) assert.ok(!text.includes('hunter2') && text.includes('BasicAuthPassword'), text);
  assert.ok(
    masked('SetVariables', { setVariableData: [{ ...harmless, attributeValue: '30' }] }).includes('"30"'),
  );
});

test('a network profile tells neither its passwords nor its keys', () => {
  const told = masked('SetNetworkProfile', {
    configurationSlot: 1,
    connectionData: {
      ocppCsmsUrl: 'wss://user:hunter2@csms.example.com/ocpp',
      basicAuthPassword: 'hunter2',
      apn: { apn: 'internet', apnUserName: 'hunter2', apnPassword: 'hunter2', simPin: 4711 },
      vpn: { server: 'vpn.example.com', user: 'hunter2', password: 'hunter2', key: 'hunter2', type: 'IPSec' },
    },
  });
  assert.ok(!told.includes('hunter2') && !told.includes('4711'), told);
  assert.ok(told.includes('csms.example.com') && told.includes('IPSec'));
});

test('credentials and queries of URLs are masked, wherever they stand', () => {
  const location = 'ftp://user:p@ss/word@files.example.com/fw.bin';
  const signed = 'https://bucket.example.com/fw.bin?X-Signature=abc#part';
  const told = masked('UpdateFirmware', { location, firmware: { location: signed } });
  assert.ok(!/p@|ss|word|user|abc|part/.test(told), told);
  assert.ok(told.includes('ftp://***@files.example.com/fw.bin'), told);
  assert.ok(told.includes('https://bucket.example.com/fw.bin?***'));
});

test('of a URL nothing is told that may belong to a password or to a query', () => {
  const shown = (location: string) => masked('GetDiagnostics', { location });
  assert.equal(shown('ftp://user:hunter/2@host/x'), '{"location":"ftp://***@host/x"}');
  for (const url of [
    'ftp://user:hunter?2@host/x',
    'ftp://user:hunter#2@host/x',
    'https://host/x?a=b@c&sig=hunter2',
  ]) {
    assert.match(shown(url), /^\{"location":"(ftp|https):\/\/\*\*\*"\}$/);
  }
  assert.equal(shown('https://host/x#hunter2'), '{"location":"https://host/x#***"}');
  assert.equal(shown('at http://a:b@c/d and http://e/f'), '{"location":"at http://***@c/d and http://e/f"}');
});

test('a private key is not told, wherever it stands', () => {
  const pem = '-----BEGIN EC PRIVATE KEY-----\nhunter2\n-----END EC PRIVATE KEY-----';
  const told = masked('CertificateSigned', { certificateChain: `-----BEGIN CERTIFICATE-----\n${pem}` });
  assert.equal(told, '{"certificateChain":"***"}');
});

test("what a vendor's own data holds is not told", () => {
  assert.equal(
    masked('DataTransfer', { vendorId: 'V', messageId: 'M', data: { pin: 1 } }),
    '{"vendorId":"V","messageId":"M","data":{"pin":"***"}}',
  );
  const told = masked('Heartbeat', { customData: { vendorId: 'V', key: 'hunter2' } });
  assert.equal(told, '{"customData":{"vendorId":"V","key":"***"}}');
});

test('a payload nested without end is cut', () => {
  let nested: unknown = 'hunter2';
  for (let depth = 0; depth < 1000; depth++) nested = [nested];
  assert.ok(!masked('DataTransfer', { other: nested, data: nested }).includes('hunter2'));
});

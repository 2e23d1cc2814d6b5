import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { actionsOf, findAction, type ActionSpec } from './actions.js';
import { faultKindOf } from './faults.js';
import { mutationsOf, sampleOf, samplesOfEnums } from './testing/samples.js';
import { readSchemas, type MessageSchema, type Schema } from './testing/schemas.js';
import type { Check } from './validation.js';
import { VERSIONS, type Version } from './versions.js';

function checkOf(version: Version, { action, side }: MessageSchema): Check {
  const spec = findAction(version, action);
  const check = side === 'request' ? spec?.checkRequest : spec?.checkResponse;
  assert.ok(check, `${version} has no ${side} check of ${action}`);
  return check;
}

const sidesOf = ({ kind, name }: ActionSpec): readonly string[] =>
  kind === 'send' ? [`${name} request`] : [`${name} request`, `${name} response`];

function descriptionsIn(schema: Schema): readonly string[] {
  const parts = [
    ...Object.values(schema.properties ?? {}),
    ...(schema.items === undefined ? [] : [schema.items]),
  ];
  return [
    ...(schema.description === undefined ? [] : [schema.description]),
    ...parts.flatMap(descriptionsIn),
  ];
}

for (const version of VERSIONS) {
  const schemas = readSchemas(version);
  describe(`OCPP ${version}`, () => {
    it('has exactly the actions that it has schemas for', () => {
      const stated = actionsOf(version).flatMap(sidesOf);
      assert.deepEqual(stated.toSorted(), schemas.map(({ action, side }) => `${action} ${side}`).toSorted());
    });

    it('accepts a valid sample of every message, with all members and with the required ones only', () => {
      for (const message of schemas) {
        const check = checkOf(version, message);
        for (const members of ['all', 'required'] as const) {
          const sample = sampleOf(message.schema, members);
          assert.equal(check(sample), undefined, `${message.action} ${message.side} with ${members} members`);
        }
      }
    });

    it('accepts every value of every enum, wherever it stands', () => {
      for (const message of schemas) {
        const check = checkOf(version, message);
        for (const sample of samplesOfEnums(message.schema)) {
          assert.equal(check(sample), undefined, `${message.action} ${message.side}`);
        }
      }
    });

    it('names the place, the rule and the kind of fault of every broken sample', () => {
      for (const message of schemas) {
        const check = checkOf(version, message);
        const sample = sampleOf(message.schema, 'all');
        for (const { path, keyword, kind, apply } of mutationsOf(message.schema)) {
          const violation = check(apply(sample));
          const where = `${message.action} ${message.side} ${path} ${keyword}`;
          assert.ok(violation, `accepted: ${where}`);
          assert.deepEqual([violation.path, violation.keyword], [path, keyword], where);
          assert.equal(faultKindOf(violation), kind, where);
          assert.ok(violation.message.startsWith(`${path || 'payload'}: `), violation.message);
        }
      }
    });

    it('keeps the text of the specification out of what is generated', () => {
      const code = readFileSync(new URL(`./generated/validators-${version}.js`, import.meta.url), 'utf8');
      const sentences = schemas
        .flatMap(({ schema }) => descriptionsIn(schema))
        .filter((text) => text.length > 30);
      assert.deepEqual(
        sentences.filter((text) => code.includes(text.slice(0, 30))),
        [],
      );
      assert.doesNotMatch(code, /Creative Commons|require\(/);
    });
  });
}

describe('validators', () => {
  it('count characters, not UTF-16 units', () => {
    const check = findAction('1.6', 'Authorize')?.checkRequest;
    assert.equal(check?.({ idTag: '𝄞'.repeat(20) }), undefined);
    assert.equal(check?.({ idTag: '𝄞'.repeat(21) })?.keyword, 'maxLength');
  });

  it('see __proto__ and constructor as members like any other', () => {
    const check = findAction('1.6', 'Authorize')?.checkRequest;
    for (const name of ['__proto__', 'constructor', 'hasOwnProperty', 'toString']) {
      const violation = check?.(JSON.parse(`{"idTag":"A","${name}":{"idTag":1}}`));
      assert.deepEqual([violation?.path, violation?.keyword], [`/${name}`, 'additionalProperties']);
    }
    assert.equal(check?.(JSON.parse('{"__proto__":{"idTag":"A"}}'))?.path, '/idTag');
  });

  it('do not follow deep nesting', () => {
    const deep: unknown = JSON.parse('['.repeat(200_000) + ']'.repeat(200_000));
    const custom = { vendorId: 'v', deep };
    assert.equal(findAction('2.1', 'Heartbeat')?.checkRequest({ customData: custom }), undefined);
    assert.equal(findAction('2.1', 'Heartbeat')?.checkRequest({ deep })?.path, '/deep');
  });

  it('escape member names in JSON pointers and cut long ones in messages', () => {
    const check = findAction('1.6', 'Heartbeat')?.checkRequest;
    assert.equal(check?.({ 'a/b~c': 1 })?.path, '/a~1b~0c');
    const long = check?.({ ['x'.repeat(100_000)]: 1 });
    assert.ok(long && long.message.length < 255);
  });

  it('take every multiple of 0.1 as one, whatever its binary fraction', () => {
    const check = findAction('1.6', 'SetChargingProfile')?.checkRequest;
    const withLimit = (limit: number) => ({
      connectorId: 1,
      csChargingProfiles: {
        chargingProfileId: 1,
        stackLevel: 0,
        chargingProfilePurpose: 'TxProfile',
        chargingProfileKind: 'Relative',
        chargingSchedule: { chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit }] },
      },
    });
    for (let tenths = 0; tenths < 1000; tenths++) assert.equal(check?.(withLimit(tenths / 10)), undefined);
    assert.equal(check?.(withLimit(16.05))?.keyword, 'multipleOf');
  });
});

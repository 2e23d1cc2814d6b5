import fc from 'fast-check';
import { readSchemas, type Schema } from '../../../../libs/ocpp/testing/schemas.js';
import type { Version } from '../../../../libs/ocpp/mod.js';
import { Only, type AnyTakes } from './takes.js';

const SCHEMAS = new Map(
  (['1.6', '2.0.1', '2.1'] as const).flatMap((version) =>
    readSchemas(version).map(({ action, side, schema }) => [`${version} ${action} ${side}`, schema] as const),
  ),
);

export function schemaOf(version: Version, action: string, side: 'request' | 'response'): Schema {
  const schema = SCHEMAS.get(`${version} ${action} ${side}`);
  if (schema === undefined) throw new Error(`no schema of the ${side} of ${action} in ${version}`);
  return schema;
}

/** What numbers of a message may be. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Values that the schema takes; of an object, only members that `takes` lists, when it is given. */
export function arbitraryOf(schema: Schema, range: Range, takes?: AnyTakes): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'object':
      return objects(schema, range, takes);
    case 'array': {
      const minLength = schema.minItems ?? 0;
      const maxLength = Math.min(schema.maxItems ?? 9, minLength + 2);
      return fc.array(arbitraryOf(schema.items ?? {}, range, takes), { minLength, maxLength });
    }
    case 'string':
      return texts(schema);
    case 'integer':
      return fc.integer(limits(schema, range));
    case 'number':
      return fc.integer(limits(schema, range)).map((value) => (schema.multipleOf ? value / 10 : value / 16));
    case 'boolean':
      return fc.boolean();
    default:
      // As JSON.parse gives it: no -0.
      return fc.json().map((text) => JSON.parse(text) as unknown);
  }
}

function limits({ minimum = -Infinity, maximum = Infinity }: Schema, range: Range): Range {
  const min = Math.min(Math.max(range.min, minimum), maximum);
  return { min, max: Math.max(min, Math.min(range.max, maximum)) };
}

function objects(schema: Schema, range: Range, takes: AnyTakes | undefined): fc.Arbitrary<unknown> {
  const members: Record<string, fc.Arbitrary<unknown>> = {};
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const taken = takes === undefined ? true : takes[name];
    if (taken === undefined || typeof taken === 'string') continue;
    if (taken instanceof Only) members[name] = fc.constant(taken.value);
    else members[name] = arbitraryOf(member, range, taken === true ? undefined : taken);
  }
  const requiredKeys = Object.keys(members).filter((name) => schema.required?.includes(name));
  // With prototypes, as JSON.parse gives.
  return fc.record(members, { requiredKeys, noNullPrototype: true });
}

const WORDS = [
  ...['1', '42', 'CARD-1', 'card-1', 'https://example.com/file'],
  ...['ConfigurationKey', 'OCPPCommCtrlr', 'HeartbeatInterval', 'SecurityCtrlr', 'BasicAuthPassword'],
];

function texts({ enum: values, format, maxLength = 100 }: Schema): fc.Arbitrary<string> {
  if (values !== undefined) return fc.constantFrom(...values);
  if (format === 'date-time') return fc.constantFrom('2026-02-28T23:59:59.999Z', '2026-03-01T00:00:00Z');
  if (format === 'uri') return fc.constant('ftp://example.com/');
  const words = WORDS.filter((word) => word.length <= maxLength);
  return fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...words) },
    { weight: 1, arbitrary: fc.string({ maxLength: Math.min(maxLength, 60) }) },
    { weight: 1, arbitrary: fc.constant('ü'.repeat(maxLength)) },
  );
}

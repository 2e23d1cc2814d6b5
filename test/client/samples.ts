import { createRequire } from 'node:module';
import type { Version } from '../../libs/ocpp/mod.js';

/** What of JSON Schema the OCPP schemas use. */
interface Schema {
  readonly $id?: string;
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly definitions?: Readonly<Record<string, Schema>>;
}

const SCHEMAS: Readonly<Record<Version, readonly Schema[]>> = {
  '1.6': schemasOf('ocpp1_6'),
  '2.0.1': schemasOf('ocpp2_0_1'),
  '2.1': schemasOf('ocpp2_1'),
};

function schemasOf(file: string): readonly Schema[] {
  return createRequire(import.meta.url)(`ocpp-rpc/lib/schemas/${file}.json`) as readonly Schema[];
}

/** The least request of `action` that its schema allows: required members only, the first of every enumeration. */
export function leastRequest(version: Version, action: string): Record<string, unknown> {
  const names = [`urn:${action}.req`, `urn:${action}Request`, `urn:${action}`];
  const schema = SCHEMAS[version].find(({ $id }) => names.includes($id ?? ''));
  if (schema === undefined) throw new Error(`there is no request ${action} in ${version}`);
  return sampleOf(schema, schema) as Record<string, unknown>;
}

function sampleOf(schema: Schema, root: Schema): unknown {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/definitions/', '');
    const definition = root.definitions?.[name];
    if (definition === undefined) throw new Error(`no definition ${name}`);
    return sampleOf(definition, root);
  }
  if (schema.enum !== undefined) return schema.enum[0];
  switch (schema.type) {
    case 'string':
      return schema.format === 'date-time' ? '2026-03-01T08:00:00.000Z' : 'x';
    case 'integer':
    case 'number':
      return Math.max(1, schema.minimum ?? 1);
    case 'boolean':
      return false;
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => sampleOf(schema.items ?? {}, root));
    default:
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, sampleOf(schema.properties?.[name] ?? {}, root)]),
      );
  }
}

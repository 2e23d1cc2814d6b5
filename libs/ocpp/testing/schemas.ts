import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Version } from '../versions.js';

/** What the OCA schemas use of JSON Schema. */
export interface Schema {
  readonly $id?: string;
  readonly $ref?: string;
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean';
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
  readonly definitions?: Readonly<Record<string, Schema>>;
  readonly description?: string;
}

/** A message's schema as the specification has it, read without the generator. */
export interface MessageSchema {
  readonly action: string;
  readonly side: 'request' | 'response';
  readonly schema: Schema;
}

const FILES: Readonly<Record<Version, string>> = {
  '1.6': 'ocpp1_6.json',
  '2.0.1': 'ocpp2_0_1.json',
  '2.1': 'ocpp2_1.json',
};

/** Every message's schema of a version, its `$ref`s replaced by what they name. */
export function readSchemas(version: Version): readonly MessageSchema[] {
  const folder = path.dirname(createRequire(import.meta.url).resolve('ocpp-rpc/package.json'));
  const text = readFileSync(path.join(folder, 'lib/schemas', FILES[version]), 'utf8');
  return (JSON.parse(text) as readonly Schema[]).map((schema) => {
    const name = (schema.$id ?? '').replace(/^urn:/, '');
    const isResponse = /(?:\.conf|Response)$/.test(name);
    return {
      action: name.replace(/(?:\.req|\.conf|Request|Response)$/, ''),
      side: isResponse ? 'response' : 'request',
      schema: resolve(schema, schema.definitions ?? {}),
    };
  });
}

function resolve(schema: Schema, definitions: Readonly<Record<string, Schema>>): Schema {
  const named =
    schema.$ref === undefined ? undefined : definitions[schema.$ref.replace('#/definitions/', '')];
  const found = named ?? schema;
  return {
    ...found,
    ...(found.items === undefined ? {} : { items: resolve(found.items, definitions) }),
    ...(found.properties === undefined ? {} : { properties: resolveAll(found.properties, definitions) }),
  };
}

function resolveAll(
  properties: Readonly<Record<string, Schema>>,
  definitions: Readonly<Record<string, Schema>>,
): Readonly<Record<string, Schema>> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, one]) => [name, resolve(one, definitions)]),
  );
}

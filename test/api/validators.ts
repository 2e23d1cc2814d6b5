import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { CLOUD_EVENT } from './cloud-events.js';
import type { JsonSchema } from './made-by-scripts.js';

export const EVENT_SCHEMAS = 'libs/api/events.schema.json';
export const MESSAGE_SCHEMAS = 'libs/api/messages.schema.json';

export function newAjv(): Ajv {
  const ajv = new Ajv({ allErrors: true, strict: true, strictTypes: false, strictRequired: false });
  addFormats.default(ajv);
  return ajv;
}

export const readSchema = (file: string): JsonSchema => JSON.parse(readFileSync(file, 'utf8')) as JsonSchema;

/**
 * The schemas of a published file, each member that is not in them forbidden: readers must accept what a later release adds, but
 * nothing may be said that is not published.
 */
export function closedValidators(file: string): (definition: string) => ValidateFunction {
  const ajv = newAjv().addSchema(closed(readSchema(file)) as JsonSchema, 'file');
  return (definition) => {
    const validate = ajv.getSchema(`file#/definitions/${definition}`);
    assert.ok(validate, `${file} has no definition ${definition}`);
    return validate;
  };
}

function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const made = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  return isObjectSchema(made) ? { ...made, additionalProperties: false } : made;
}

/** Not the map of members itself, which may have one that is called `properties`. */
const isObjectSchema = (schema: Record<string, unknown>) =>
  schema['type'] === 'object' && typeof schema['properties'] === 'object';

const isCloudEvent = newAjv().compile<object>(CLOUD_EVENT);
let eventValidators: ((definition: string) => ValidateFunction) | undefined;
let messageValidators: ((definition: string) => ValidateFunction) | undefined;

/** The event is a CloudEvent 1.0, and what the published schema of its type says, and no more. */
export function assertEvent(event: { readonly type: string }): void {
  eventValidators ??= closedValidators(EVENT_SCHEMAS);
  assertValid(isCloudEvent, event, event.type);
  assertValid(eventValidators(event.type), event, event.type);
}

/** What is said over NATS beside events is what its published schema says, and no more. */
export function assertMessage(definition: 'CommandOutcome' | 'Question', message: unknown): void {
  messageValidators ??= closedValidators(MESSAGE_SCHEMAS);
  assertValid(messageValidators(definition), message, definition);
}

export function assertValid(validate: ValidateFunction, value: unknown, what: string): void {
  if (!validate(value)) assert.fail(`${what}: ${problems(validate)} in ${JSON.stringify(value)}`);
}

function problems({ errors }: ValidateFunction): string {
  return (errors ?? [])
    .map(({ instancePath, message = '', params }) => `${instancePath} ${message} ${JSON.stringify(params)}`)
    .join('; ');
}

// JSON Schemas (draft-07) of what business services read as JSON, made from the types in libs/api.
import path from 'node:path';
import { createGenerator } from 'ts-json-schema-generator';
import { root } from './setup.mjs';

const DRAFT = 'http://json-schema.org/draft-07/schema#';
const EVENT = /^StationEvent<"(.+)">$/;

function generatorOf(file) {
  return createGenerator({
    path: path.join(root, 'libs/api', file),
    tsconfig: path.join(root, 'tsconfig.json'),
    // Whoever validates must accept what later releases add.
    additionalProperties: true,
    expose: 'export',
    jsDoc: 'extended',
    skipTypeCheck: true,
    topRef: false,
  });
}

/** One definition for each type of event, under its name, such as `#/definitions/transaction.started`. */
export function eventSchemas() {
  const generator = generatorOf('events.ts');
  const { definitions } = generator.createSchema('AnyStationEvent');
  const { properties: meanings } = generator.createSchema('EventData');
  const made = Object.entries(definitions).map(([name, schema]) => {
    const type = EVENT.exec(name)?.[1];
    return type === undefined ? [name, schema] : [type, eventSchema(schema, meanings[type].description)];
  });
  const types = Object.keys(meanings);
  return {
    $schema: DRAFT,
    title: 'Events of Stationmaster: CloudEvents 1.0 in structured JSON',
    oneOf: types.map((type) => ({ $ref: `#/definitions/${type}` })),
    definitions: Object.fromEntries(made),
  };
}

function eventSchema(schema, description) {
  const { required = [], ...data } = schema.properties.data;
  const properties = { ...schema.properties, data: { ...data, ...requiredUnlessOmitted(required) } };
  return { ...schema, description, properties };
}

/** An event that would be too large leaves members out and names them in `omitted`. */
const requiredUnlessOmitted = (required) =>
  required.length === 0 ? {} : { anyOf: [{ required }, { required: ['omitted'] }] };

/** What is said over NATS beside events. */
export function messageSchemas() {
  const roots = [
    ['commands.ts', 'CommandOutcome'],
    ['decisions.ts', 'Question'],
  ].map(([file, name]) => {
    const { $schema: _, definitions = {}, ...schema } = generatorOf(file).createSchema(name);
    return { ...definitions, [name]: schema };
  });
  return {
    $schema: DRAFT,
    title: 'Messages of Stationmaster over NATS, beside events',
    definitions: Object.assign({}, ...roots),
  };
}

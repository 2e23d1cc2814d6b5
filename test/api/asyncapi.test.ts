import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { grpc } from '../../libs/api/mod.js';
import { ALL_EVENTS, namedBy, subjectOf } from '../../libs/eventlog/jetstream/names.js';
import { stationToken, subjects } from '../../libs/link/mod.js';
import {
  assertEvent,
  assertMessage,
  assertValid,
  EVENT_SCHEMAS,
  MESSAGE_SCHEMAS,
  newAjv,
  readSchema,
} from './validators.js';

const FILE = 'libs/api/asyncapi.yaml';

interface Reference {
  readonly $ref: string;
}
interface Message {
  readonly payload: Partial<Reference>;
  readonly examples: readonly { readonly name: string; readonly payload: { readonly type?: string } }[];
}
interface Channel {
  readonly address: string | null;
  readonly parameters?: Readonly<Record<string, { readonly enum?: readonly string[] }>>;
  readonly messages: Readonly<Record<string, Reference>>;
}
interface Document {
  readonly channels: Readonly<Record<string, Channel>>;
  readonly operations: Readonly<
    Record<string, { readonly channel: Reference; readonly bindings?: { nats: { queue: string } } }>
  >;
  readonly components: { readonly messages: Readonly<Record<string, Message>> };
}

const text = readFileSync(FILE, 'utf8');
const document = parse(text) as Document;
const { channels, components } = document;

/** The schema of AsyncAPI 3.0 documents. It holds draft-07's own, which ajv then must not have as well. */
function asyncApiSchema() {
  const { schemas } = createRequire(import.meta.url)('@asyncapi/specs') as {
    schemas: Readonly<Record<string, object>>;
  };
  const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
  addFormats.default(ajv);
  return ajv.compile(schemas['3.0.0'] ?? {});
}

test('the document is AsyncAPI 3.0', () => {
  assertValid(asyncApiSchema(), document, FILE);
});

test('a document with a slip is found out', () => {
  const slips: readonly ((d: Record<string, Record<string, Record<string, unknown>>>) => void)[] = [
    (d) => delete d['info']?.['title'],
    (d) => Object.assign(d['operations']?.['receiveCommand'] ?? {}, { action: 'subscribe' }),
    (d) => Object.assign(d['channels']?.['command'] ?? {}, { adress: 'x' }),
  ];
  const validate = asyncApiSchema();
  for (const slip of slips) {
    const changed = parse(text) as Record<string, Record<string, Record<string, unknown>>>;
    slip(changed);
    assert.equal(validate(changed), false, String(slip));
  }
});

test('every reference within the document and to the schemas leads somewhere', () => {
  const references = [...text.matchAll(/\$ref: '([^']+)'/g)].map(([, reference = '']) => reference);
  assert.ok(references.length > 20);
  for (const reference of references) assert.ok(found(reference), reference);
});

function found(reference: string): unknown {
  const [file = '', pointer = ''] = reference.split('#');
  let at: unknown = file === '' ? document : readSchema(`libs/api/${file}`);
  for (const name of pointer.split('/').slice(1)) at = (at as Record<string, unknown> | undefined)?.[name];
  return at;
}

const SUBJECTS: Readonly<Record<string, string>> = {
  command: subjects.command('{stationToken}', '{action}'),
  commandWithId: subjects.command('{stationToken}', '{action}', '{commandId}'),
  decision: subjects.decision('{action}', '{stationToken}'),
  api: subjects.api('{service}', '{method}'),
  event: subjectOf({ station: 'stationToken', type: 'type' })
    .replace('stationToken', '{stationToken}')
    .replace(/type$/, '{type}'),
};

test("the subjects are the gateway's, and each subject of business services is there", () => {
  const addresses = Object.entries(channels).flatMap(([name, { address }]) =>
    address === null ? [] : [[name, address] as const],
  );
  assert.deepEqual(Object.fromEntries(addresses), SUBJECTS);
  assert.ok(ALL_EVENTS.startsWith('csms.event.'));
  assert.deepEqual(namedBy('csms.event.CS=2001.transaction.started'), {
    station: 'CS=2001',
    type: 'transaction.started',
  });
  assert.equal(stationToken('CS 01'), 'CS=2001');
});

test('each channel names the parameters of its subject', () => {
  for (const [name, { address, parameters = {} }] of Object.entries(channels)) {
    const used = [...(address ?? '').matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
    assert.deepEqual(Object.keys(parameters), used, name);
  }
});

test('the services are those that have a unary method', () => {
  const definitions = [
    grpc.CommandServiceDefinition,
    grpc.DecisionServiceDefinition,
    grpc.EventServiceDefinition,
    grpc.StationServiceDefinition,
  ];
  const unary = definitions
    .filter(({ methods }) =>
      Object.values(methods).some(({ requestStream, responseStream }) => !requestStream && !responseStream),
    )
    .map(({ name }) => name);
  assert.deepEqual(channels['api']?.parameters?.['service']?.enum, unary);
});

for (const [name, { payload, examples }] of Object.entries(components.messages)) {
  test(`the examples of ${name} are what its schema says`, () => {
    assert.ok(examples.length > 0);
    for (const example of examples) assertValid(validatorOf(payload), example.payload, example.name);
  });
}

test('the examples of published messages hold nothing that is not published', () => {
  const given = (name: string) => components.messages[name]?.examples.map((example) => example.payload) ?? [];
  for (const event of given('event')) assertEvent({ ...event, type: event.type ?? '' });
  for (const question of given('question')) assertMessage('Question', question);
  for (const outcome of given('outcome')) assertMessage('CommandOutcome', outcome);
});

function validatorOf(payload: Message['payload']) {
  const ajv = newAjv()
    .addSchema(readSchema(EVENT_SCHEMAS), 'events.schema.json')
    .addSchema(readSchema(MESSAGE_SCHEMAS), 'messages.schema.json');
  const { $ref } = payload;
  if ($ref === undefined) return ajv.compile(payload);
  return ajv.compile($ref.startsWith('#') ? (found($ref) as object) : { $ref: $ref.replace('./', '') });
}

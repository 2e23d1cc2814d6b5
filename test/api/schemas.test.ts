import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { format, resolveConfig } from 'prettier';
import type { AnyStationEvent } from '../../libs/api/mod.js';
import { script } from './made-by-scripts.js';
import {
  assertEvent,
  assertValid,
  closedValidators,
  EVENT_SCHEMAS,
  MESSAGE_SCHEMAS,
  newAjv,
  readSchema,
} from './validators.js';

// The published JSON Schemas are those that the types make. `UPDATE_DOCS=1 npm test -- test/api/schemas` writes them.

async function checkFile(file: string, schema: object): Promise<void> {
  const style = await resolveConfig(file);
  const made = await format(JSON.stringify(schema), { ...style, parser: 'json' });
  if (process.env['UPDATE_DOCS'] === '1') await writeFile(file, made);
  else {
    const written = await readFile(file, 'utf8');
    assert.ok(
      written === made,
      `${file}: out of date, write it with UPDATE_DOCS=1 npm test -- test/api/schemas`,
    );
  }
}

test('the JSON Schemas of events are those that the types make', async () => {
  const { eventSchemas } = await script('api-schemas');
  await checkFile(EVENT_SCHEMAS, eventSchemas());
});

test('the JSON Schemas of the other messages are those that the types make', async () => {
  const { messageSchemas } = await script('api-schemas');
  await checkFile(MESSAGE_SCHEMAS, messageSchemas());
});

test('every schema compiles strictly, and every reference leads somewhere', () => {
  for (const file of [EVENT_SCHEMAS, MESSAGE_SCHEMAS]) {
    const validator = closedValidators(file);
    for (const name of Object.keys(readSchema(file).definitions ?? {})) assert.ok(validator(name));
  }
});

const EVENT: AnyStationEvent = {
  specversion: '1.0',
  id: 'lx3k2a-17',
  source: '/stations/CS%2001',
  type: 'transaction.ended',
  subject: '7',
  time: '2026-03-01T10:00:00.000Z',
  datacontenttype: 'application/json',
  stationtime: '2026-03-01T09:59:59.000Z',
  sequence: '0000000017',
  ocppversion: '1.6',
  ocppaction: 'StopTransaction',
  data: {
    transactionId: '7',
    meterValue: [{ timestamp: '2026-03-01T09:59:59.000Z', sampledValue: [{ value: 1200 }] }],
    missing: [[1, 2]],
    ocpp: { transactionId: 7, meterStop: 1200 },
  },
};

test('an event is what its schema says', () => {
  assertEvent(EVENT);
});

const WRONG: readonly (readonly [what: string, change: object, error: RegExp])[] = [
  ['an id of another form', { id: '17' }, /\/id must match pattern/],
  ['no source', { source: undefined }, /required/],
  ['a source that is no reference', { source: '/stations/C S' }, /\/source must match format/],
  ['another specversion', { specversion: '0.3' }, /\/specversion must be equal to constant/],
  ['a time without its zone', { time: '2026-03-01T10:00:00' }, /\/time must match format "date-time"/],
  ['a short number', { sequence: '17' }, /\/sequence must match pattern/],
  ['an attribute with a capital', { stationTime: 'x' }, /must NOT have additional properties/],
  ['an attribute that is not published', { partitionkey: 'x' }, /must NOT have additional properties/],
  ['a member that is missing', { data: {} }, /\/data must have required property 'transactionId'/],
  ['a member of the wrong type', { data: { transactionId: 7 } }, /\/data\/transactionId must be string/],
  ['a member that is not published', { data: { transactionId: '7', x: 1 } }, /additional properties/],
  ['a type that is not published', { type: 'transaction.lost' }, /no definition transaction\.lost/],
];

for (const [what, change, error] of WRONG) {
  test(`an event is refused for ${what}`, () => {
    const event = JSON.parse(JSON.stringify({ ...EVENT, ...change })) as AnyStationEvent;
    assert.throws(() => assertEvent(event), { message: error });
  });
}

test('members that an event says it omits may be missing', () => {
  assertEvent({ ...EVENT, data: { omitted: ['transactionId'] } } as unknown as AnyStationEvent);
});

test('a reader that validates accepts members and attributes that a later release adds', () => {
  const schema = readSchema(EVENT_SCHEMAS);
  const validate = newAjv().compile(schema);
  const later = { ...EVENT, tracestate: 'x', data: { ...EVENT.data, operator: { name: 'x' } } };
  assertValid(validate, later, 'a later event');
});

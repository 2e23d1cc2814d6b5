import assert from 'node:assert/strict';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { findAction } from '../actions.js';
import type { Check } from '../validation.js';
import { VERSIONS, type Version } from '../versions.js';
import { mutated, validPayload } from './payloads.js';
import { below, randomFrom, type Random } from './random.js';
import { readSchemas, type MessageSchema } from './schemas.js';

/**
 * The generated validators against plain ajv on the schemas as they stand: both must accept the same payloads, and what
 * ours names first must be among all that ajv finds. Formats are checked by other means than libs/ocpp/formats.ts.
 */

/** Of one validator. */
interface Pair {
  readonly name: string;
  readonly schema: MessageSchema['schema'];
  readonly check: Check;
  readonly reference: ValidateFunction;
}

export interface Tally {
  readonly validators: number;
  readonly accepted: number;
  readonly refused: number;
}

const DATE_TIME =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?$/;

function isDateTime(text: string): boolean {
  const [, year, month, day] = (DATE_TIME.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined) return false;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

const isUri = (text: string): boolean => /^[a-z][a-z0-9+.-]*:/i.test(text) && !/[\s"<>\\^`{|}]/.test(text);

function referenceOf(schema: MessageSchema['schema'], ajv: Ajv): ValidateFunction {
  // Such ids are no URIs that ajv could resolve, and the definitions stand in place of their references already.
  const { $id: _id, definitions: _definitions, ...rest } = schema;
  return ajv.compile(rest);
}

function newAjv(): Ajv {
  return new Ajv({
    strict: false,
    allErrors: true,
    validateSchema: false,
    meta: false,
    inlineRefs: false,
    ownProperties: true,
    strictNumbers: true,
    multipleOfPrecision: 6,
    formats: { 'date-time': isDateTime, uri: isUri },
  });
}

function pairsOf(version: Version): Pair[] {
  const ajv = newAjv();
  return readSchemas(version).map(({ action, side, schema }) => {
    const spec = findAction(version, action);
    const check = side === 'request' ? spec?.checkRequest : spec?.checkResponse;
    assert.ok(check, `${version} has no ${side} check of ${action}`);
    return { name: `${version} ${action} ${side}`, schema, check, reference: referenceOf(schema, ajv) };
  });
}

/** `cases` payloads, as many of each message of each version; a difference ends it. @throws AssertionError */
export function compareValidators(
  cases: number,
  seed: number,
  note: (done: number) => void = () => {},
): Tally {
  const pairs = VERSIONS.flatMap(pairsOf);
  const random = randomFrom(seed);
  let accepted = 0;
  for (let done = 0; done < cases; done++) {
    const pair = pairs[done % pairs.length] as Pair;
    if (compare(pair, payloadFor(pair, random), `${pair.name}, case ${done} of seed ${seed}`)) accepted++;
    if (done % 10_000 === 0) note(done);
  }
  return { validators: pairs.length, accepted, refused: cases - accepted };
}

/** A third of them valid, the others mutated once to three times. */
function payloadFor({ schema }: Pair, random: Random): unknown {
  let payload = validPayload(schema, random);
  for (let left = below(random, 3) === 0 ? 0 : 1 + below(random, 3); left > 0; left--) {
    payload = mutated(payload, random);
  }
  return payload;
}

/** True when both accept it. */
function compare({ check, reference }: Pair, payload: unknown, which: string): boolean {
  const violation = check(payload);
  const isValid = reference(payload);
  if (violation === undefined) {
    assert.ok(isValid, `${which}: accepted, but ${JSON.stringify(reference.errors)}: ${textOf(payload)}`);
    return true;
  }
  assert.ok(!isValid, `${which}: refused by '${violation.message}': ${textOf(payload)}`);
  const told = (reference.errors ?? []).map(placeOf);
  const ours = `${violation.keyword} ${violation.path}`;
  assert.ok(told.includes(ours), `${which}: '${ours}' is none of ${told.join(', ')}: ${textOf(payload)}`);
  return false;
}

const textOf = (payload: unknown): string => JSON.stringify(payload).slice(0, 2_000);

/** `required /a/b`: the path of what is missing or too much includes its name. */
function placeOf({ keyword, instancePath, params }: ErrorObject): string {
  const { missingProperty, additionalProperty } = params as Record<string, string | undefined>;
  const member = missingProperty ?? additionalProperty;
  const tail = member === undefined ? '' : `/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return `${keyword} ${instancePath}${tail}`;
}

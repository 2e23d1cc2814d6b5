import { below, pick, type Random } from './random.js';
import type { Schema } from './schemas.js';

/** Random payloads: valid ones of a schema, and mutations of these that mostly are not. */

/** Characters of one, two, three and four bytes, and half a surrogate pair. */
const CHARACTERS = ['a', 'Z', '0', ' ', '"', '\\', 'ü', '€', '𝄞', '\ud834'];

const DATE_TIMES = [
  '2026-11-21T10:15:30Z',
  '2026-11-21T10:15:30.1Z',
  '2024-02-29T23:59:60.123456+02:00',
  '2000-02-29t00:00:00z',
  '2026-12-31 23:59:59-0530',
  '2026-01-01T00:00:00+14',
  '0000-01-01T00:00:00',
];

const NOT_DATE_TIMES = [
  '',
  '2026-11-21',
  '2026-02-29T00:00:00Z',
  '1900-02-29T00:00:00Z',
  '2026-11-31T00:00:00Z',
  '2026-11-21T24:00:00Z',
  '2026-11-21T10:15:61Z',
  '2026-11-21T10:15:30.Z',
  '2026-11-21T10:15:30+24:00',
  '2026-11-21T10:15:30ZZ',
  '2026-11-21T10:15:30+1:00',
  ' 2026-11-21T10:15:30Z',
  '2026/11/21T10:15:30Z',
];

const URIS = ['https://example.com/a?b=c#d', 'ftp:', 'urn:x:ä', 'http://[::1]/'];

/** Each optional member is there or not; lengths and numbers lie near their limits. */
export function validPayload(schema: Schema, random: Random): unknown {
  switch (schema.type) {
    case 'object':
      return validObject(schema, random);
    case 'array': {
      const least = schema.minItems ?? 0;
      const most = Math.min(schema.maxItems ?? Infinity, least + 2);
      const length = least + below(random, most - least + 1);
      return Array.from({ length }, () => validPayload(schema.items ?? {}, random));
    }
    case 'string':
      return validText(schema, random);
    case 'integer':
      return within(schema, pick(random, [0, 1, 2, 7, -1, 1000, 2 ** 31]));
    case 'number':
      return validNumber(schema, random);
    case 'boolean':
      return random() < 0.5;
    default:
      return pick(random, [null, 0, 'free', { form: [1] }, []]);
  }
}

function validObject(schema: Schema, random: Random): object {
  const object: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const isThere = schema.required?.includes(name) === true || random() < 0.4;
    if (isThere) object[name] = validPayload(member, random);
  }
  if (schema.additionalProperties !== false && random() < 0.3) object['anything'] = { more: [null] };
  return object;
}

function validText(schema: Schema, random: Random): string {
  if (schema.enum !== undefined) return pick(random, schema.enum);
  if (schema.format === 'date-time') return pick(random, DATE_TIMES);
  if (schema.format === 'uri') return pick(random, URIS);
  const most = schema.maxLength ?? 20;
  const length = pick(
    random,
    [0, 1, 5, most - 1, most].filter((each) => each >= 0 && each <= most),
  );
  const characters = Array.from({ length: Math.min(length, 8) }, () => pick(random, CHARACTERS));
  return characters.join('') + pick(random, ['x', '𝄞']).repeat(length - characters.length);
}

const within = ({ minimum = -Infinity, maximum = Infinity }: Schema, value: number): number =>
  Math.min(maximum, Math.max(minimum, value));

function validNumber(schema: Schema, random: Random): number {
  if (schema.multipleOf !== undefined) return within(schema, below(random, 1000) * schema.multipleOf);
  return within(schema, pick(random, [0, 0.1, -3.75, 1e21, 7360.5, 1e-7]));
}

/** A copy in which one value, anywhere in it, is changed, removed or added. */
export function mutated(payload: unknown, random: Random): unknown {
  if (Array.isArray(payload) && payload.length > 0 && random() < 0.8) {
    return payload.with(...changedElement(payload, random)) as unknown;
  }
  if (typeof payload === 'object' && payload !== null && !Array.isArray(payload)) {
    const names = Object.keys(payload);
    if (names.length > 0 && random() < 0.8) {
      const name = pick(random, names);
      return { ...payload, [name]: mutated((payload as Record<string, unknown>)[name], random) };
    }
  }
  return replaced(payload, random);
}

function changedElement(elements: readonly unknown[], random: Random): [number, unknown] {
  const at = below(random, elements.length);
  return [at, mutated(elements[at], random)];
}

function replaced(value: unknown, random: Random): unknown {
  if (random() < 0.25) return pick(random, [null, true, 0, 1.5, '', 'text', [], {}, [[]]]);
  if (typeof value === 'string') return replacedText(value, random);
  if (typeof value === 'number') {
    return pick(random, [
      value - 1,
      value + 1,
      value + 0.05,
      -value,
      value * 1e300 * 1e300,
      Number.NaN,
      `${value}`,
    ]);
  }
  if (typeof value === 'boolean') return `${value}`;
  if (Array.isArray(value)) return replacedArray(value, random);
  if (typeof value === 'object' && value !== null) return replacedObject(value, random);
  return value;
}

function replacedArray(elements: readonly unknown[], random: Random): unknown {
  const many = Array.from({ length: 1025 }, () => elements[0]);
  return pick<unknown>(random, [[], [...elements, ...elements], many]);
}

function replacedText(text: string, random: Random): unknown {
  const at = below(random, text.length + 1);
  return pick(random, [
    text.slice(1),
    text.slice(0, at) + pick(random, CHARACTERS) + text.slice(at),
    text.slice(0, at) + pick(random, CHARACTERS) + text.slice(at + 1),
    text.toLowerCase(),
    `${text}${text}`,
    text.padEnd(51, '€'),
    text.padEnd(10_001, 'x'),
    pick(random, NOT_DATE_TIMES),
    pick(random, DATE_TIMES),
    'no uri',
  ]);
}

function replacedObject(value: object, random: Random): unknown {
  const entries = Object.entries(value);
  const extra = pick(random, ['notInTheSchema', '__proto__', 'constructor', 'toString', '']);
  if (entries.length === 0 || random() < 0.5) {
    // As JSON.parse does: `__proto__` becomes a member of its own.
    return Object.fromEntries([...entries, [extra, pick<unknown>(random, [0, {}, null])]]);
  }
  return Object.fromEntries(entries.toSpliced(below(random, entries.length), 1));
}

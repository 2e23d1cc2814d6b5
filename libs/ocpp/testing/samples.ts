import type { FaultKind } from '../faults.js';
import type { Schema } from './schemas.js';

/** A valid value: with all optional members, or with none. */
export function sampleOf(schema: Schema, members: 'all' | 'required'): unknown {
  switch (schema.type) {
    case 'object':
      return sampleObject(schema, members);
    case 'array':
      return Array.from({ length: schema.minItems ?? 1 }, () => sampleOf(schema.items ?? {}, members));
    case 'string':
      return sampleText(schema);
    case 'integer':
      return clamp(1, schema);
    case 'number':
      return clamp(1.5, schema);
    case 'boolean':
      return true;
    default:
      return { free: ['form'] };
  }
}

const clamp = (value: number, { minimum = -Infinity, maximum = Infinity }: Schema): number =>
  Math.min(maximum, Math.max(minimum, value));

function sampleObject(schema: Schema, members: 'all' | 'required'): object {
  const wanted = Object.entries(schema.properties ?? {}).filter(
    ([name]) => members === 'all' || schema.required?.includes(name) === true,
  );
  return Object.fromEntries(wanted.map(([name, member]) => [name, sampleOf(member, members)]));
}

function sampleText(schema: Schema): string {
  if (schema.enum !== undefined) return schema.enum.at(-1) ?? '';
  if (schema.format === 'date-time') return '2026-02-28T23:59:59.999Z';
  if (schema.format === 'uri') return 'https://example.com/files?name=a';
  return 'ü€𝄞'.repeat(schema.maxLength ?? 1).slice(0, schema.maxLength);
}

/** `sampleOf(schema, 'all')` once for every value of every enum in it. */
export function* samplesOfEnums(schema: Schema): Iterable<unknown> {
  const sample = sampleOf(schema, 'all');
  for (const [place, value] of enumsOf(schema, [])) yield replace(sample, place, () => value);
}

function* enumsOf(schema: Schema, place: Place): Iterable<readonly [Place, string]> {
  for (const value of schema.enum ?? []) yield [place, value];
  if (schema.items !== undefined) yield* enumsOf(schema.items, [...place, '0']);
  for (const [name, member] of Object.entries(schema.properties ?? {}))
    yield* enumsOf(member, [...place, name]);
}

/** One way to break a valid sample, and what must be said about it. */
export interface Mutation {
  /** JSON pointer of the value that is broken, missing or too much. */
  readonly path: string;
  readonly keyword: string;
  readonly kind: FaultKind;
  readonly apply: (sample: unknown) => unknown;
}

type Place = readonly string[];

/** Every way to break every part of `sampleOf(schema, 'all')` once. */
export function mutationsOf(schema: Schema, place: Place = []): readonly Mutation[] {
  return [...ofType(schema, place), ...ofValue(schema, place), ...ofParts(schema, place)];
}

function put(place: Place, keyword: string, kind: FaultKind, value: unknown): Mutation {
  return { path: pointer(place), keyword, kind, apply: (sample) => replace(sample, place, () => value) };
}

const pointer = (place: Place): string => place.map((name) => `/${name}`).join('');

function ofType(schema: Schema, place: Place): readonly Mutation[] {
  if (schema.type === undefined) return [];
  const wrong: Record<typeof schema.type, readonly unknown[]> = {
    object: [[], 'text', null],
    array: [{ length: 1 }, 'text', null],
    string: [true, {}, null],
    integer: [1.5, '1', Infinity],
    number: ['1', [], -Infinity],
    boolean: ['true', 1, null],
  };
  const kind = place.length === 0 ? 'bad_structure' : 'wrong_type';
  return wrong[schema.type].map((value) => put(place, 'type', kind, value));
}

function ofValue(schema: Schema, place: Place): readonly Mutation[] {
  const all: Mutation[] = [];
  const add = (keyword: string, value: unknown): void =>
    void all.push(put(place, keyword, 'wrong_value', value));
  if (schema.enum !== undefined) add('enum', 'NoSuchValue');
  else if (schema.maxLength !== undefined) add('maxLength', '€'.repeat(schema.maxLength + 1));
  if (schema.format === 'date-time') add('format', '2026-13-01T00:00:00Z');
  if (schema.format === 'uri') add('format', 'no uri');
  if (schema.minimum !== undefined) add('minimum', schema.minimum - 1);
  if (schema.maximum !== undefined) add('maximum', schema.maximum + 1);
  if (schema.multipleOf !== undefined) add('multipleOf', schema.multipleOf * 1.5);
  return all;
}

function ofParts(schema: Schema, place: Place): readonly Mutation[] {
  if (schema.type === 'array') return ofElements(schema, place);
  if (schema.type !== 'object') return [];
  const members = Object.entries(schema.properties ?? {});
  const extra: Mutation = {
    ...put([...place, 'notInTheSchema'], 'additionalProperties', 'bad_structure', 0),
    apply: (sample) => replace(sample, place, (value) => ({ ...(value as object), notInTheSchema: 0 })),
  };
  return [
    ...(schema.additionalProperties === false ? [extra] : []),
    ...(schema.required ?? []).map((name) =>
      put([...place, name], 'required', 'wrong_occurrence', undefined),
    ),
    ...members.flatMap(([name, member]) => mutationsOf(member, [...place, name])),
  ];
}

function ofElements(schema: Schema, place: Place): readonly Mutation[] {
  const element = sampleOf(schema.items ?? {}, 'required');
  const all: Mutation[] = [];
  if ((schema.minItems ?? 0) > 0) all.push(put(place, 'minItems', 'wrong_occurrence', []));
  if (schema.maxItems !== undefined) {
    const tooMany = Array.from({ length: schema.maxItems + 1 }, () => element);
    all.push(put(place, 'maxItems', 'wrong_occurrence', tooMany));
  }
  return (schema.minItems ?? 1) === 0 ? all : [...all, ...mutationsOf(schema.items ?? {}, [...place, '0'])];
}

/** A copy of `value` in which what stands at `place` is changed; undefined removes it. */
function replace(value: unknown, [name, ...rest]: Place, change: (value: unknown) => unknown): unknown {
  if (name === undefined) return change(value);
  if (Array.isArray(value)) {
    return value.map((element: unknown, index) =>
      String(index) === name ? replace(element, rest, change) : element,
    );
  }
  const copy: Record<string, unknown> = { ...(value as Record<string, unknown>) };
  const changed = replace(copy[name], rest, change);
  if (changed === undefined) delete copy[name];
  else copy[name] = changed;
  return copy;
}

import { pick, type Random } from '../../driven/random.js';

/** Texts that parsers trip over, to be put anywhere. */
const TOKENS = [
  'null',
  'true',
  '-0',
  '1e400',
  '-1e400',
  '1e-400',
  '9007199254740993',
  '99999999999999999999999999999999',
  '0.1e-7',
  '""',
  '{}',
  '[]',
  '[[]]',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '"\\u0000"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\ufeff"',
  '"𝄞"',
  '\\',
  '"',
  ',',
  ':',
  ' ',
  '\t\n',
  '\u2028',
  '/*',
  '//',
  'NaN',
  'Infinity',
  "'",
];

/** Values to stand where another was. */
const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  -2147483649,
  '',
  'x',
  'x'.repeat(37),
  'x'.repeat(3000),
  '\0',
  '\ud800',
  '\u202e',
  '2026-02-30T00:00:00Z',
  '9999-12-31T23:59:60.999999999+23:59',
  '0001-01-01T00:00:00Z',
  [],
  {},
  [[]],
  [null],
  { a: {} },
  JSON.parse('{"__proto__":{"polluted":true}}'),
  { constructor: { prototype: { polluted: true } } },
];

type Mutator = (random: Random, bytes: Buffer, other: () => Buffer) => Buffer;

const place = (random: Random, bytes: Buffer): number => random.between(0, Math.max(0, bytes.length - 1));

/** Flips low bits of up to eight bytes: what was ASCII stays ASCII. */
const flip: Mutator = (random, bytes) => {
  const copy = Buffer.from(bytes);
  for (let times = random.between(1, 8); times > 0; times--) {
    const at = place(random, copy);
    if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ (1 << random.between(0, 6));
  }
  return copy;
};

const remove: Mutator = (random, bytes) => {
  const at = place(random, bytes);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.between(1, 20))]);
};

const duplicate: Mutator = (random, bytes) => {
  const at = place(random, bytes);
  const end = Math.min(bytes.length, at + random.between(1, 80));
  return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
};

const insert: Mutator = (random, bytes) => {
  const at = place(random, bytes);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(pick(random, TOKENS)), bytes.subarray(at)]);
};

/** The beginning of one message and the end of another. */
export const splice: Mutator = (random, bytes, other) => {
  const end = other();
  return Buffer.concat([bytes.subarray(0, place(random, bytes)), end.subarray(place(random, end))]);
};

export const truncate: Mutator = (random, bytes) => bytes.subarray(0, place(random, bytes));

/** Another value, or none, somewhere in the message: it stays JSON, so it gets further. */
const transplant: Mutator = (random, bytes) => {
  const message = parse(bytes);
  if (message === undefined) return flip(random, bytes, () => bytes);
  const container = walk(random, message);
  const names = Object.keys(container);
  const name = names.length === 0 ? 'x' : pick(random, names);
  if (random.chance(0.15) && !Array.isArray(container)) Reflect.deleteProperty(container, name);
  else if (random.chance(0.15))
    Reflect.set(container, `${name}${random.between(0, 9)}`, pick(random, VALUES));
  else Reflect.set(container, name, pick(random, VALUES));
  return Buffer.from(JSON.stringify(message));
};

function parse(bytes: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Some object or array in `value`. */
function walk(random: Random, value: object): object {
  const inner = Object.values(value).filter((one): one is object => typeof one === 'object' && one !== null);
  return inner.length === 0 || random.chance(0.3) ? value : walk(random, pick(random, inner));
}

const MUTATORS: readonly Mutator[] = [
  flip,
  flip,
  remove,
  duplicate,
  insert,
  splice,
  truncate,
  transplant,
  transplant,
  transplant,
];

/** One to three changes to a message. */
export const mutate: Mutator = (random, bytes, other) => {
  let mutated = bytes;
  for (let times = random.between(1, 3); times > 0; times--)
    mutated = pick(random, MUTATORS)(random, mutated, other);
  return mutated;
};

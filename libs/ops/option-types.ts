import path from 'node:path';
import { nearest } from './nearest.js';

/** How the text of a flag or variable becomes a value. */
export interface OptionType<T> {
  /** One word for the help, e.g. `port`. */
  readonly name: string;
  /** Completes "must be …". */
  readonly expected: string;
  /** undefined: the text is not such a value. */
  parse(text: string): T | undefined;
  /** For a text that it does not parse: the name that may have been meant. */
  meant?(text: string): string | undefined;
  /** The text that `parse` would read as `value`. */
  format(value: T): string;
  /** True where the text may hold a password: no message repeats it. */
  readonly isSecret?: true;
  /** True for booleans: the flag may stand without a value, and as `--no-flag`. */
  readonly isSwitch?: true;
}

const DURATION_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const BYTES: Readonly<Record<string, number>> = { '': 1, B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

function whole(text: string): number | undefined {
  if (!/^-?\d{1,15}$/.test(text)) return undefined;
  return Number(text);
}

function within(value: number | undefined, range: Range): number | undefined {
  if (value === undefined) return undefined;
  return value >= (range.min ?? -Infinity) && value <= (range.max ?? Infinity) ? value : undefined;
}

function rangeText(range: Range, format: (value: number) => string): string {
  const { min, max } = range;
  if (min !== undefined && max !== undefined) return ` from ${format(min)} to ${format(max)}`;
  if (min !== undefined) return `, ${format(min)} or more`;
  return max === undefined ? '' : `, ${format(max)} or less`;
}

function withLargestUnit(value: number, units: Readonly<Record<string, number>>): string {
  if (value === 0) return `0${Object.keys(units).includes('s') ? 's' : ''}`;
  const fitting = Object.entries(units).filter(([, size]) => value % size === 0);
  const [unit, size] = fitting.at(-1) ?? ['', 1];
  return `${value / size}${unit}`;
}

export interface Range {
  readonly min?: number;
  readonly max?: number;
}

const formatDuration = (ms: number) => withLargestUnit(ms, DURATION_MS);
const formatBytes = (bytes: number) => withLargestUnit(bytes, BYTES);

function integer(range: Range = {}): OptionType<number> {
  return {
    name: 'number',
    expected: `a whole number${rangeText(range, String)}`,
    parse: (text) => within(whole(text), range),
    format: String,
  };
}

/** A number that may have a fraction. */
function number(range: Range = {}): OptionType<number> {
  return {
    name: 'number',
    expected: `a number${rangeText(range, String)}`,
    parse: (text) => (/^-?\d{1,15}(\.\d{1,9})?$/.test(text) ? within(Number(text), range) : undefined),
    format: String,
  };
}

/**
 * Milliseconds, written as `500ms`, `30s`, `5m`, `2h` or `7d`; the bounds are milliseconds too. With `wholeSeconds` no
 * fraction of one is taken.
 */
function duration(range: Range & { readonly wholeSeconds?: true } = {}): OptionType<number> {
  const bounds = { min: 0, ...range };
  const examples = range.wholeSeconds
    ? 'of whole seconds such as 30s, 5m or 2h'
    : 'such as 500ms, 30s, 5m or 2h';
  const fitting = (ms: number | undefined) => (range.wholeSeconds && (ms ?? 0) % 1000 !== 0 ? undefined : ms);
  return {
    name: 'duration',
    expected: `a duration ${examples}${rangeText(range, formatDuration)}`,
    parse: (text) => {
      const [, amount = '', unit = ''] = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text) ?? [];
      if (amount === '') return within(text === '0' ? 0 : undefined, bounds);
      return fitting(within(Number(amount) * (DURATION_MS[unit] ?? 1), bounds));
    },
    format: formatDuration,
  };
}

/** A number of bytes, written as `65536`, `512KiB` or `1MiB`. */
function bytes(range: Range = {}): OptionType<number> {
  return {
    name: 'size',
    expected: `a size such as 65536, 512KiB or 1MiB${rangeText(range, formatBytes)}`,
    parse: (text) => {
      const [, amount = '', unit = ''] = /^(\d{1,12})(B|KiB|MiB|GiB)?$/.exec(text) ?? [];
      return amount === '' ? undefined : within(Number(amount) * (BYTES[unit] ?? 1), range);
    },
    format: formatBytes,
  };
}

const port: OptionType<number> = {
  name: 'port',
  expected: 'a port number from 0 (any free one) to 65535',
  parse: (text) => within(whole(text), { min: 0, max: 65_535 }),
  format: String,
};

const YES = ['true', '1', 'yes', 'on'];
const NO = ['false', '0', 'no', 'off'];

const boolean: OptionType<boolean> = {
  name: 'true|false',
  expected: 'true or false',
  parse: (text) =>
    YES.includes(text.toLowerCase()) ? true : NO.includes(text.toLowerCase()) ? false : undefined,
  format: String,
  isSwitch: true,
};

function choice<const C extends string>(choices: readonly C[]): OptionType<C> {
  return {
    name: choices.join('|'),
    expected: `one of ${choices.join(', ')}`,
    parse: (text) => choices.find((candidate) => candidate === text),
    meant: (text) => nearest(text, choices),
    format: String,
  };
}

/** Text that matches `pattern` as a whole; any text that is not empty without one. */
function string(options: { pattern?: RegExp; expected?: string; name?: string } = {}): OptionType<string> {
  return {
    name: options.name ?? 'text',
    expected: options.expected ?? 'a text that is not empty',
    parse: (text) => (text !== '' && (options.pattern?.test(text) ?? true) ? text : undefined),
    format: String,
  };
}

/** The name of a process within a cluster. */
const serviceId: OptionType<string> = {
  name: 'name',
  expected: "a name of 1 to 64 letters, digits, '-' and '_'",
  parse: (text) => (/^[A-Za-z0-9_-]{1,64}$/.test(text) ? text : undefined),
  format: String,
};

/** A file or folder; relative paths are taken from the current folder and become absolute. */
const filePath: OptionType<string> = {
  name: 'path',
  expected: 'a path',
  parse: (text) => (text === '' || text.includes('\0') ? undefined : path.resolve(text)),
  format: String,
};

function url(protocols: readonly string[]): OptionType<string> {
  return {
    name: 'url',
    expected: `a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    parse: (text) => (URL.canParse(text) && protocols.includes(new URL(text).protocol) ? text : undefined),
    format: String,
  };
}

/** Several values, separated by commas. */
function list<T>(item: OptionType<T>): OptionType<readonly T[]> {
  return {
    name: `${item.name},…`,
    expected: `a list, separated by commas, of which each is ${item.expected}`,
    parse: (text) => {
      if (text === '') return [];
      const values = text.split(',').map((part) => item.parse(part.trim()));
      return values.every((value) => value !== undefined) ? values : undefined;
    },
    meant: (text) => {
      const wrong = text.split(',').find((part) => item.parse(part.trim()) === undefined);
      return wrong === undefined ? undefined : item.meant?.(wrong.trim());
    },
    format: (values) => values.map((value) => item.format(value)).join(','),
    ...(item.isSecret === true && { isSecret: true }),
  };
}

/** An option that may be left out: its default is undefined. */
function optional<T>(type: OptionType<T>): OptionType<T | undefined> {
  return { ...type, format: (value) => (value === undefined ? '' : type.format(value)) };
}

export const types = {
  integer,
  number,
  duration,
  bytes,
  port,
  boolean,
  choice,
  string,
  path: filePath,
  url,
  serviceId,
  list,
  optional,
};

import type { Quirk, QuirkSet } from './quirks.js';
import type { Check, Violation } from './validation.js';

/** How a payload that the schema refuses can be made one that it accepts, when a quirk allows it. */
interface Repair {
  readonly quirk: Quirk;
  /** True when the violation is of the kind that this repairs. */
  readonly applies: (violation: Violation, action: string) => boolean;
  /** The value to put in place of `value`; `DROP` removes the member; `value` itself: cannot be repaired. */
  readonly change: (value: unknown, violation: Violation) => unknown;
}

const DROP = Symbol('drop');

const REPAIRS: readonly Repair[] = [
  {
    quirk: 'extra_property',
    applies: ({ keyword }) => keyword === 'additionalProperties',
    change: () => DROP,
  },
  {
    quirk: 'number_for_string',
    applies: ({ keyword, params }) => keyword === 'type' && params.type === 'string',
    change: (value) => (typeof value === 'number' ? String(value) : value),
  },
  {
    quirk: 'long_string',
    applies: ({ keyword }, action) => keyword === 'maxLength' && action === 'BootNotification',
    change: (value, { params }) =>
      typeof value === 'string' ? firstCharacters(value, params.limit ?? 0) : value,
  },
  {
    quirk: 'empty_vendor',
    applies: ({ keyword, path }, action) =>
      action === 'BootNotification' && (keyword === 'required' || keyword === 'type') && VENDOR.test(path),
    change: (value) => value ?? '',
  },
  {
    quirk: 'unknown_error_code',
    applies: ({ keyword, path }, action) =>
      keyword === 'enum' && path === '/errorCode' && action === 'StatusNotification',
    change: () => 'OtherError',
  },
  {
    quirk: 'unit_spelling',
    applies: ({ keyword, path }) => keyword === 'enum' && path.endsWith('/unit'),
    change: (value, { params }) => sameInOtherCasing(value, params.allowedValues ?? []),
  },
];

const VENDOR =
  /^\/(?:chargePointVendor|chargePointModel|chargingStation\/vendorName|chargingStation\/model)$/;

const firstCharacters = (text: string, count: number): string =>
  [...text.slice(0, 2 * count)].slice(0, count).join('');

function sameInOtherCasing(value: unknown, allowed: readonly string[]): unknown {
  if (typeof value !== 'string') return value;
  return allowed.find((one) => one.toLowerCase() === value.toLowerCase()) ?? value;
}

export interface Repaired {
  readonly payload: unknown;
  /** The quirks that were needed, each once. */
  readonly quirks: readonly Quirk[];
}

/** Each round ends one kind of violation in the whole payload. */
const MAX_ROUNDS = 32;
/** Large payloads get fewer rounds, at least so many: a round looks at the whole payload, and a peer decides how often. */
const MIN_ROUNDS = 4;
/** Rounds times bytes. */
const MAX_WORK = 2 * 1024 * 1024;

/**
 * A valid copy of a payload that broke `check` with `first`; the violation that no enabled quirk covers, when there is
 * one. `payload`, JSON of so many `bytes`, is not changed.
 */
export function repair(
  payload: unknown,
  first: Violation,
  check: Check,
  action: string,
  quirks: QuirkSet,
  bytes: number,
): Repaired | Violation {
  const copy = copyOf(payload);
  const used = new Set<Quirk>();
  const rounds = Math.min(MAX_ROUNDS, Math.max(MIN_ROUNDS, Math.floor(MAX_WORK / bytes)));
  let violation = first;
  for (let round = 0; round < rounds; round++) {
    const quirk = repairOne(copy, violation, action, quirks);
    if (quirk === undefined) return violation;
    used.add(quirk);
    const next = check(copy);
    if (next === undefined) return { payload: copy, quirks: [...used] };
    violation = next;
  }
  return violation;
}

/** For JSON several times as fast as `structuredClone`. */
function copyOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyOf(member)]));
}

/** The quirk that covered the violation. */
function repairOne(
  payload: unknown,
  violation: Violation,
  action: string,
  quirks: QuirkSet,
): Quirk | undefined {
  const names = violation.path.split('/').slice(1).map(unescapeToken);
  for (const { quirk, applies, change } of REPAIRS) {
    if (!quirks.has(quirk) || !applies(violation, action)) continue;
    if (changeEverywhere(payload, names, (value) => change(value, violation))) return quirk;
  }
  return undefined;
}

const unescapeToken = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

/**
 * Applies `change` at the path, and at the same place in every other element of the arrays on the way: all elements of
 * an array are of one type, so what is wrong in one is as wrong in the next.
 */
function changeEverywhere(
  container: unknown,
  [name, ...rest]: readonly string[],
  change: (value: unknown) => unknown,
): boolean {
  if (typeof container !== 'object' || container === null || name === undefined) return false;
  if (Array.isArray(container)) {
    return container
      .map((_element, index) => changeAt(container, String(index), rest, change))
      .includes(true);
  }
  return changeAt(container, name, rest, change);
}

function changeAt(
  container: object,
  name: string,
  rest: readonly string[],
  change: (value: unknown) => unknown,
): boolean {
  const value: unknown = Object.hasOwn(container, name) ? Reflect.get(container, name) : undefined;
  if (rest.length > 0) return changeEverywhere(value, rest, change);
  const changed = change(value);
  if (changed === value) return false;
  if (changed === DROP) return Object.hasOwn(container, name) && Reflect.deleteProperty(container, name);
  return Reflect.set(container, name, changed);
}

import { ConfigError } from '../config-error.js';
import { nearest } from '../nearest.js';
import type { Document, Path } from './document.js';

const MAX_SHOWN = 20;

/** Collects everything that is wrong with a document, so that it can be mended in one go. */
export class Problems {
  readonly #found: { readonly at: Path; readonly what: string }[] = [];
  #count = 0;

  constructor(private readonly document: Document) {}

  /** `what` completes "<path>: …"; it must not contain a secret. */
  add(at: Path, what: string): void {
    this.#count++;
    if (this.#found.length < MAX_SHOWN) this.#found.push({ at, what });
  }

  /** @throws ConfigError with a line for each problem: `stations.yaml:7: stations[1].id: must be …`. */
  throwIfAny(): void {
    if (this.#count === 0) return;
    const { document } = this;
    const lines = this.#found.map(({ at, what }) => {
      return `${document.name}:${document.line(at)}: ${at.length === 0 ? '' : `${pathText(at)}: `}${what}`;
    });
    if (this.#count > lines.length)
      lines.push(`${document.name}: and ${this.#count - lines.length} more problems`);
    throw new ConfigError(lines.join('\n'));
  }
}

/** `['stations', 3, 'id']` → `stations[3].id` */
function pathText(at: Path): string {
  return at
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${part}`))
    .join('');
}

/** The list under `key`, which is all that the document holds; empty, with a problem noted, when it is not so. */
export function listUnder(document: Document, key: string, problems: Problems): readonly unknown[] {
  const expected = `must hold a list named '${key}' (an empty one is written '${key}: []')`;
  if (!isObject(document.value)) {
    problems.add([], expected);
    return [];
  }
  for (const name of Object.keys(document.value)) {
    if (name !== key) problems.add([name], `is not known here; the file holds only '${key}'`);
  }
  const list = document.value[key];
  if (Array.isArray(list)) return list as unknown[];
  problems.add(list === undefined ? [] : [key], expected);
  return [];
}

/** The fields of one entry; each is asked for once, then `end` complains about those that nobody asked for. */
export class Fields {
  readonly #asked: (string | number)[] = [];

  private constructor(
    private readonly value: Readonly<Record<string | number, unknown>>,
    private readonly at: Path,
    private readonly problems: Problems,
  ) {}

  /** undefined, with a problem noted, when `value` is not an object. */
  static of(value: unknown, at: Path, problems: Problems): Fields | undefined {
    if (isObject(value)) return new Fields(value, at, problems);
    problems.add(at, 'must be an object with named fields');
    return undefined;
  }

  /** Notes a problem with the field `name`, or with the entry as a whole. */
  problem(what: string, name?: string | number): void {
    this.problems.add(name === undefined ? this.at : [...this.at, name], what);
  }

  has(name: string | number): boolean {
    return this.value[name] !== undefined && this.value[name] !== null;
  }

  /** Text for which `check` finds nothing wrong; undefined when there is none or it is wrong. */
  text(
    name: string | number,
    check: (text: string) => string | undefined = () => undefined,
  ): string | undefined {
    const value = this.#get(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') {
      const hint = typeof value === 'number' || typeof value === 'boolean' ? ': put it in quotes' : '';
      return this.#refuse(name, `must be text${hint}`);
    }
    const wrong = check(value);
    return wrong === undefined ? value : this.#refuse(name, wrong);
  }

  requiredText(name: string | number, check?: (text: string) => string | undefined): string | undefined {
    if (this.has(name)) return this.text(name, check);
    this.#asked.push(name);
    return this.#refuse(name, 'is missing');
  }

  /** One text, or a list of at most `max`. */
  texts(name: string, max: number, check: (text: string) => string | undefined): readonly string[] {
    if (!Array.isArray(this.value[name]))
      return [this.text(name, check)].filter((text) => text !== undefined);
    const list = this.#get(name) as unknown[];
    if (list.length > max) this.problem(`must be at most ${max}, has ${list.length}`, name);
    const items = Object.fromEntries(list.map((item, index) => [index, item]));
    const inner = new Fields(items, [...this.at, name], this.problems);
    return list.slice(0, max).flatMap((_, index) => inner.requiredText(index, check) ?? []);
  }

  flag(name: string): boolean | undefined {
    const value = this.#get(name);
    return value === undefined || typeof value === 'boolean'
      ? value
      : this.#refuse(name, 'must be true or false');
  }

  integer(name: string, min: number, max: number): number | undefined {
    const value = this.#get(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    return this.#refuse(name, `must be a whole number from ${min} to ${max}`);
  }

  choice<C extends string>(name: string, choices: readonly C[]): C | undefined {
    const value = this.#get(name);
    const chosen = choices.find((candidate) => candidate === value);
    if (value === undefined || chosen !== undefined) return chosen;
    return this.#refuse(name, `must be one of ${choices.join(', ')}`);
  }

  /** A list whose items are each one of `choices`. */
  choices<C extends string>(name: string, choices: readonly C[]): readonly C[] | undefined {
    const value = this.#get(name);
    if (value === undefined) return undefined;
    const chosen = Array.isArray(value)
      ? value.map((item) => choices.find((candidate) => candidate === item))
      : [];
    if (Array.isArray(value) && chosen.every((item) => item !== undefined)) return chosen;
    return this.#refuse(name, `must be a list of ${choices.join(', ')}`);
  }

  /** The entry under `name`. */
  object(name: string): Fields | undefined {
    const value = this.#get(name);
    return value === undefined ? undefined : Fields.of(value, [...this.at, name], this.problems);
  }

  /** Complains about every field that was not asked for. */
  end(): void {
    for (const name of Object.keys(this.value)) {
      if (this.#asked.includes(name)) continue;
      const near = nearest(name, this.#asked.map(String));
      this.problem(
        `is not known${near === undefined ? '' : `, did you mean ${near}?`} (known: ${this.#asked.join(', ')})`,
        name,
      );
    }
  }

  #get(name: string | number): unknown {
    this.#asked.push(name);
    return this.has(name) ? this.value[name] : undefined;
  }

  #refuse(name: string | number, what: string): undefined {
    this.problem(what, name);
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

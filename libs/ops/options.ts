import { ConfigError } from './config-error.js';
import { nearest } from './nearest.js';
import type { OptionType } from './option-types.js';

/** One setting: an environment variable and a flag of the same meaning. The flag wins over the variable. */
export interface Option<T> {
  /** Environment variable. Left out: there is a flag only. */
  readonly env?: string;
  /** Flag without its dashes: `ocpp-port` is given as `--ocpp-port 9220` or `--ocpp-port=9220`. */
  readonly flag: string;
  readonly type: OptionType<T>;
  readonly default: NoInfer<T>;
  /** A sentence or two, without the default and the allowed values: those are added. */
  readonly help: string;
  /** Heading under which the help lists it. */
  readonly topic: string;
}

/** Some options of a program; tables are put together with `{...a, ...b}`. */
export type OptionTable<T> = { readonly [K in keyof T]: Option<T[K]> };

export interface Options<T> {
  /** How the program is called, e.g. `npm start --`. */
  readonly program: string;
  /** What the program is, in a sentence. */
  readonly about: string;
  readonly table: OptionTable<T>;
  /** The option whose value may also stand without its flag. */
  readonly argument?: NoInfer<keyof T & string>;
}

export interface OptionSources {
  /** Without the interpreter and the script. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Declares options that several programs have. */
export function optionTable<T extends object>(table: OptionTable<T>): OptionTable<T> {
  return table;
}

/** The values of a table of options, e.g. `TableValues<typeof OPERATION_OPTIONS>`. */
export type TableValues<O> = O extends OptionTable<infer T> ? T : never;

/**
 * Declares the settings of one program.
 * @throws Error when a name stands twice: our own bug.
 */
export function defineOptions<T extends object>(options: Options<T>): Options<T> {
  const names = rows(options).flatMap((row) => [
    `--${row.flag}`,
    ...(row.env === undefined ? [] : [row.env]),
  ]);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new Error(`option ${twice} is declared twice`);
  return options;
}

/** An option as the parts that do not care for its value's type see it. */
export type AnyOption = Option<unknown>;

/** The options in the order of their declaration. */
export function rows<T extends object>(options: Options<T>): AnyOption[] {
  return Object.values<AnyOption>(options.table);
}

/** The values that a program gets, e.g. `OptionValues<typeof OPTIONS>`. */
export type OptionValues<O> = O extends Options<infer T> ? T : never;

/** The value of every option when nothing is set. */
export function defaultsOf<T extends object>(options: Options<T>): T {
  const values = Object.entries<AnyOption>(options.table).map(([key, row]) => [key, row.default] as const);
  return Object.fromEntries(values) as T;
}

/** True when `--help` or `-h` is asked for. */
export function wantsHelp(argv: readonly string[]): boolean {
  return argv.includes('--help') || argv.includes('-h');
}

/**
 * The value of every option: from its flag, else its environment variable (an empty one counts as not set), else
 * its default. A flag that stands twice: the last one counts.
 * @throws ConfigError naming the flag or variable, its value, and what is expected instead.
 */
export function readOptions<T extends object>(options: Options<T>, sources: OptionSources): T {
  const given = readFlags(rows(options), sources.argv, options.program, argumentOf(options));
  const values = Object.entries<AnyOption>(options.table).map(([key, row]) => {
    return [key, valueOf(row, given.get(row.flag), sources.env)] as const;
  });
  return Object.fromEntries(values) as T;
}

/** The option whose value may stand without its flag. */
export function argumentOf<T extends object>({ table, argument }: Options<T>): AnyOption | undefined {
  return argument === undefined ? undefined : (table[argument] as AnyOption);
}

/** A line for each `STATIONMASTER_…` variable that is set but that no option reads: a likely slip of the pen. */
export function unknownVariables<T extends object>(options: Options<T>, env: OptionSources['env']): string[] {
  const known = rows(options).flatMap((row) => row.env ?? []);
  return Object.keys(env)
    .filter((name) => name.startsWith('STATIONMASTER_') && !known.includes(name))
    .map((name) => `the environment variable ${name} is not known here${didYouMean(nearest(name, known))}`);
}

function valueOf(row: AnyOption, flag: string | undefined, env: OptionSources['env']): unknown {
  if (flag !== undefined) return parsed(row, `--${row.flag}`, flag);
  const variable = row.env === undefined ? undefined : env[row.env];
  if (variable !== undefined && variable !== '') return parsed(row, row.env ?? '', variable);
  return row.default;
}

function parsed(row: AnyOption, source: string, text: string): unknown {
  const value = row.type.parse(text);
  if (value !== undefined) return value;
  const given = row.type.isSecret ? 'what is given' : `'${text}'`;
  const meant = row.type.isSecret ? undefined : row.type.meant?.(text);
  const must = meant === undefined ? ', it' : `${didYouMean(meant)} It`;
  throw new ConfigError(`${source}: ${given} is not valid${must} must be ${row.type.expected}`);
}

/** The texts of the flags in `argv`, by flag. */
function readFlags(
  table: readonly AnyOption[],
  argv: readonly string[],
  program: string,
  alone: AnyOption | undefined,
): Map<string, string> {
  const given = new Map<string, string>();
  for (let at = 0; at < argv.length; at++) {
    const argument = argv[at] ?? '';
    const [, name = '', , inline] = /^--([^=]+)(=(.*))?$/s.exec(argument) ?? [];
    if (name === '' && alone !== undefined && !given.has(alone.flag)) {
      given.set(alone.flag, argument);
      continue;
    }
    if (name === '')
      throw new ConfigError(
        `unexpected argument '${withoutCredentials(argument)}'; '${program} --help' lists the flags`,
      );
    const row = table.find((candidate) => candidate.flag === name);
    if (row?.type.isSwitch) given.set(name, inline ?? 'true');
    else if (row) given.set(name, inline ?? followingValue(row, argv[++at]));
    else given.set(negated(table, name, inline, program), 'false');
  }
  return given;
}

function followingValue(row: AnyOption, next: string | undefined): string {
  if (next === undefined || next.startsWith('--')) {
    throw new ConfigError(`--${row.flag}: a value is missing, it must be ${row.type.expected}`);
  }
  return next;
}

/** The switch that `--no-<switch>` turns off. */
function negated(
  table: readonly AnyOption[],
  name: string,
  inline: string | undefined,
  program: string,
): string {
  const row = table.find((candidate) => candidate.type.isSwitch && `no-${candidate.flag}` === name);
  if (row !== undefined && inline === undefined) return row.flag;
  if (row !== undefined)
    throw new ConfigError(`--${name} takes no value; write --${row.flag}=true or --${name}`);
  const flags = table.map((candidate) => `--${candidate.flag}`);
  throw new ConfigError(
    `unknown flag --${name}${didYouMean(nearest(`--${name}`, flags))}; '${program} --help' lists all`,
  );
}

function didYouMean(name: string | undefined): string {
  return name === undefined ? '' : `, did you mean ${name}?`;
}

/** A URL whose flag was forgotten, or swallowed by npm, may carry a password. */
const withoutCredentials = (text: string): string => text.replace(/^([a-z+]*:\/\/)?.*@/is, '$1…@');

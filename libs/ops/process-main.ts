import { ConfigError, StartError } from './config-error.js';
import { renderHelp } from './option-help.js';
import { readOptions, unknownVariables, wantsHelp, type Options } from './options.js';

/** How texts name the programs: as they are started in a checkout. */
const BY_NPM = /\bnpm (?:run ([a-z]+)|start)(?: --(?=[\s']|$))?/g;

/**
 * Runs a program of the project: `--help` prints its options and ends; else `main` gets their values. Wrong
 * configuration ends the process with a line on stderr and status 2, a StartError with a line and status 1. Where they are
 * started otherwise than by npm, the variable STATIONMASTER_COMMAND says how, and texts name them so: `stationmaster` makes
 * `npm run edge --` read `stationmaster edge`.
 * Only main.ts files call this.
 */
export async function runMain<T extends object>(
  options: Options<T>,
  main: (values: T) => Promise<void>,
): Promise<void> {
  const argv = process.argv.slice(2);
  const { STATIONMASTER_COMMAND: command, ...env } = process.env;
  if (wantsHelp(argv)) {
    process.stdout.write(asStarted(renderHelp(options), command));
    return;
  }
  try {
    const values = readOptions(options, { argv, env });
    for (const line of unknownVariables(options, env)) complain(`warning: ${line}`);
    await main(values);
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof StartError)) throw error;
    complain(asStarted(error.message, command));
    process.exit(error instanceof ConfigError ? 2 : 1);
  }
}

function asStarted(text: string, command: string | undefined): string {
  if (command === undefined) return text;
  return text.replaceAll(BY_NPM, (_, program = 'standalone') => `${command} ${program}`);
}

function complain(text: string): void {
  for (const line of text.split('\n')) process.stderr.write(`stationmaster: ${line}\n`);
}

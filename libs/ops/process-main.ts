import { ConfigError, StartError } from './config-error.js';
import { renderHelp } from './option-help.js';
import { readOptions, unknownVariables, wantsHelp, type Options } from './options.js';

/**
 * Runs a program of the project: `--help` prints its options and ends; else `main` gets their values. Wrong
 * configuration ends the process with a line on stderr and status 2, a StartError with a line and status 1.
 * Only main.ts files call this.
 */
export async function runMain<T extends object>(
  options: Options<T>,
  main: (values: T) => Promise<void>,
): Promise<void> {
  const argv = process.argv.slice(2);
  if (wantsHelp(argv)) {
    process.stdout.write(renderHelp(options));
    return;
  }
  try {
    const values = readOptions(options, { argv, env: process.env });
    for (const line of unknownVariables(options, process.env)) complain(`warning: ${line}`);
    await main(values);
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof StartError)) throw error;
    complain(error.message);
    process.exit(error instanceof ConfigError ? 2 : 1);
  }
}

function complain(text: string): void {
  for (const line of text.split('\n')) process.stderr.write(`stationmaster: ${line}\n`);
}

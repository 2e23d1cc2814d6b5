import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { systemClock } from '../../libs/clock/mod.js';
import { ConfigError, onEndSignals, runMain } from '../../libs/ops/mod.js';
import type { TlsOptions } from '../../libs/station/mod.js';
import { SIMULATOR_OPTIONS, type SimulatorConfig } from './options.js';
import { showProgress } from './progress.js';
import { Simulation } from './simulation.js';
import { renderSummary } from './summary.js';

const clock = systemClock();

function readPem(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(
      `--${flag}: cannot read ${file}: ${error instanceof Error ? error.message : 'unknown'}`,
    );
  }
}

function tlsOptions({ ca, cert, key }: SimulatorConfig): TlsOptions | undefined {
  if ((cert === undefined) !== (key === undefined)) throw new ConfigError('--cert and --key go together');
  if (ca === undefined && cert === undefined) return undefined;
  return {
    ...(ca === undefined ? {} : { ca: readPem('ca', ca) }),
    ...(cert === undefined ? {} : { cert: readPem('cert', cert) }),
    ...(key === undefined ? {} : { key: readPem('key', key) }),
  };
}

async function simulate(config: SimulatorConfig): Promise<void> {
  const tls = tlsOptions(config);
  const seed = config.seed === 0 ? randomInt(1, 2 ** 32) : config.seed;
  const simulation = new Simulation(config, {
    clock,
    seed,
    ...(tls === undefined ? {} : { tls }),
  });
  // The first signal ends the simulation, the summary comes; a second one ends the process.
  onEndSignals(
    clock,
    () => simulation.interrupt(),
    () => process.exit(130),
  );
  const hide = config.quiet ? () => undefined : showProgress(simulation, config, process.stderr);
  const summary = await simulation.run().finally(hide);
  process.stdout.write(config.json ? `${JSON.stringify(summary)}\n` : renderSummary(summary));
  process.exitCode = summary.ok ? 0 : 1;
}

await runMain(SIMULATOR_OPTIONS, simulate);

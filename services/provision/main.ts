import { createLogger, runMain } from '../../libs/ops/mod.js';
import { OPTIONS } from './options.js';
import { runProvision } from './run.js';

await runMain(OPTIONS, async (config) => {
  // What was done goes to stdout, for people and scripts; only trouble is logged, to stderr.
  const logger = createLogger(
    { level: 'warn', name: 'provision' },
    { write: (line) => void process.stderr.write(line) },
  );
  await runProvision(config, { logger, print: (line) => void process.stdout.write(`${line}\n`) });
});

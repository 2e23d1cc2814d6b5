import { systemClock } from '../../libs/clock/mod.js';
import { onEndSignals, runMain } from '../../libs/ops/mod.js';
import { OPTIONS } from './options.js';
import { runTap } from './run.js';

const INTERRUPTED = 130;

// grpc-js names IP addresses in its TLS handshakes, of which Node warns on the terminal.
process.noDeprecation = true;

await runMain(OPTIONS, async (options) => {
  const clock = systemClock();
  const interrupted = new AbortController();
  onEndSignals(
    clock,
    () => interrupted.abort(),
    () => process.exit(INTERRUPTED),
  );
  // Whoever read the lines has left, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  const { stdout: out, stderr: notes, env } = process;
  const colours = (env['NO_COLOR'] ?? '') === '';
  await runTap(options, { clock, out, notes, colours, signal: interrupted.signal });
});

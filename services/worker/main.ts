import { Closers, createLogger, onShutdown, runMain } from '../../libs/ops/mod.js';
import { OPTIONS } from './options.js';
import { startWorkerProcess } from './process.js';

await runMain(OPTIONS, async (config) => {
  const logger = createLogger({ level: config.logLevel, name: 'worker' });
  const closers = new Closers(logger);
  onShutdown(logger, () => closers.close());
  // Until it serves there is nothing to read again; unheard, the signal would end the process.
  let reload = async (): Promise<boolean> => true;
  process.on('SIGHUP', () => void reload());
  const worker = await startWorkerProcess(config, { logger, closers });
  reload = () => worker.reload();
  const { workerId, opsPort, tokens } = worker;
  if (tokens === 'any') logger.warn({}, 'open_mode_any_token_may_charge');
  logger.info({ workerId, opsPort, tokens }, 'worker_started');
});

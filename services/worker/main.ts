import { createLogger, onShutdown, runMain } from '../../libs/ops/mod.js';
import { OPTIONS } from './options.js';
import { startWorkerProcess } from './process.js';

await runMain(OPTIONS, async (config) => {
  const logger = createLogger({ level: config.logLevel, name: 'worker' });
  // Nothing has to be finished while it waits for its servers.
  let close = async (): Promise<void> => undefined;
  onShutdown(logger, () => close());
  const worker = await startWorkerProcess(config, { logger });
  close = () => worker.close();
  process.on('SIGHUP', () => void worker.reload());
  const { workerId, opsPort, tokens } = worker;
  if (tokens === 'any') logger.warn({}, 'open_mode_any_token_may_charge');
  logger.info({ workerId, opsPort, tokens }, 'worker_started');
});

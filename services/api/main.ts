import { Closers, createLogger, onShutdown, runMain } from '../../libs/ops/mod.js';
import { OPTIONS } from './options.js';
import { startApiProcess } from './process.js';

await runMain(OPTIONS, async (config) => {
  const logger = createLogger({ level: config.logLevel, name: 'api' });
  const closers = new Closers(logger);
  onShutdown(logger, () => closers.close());
  // Until it serves there is nothing to read again; unheard, the signal would end the process.
  let reload = async (): Promise<boolean> => true;
  process.on('SIGHUP', () => void reload());
  const api = await startApiProcess(config, { logger, closers });
  reload = () => api.reload();
  const { apiId, grpcPort, opsPort } = api;
  logger.info({ apiId, grpcHost: config.grpcHost, grpcPort, opsPort }, 'api_started');
});

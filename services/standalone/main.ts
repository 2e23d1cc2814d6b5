import path from 'node:path';
import { createLogger, onShutdown, runMain } from '../../libs/ops/mod.js';
import { banner } from './banner.js';
import { OPTIONS } from './options.js';
import { startStandalone } from './start.js';

/** Beside the drain time: for CALLs in flight, commits and the closing of files. */
const SHUTDOWN_MARGIN_MS = 20_000;

await runMain(OPTIONS, async (config) => {
  const logger = createLogger({ level: config.logLevel, name: 'standalone' });
  // Until it serves there is nothing to read again; unheard, the signal would end the process.
  let reload = async (): Promise<boolean> => true;
  process.on('SIGHUP', () => void reload());
  const gateway = await startStandalone(config, { logger });
  onShutdown(logger, () => gateway.drain(), { deadlineMs: config.drainTime + SHUTDOWN_MARGIN_MS });
  reload = () => gateway.reload();
  const { ocppPort, tlsPort, opsPort, grpcPort, doors } = gateway;
  if (doors.stations === 'any') logger.warn({}, 'open_mode_any_station_may_connect');
  if (doors.tokens === 'any') logger.warn({}, 'open_mode_any_token_may_charge');
  logger.info(
    { ocppPort, tlsPort, opsPort, grpcPort, dataDir: path.resolve(config.dataDir), doors },
    'gateway_started',
  );
  process.stderr.write(banner(config, gateway));
});

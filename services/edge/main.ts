import { createLogger, onShutdown, runMain } from '../../libs/ops/mod.js';
import { OPTIONS } from './options.js';
import { startEdgeProcess } from './process.js';

/** Beside the drain time: for CALLs in flight and the servers that have to be left. */
const SHUTDOWN_MARGIN_MS = 20_000;

await runMain(OPTIONS, async (config) => {
  const logger = createLogger({ level: config.logLevel, name: 'edge' });
  // Nothing has to be finished while it waits for its servers.
  let drain = async (): Promise<void> => undefined;
  onShutdown(logger, () => drain(), { deadlineMs: config.drainTime + SHUTDOWN_MARGIN_MS });
  // Until it serves there is nothing to read again; unheard, the signal would end the process.
  let reload = async (): Promise<boolean> => true;
  process.on('SIGHUP', () => void reload());
  const edge = await startEdgeProcess(config, { logger });
  drain = () => edge.drain();
  reload = () => edge.reload();
  if (config.mode === 'open') logger.warn({}, 'open_mode_any_station_may_connect');
  const { edgeId } = edge.edge;
  const { ocppPort, tlsPort, opsPort } = edge;
  logger.info({ edgeId, ocppPort, tlsPort, opsPort, mode: config.mode }, 'edge_started');
});

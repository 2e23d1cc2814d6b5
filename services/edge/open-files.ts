import { readFile } from 'node:fs/promises';
import type { Logger } from '../../libs/ops/mod.js';

/** Open files beside those of the stations: ports, the database, the log, handshakes that are refused. */
const OTHERS = 100;

const fromLinux = (): Promise<string> => readFile('/proc/self/limits', 'utf8').catch(() => '');

/** Warns when this process may not open as many files as it would for `maxConnections`; silent where none can tell. */
export async function checkOpenFiles(
  maxConnections: number,
  logger: Pick<Logger, 'warn'>,
  readLimits: () => Promise<string> = fromLinux,
): Promise<void> {
  const [, soft] = /^Max open files +(\d+) /m.exec(await readLimits()) ?? [];
  if (soft === undefined || Number(soft) >= maxConnections + OTHERS) return;
  const hint = `raise it to ${maxConnections + OTHERS} (ulimit -n, LimitNOFILE), or lower the most connections`;
  logger.warn({ openFilesLimit: Number(soft), maxConnections, hint }, 'open_files_limit_too_low');
}

import type { Clock } from '../clock/mod.js';
import type { Closers } from './closers.js';
import type { OPERATION_OPTIONS } from './common-options.js';
import type { Logger } from './logger.js';
import { createMetrics, type Metrics } from './metrics.js';
import type { TableValues } from './options.js';
import { startOpsServer, type OpsServerOptions } from './ops-server.js';

export interface Ops {
  readonly port: number;
  readonly metrics: Metrics;
  /** Not ready until this is called with true. */
  setReady(ready: boolean): void;
  /** Not ready any more; does `first`, then closes everything that the closers have. */
  stop(first?: () => Promise<void>): Promise<void>;
}

export interface OpsUse {
  readonly checks: OpsServerOptions['checks'];
  readonly logger: Logger;
  readonly clock: Clock;
}

/**
 * The metrics and the ops port of a process, from its start on; not ready yet. Closed with `closers`.
 * @throws StartError when the port cannot be used.
 */
export async function openOps(
  { opsHost: host, opsPort: port }: Pick<TableValues<typeof OPERATION_OPTIONS>, 'opsHost' | 'opsPort'>,
  use: OpsUse,
  closers: Closers,
): Promise<Ops> {
  const metrics = createMetrics();
  const server = await startOpsServer({ host, port, metrics, ...use });
  closers.add(() => server.close());
  return {
    port: server.port,
    metrics,
    setReady: (ready) => server.setReady(ready),
    stop: async (first) => {
      server.setReady(false);
      await first?.();
      await closers.close();
    },
  };
}

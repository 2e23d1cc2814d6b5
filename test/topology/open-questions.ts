import { rm } from 'node:fs/promises';
import { memoryBus } from '../../libs/bus/mod.js';
import { systemClock } from '../../libs/clock/mod.js';
import { memoryEventLog } from '../../libs/eventlog/mod.js';
import { SHARDS } from '../../libs/link/mod.js';
import { createMetrics, silentLogger } from '../../libs/ops/mod.js';
import { memoryStore } from '../../libs/store/mod.js';
import { startApi } from '../../services/api/start.js';
import { startEdge } from '../../services/edge/start.js';
import { standaloneApi, standaloneEdge, standaloneWorker } from '../../services/standalone/configuration.js';
import type { StandaloneConfig } from '../../services/standalone/options.js';
import type { DecisionAction } from '../../services/worker/station/mod.js';
import { startWorker } from '../../services/worker/start.js';
import { readEvents } from './read-events.js';
import type { Topology } from './topology.js';

/**
 * The standalone gateway's edge, worker and API without its decider: questions about `asks` are left to whoever
 * subscribes to them, as business services do. State is kept in memory, so it cannot be restarted.
 */
export async function startOpenQuestions(
  config: StandaloneConfig,
  asks: readonly DecisionAction[],
  folder: string,
): Promise<Topology> {
  const clock = systemClock();
  const logger = silentLogger();
  const metrics = createMetrics();
  const bus = memoryBus({ clock });
  const store = memoryStore({ clock, shards: SHARDS });
  const eventlog = memoryEventLog({ clock });
  const closers = [() => store.close(), () => eventlog.close(), () => bus.close()];
  const close = async (): Promise<void> => {
    for (const closer of closers.reverse()) await closer();
  };
  try {
    const defaults = standaloneWorker(config);
    const workerConfig = { ...defaults, station: { ...defaults.station, asks: new Set(asks) } };
    const worker = await startWorker({ bus, store, eventlog, clock, logger, metrics, config: workerConfig });
    closers.push(() => worker.close());
    const { directory, running } = store;
    const edge = await startEdge({
      bus,
      directory,
      running,
      clock,
      logger,
      metrics,
      config: standaloneEdge(config),
    });
    closers.push(() => edge.close());
    const apiConfig = { ...standaloneApi(config), asked: new Set<string>(asks) };
    const api = await startApi({ bus, store, eventlog, clock, logger, metrics, config: apiConfig });
    closers.push(() => api.close());
    return {
      ocppUrl: `ws://127.0.0.1:${edge.port}/ocpp`,
      opsUrl: '',
      grpcAddress: `127.0.0.1:${api.port}`,
      bus,
      events: async (token) => await readEvents(eventlog, token),
      restart: () => Promise.reject(new Error('this gateway keeps its state in memory')),
      async close() {
        await close();
        await rm(folder, { recursive: true });
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

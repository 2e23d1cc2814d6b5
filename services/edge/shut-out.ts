import type { Bus } from '../../libs/bus/mod.js';
import { stationIdOf, subjects, subjectToken } from '../../libs/link/mod.js';
import type { Logger } from '../../libs/ops/mod.js';

/** What it does to them. */
export interface Disconnects {
  /** Returns how many connections there were. */
  disconnect(stationIds: Iterable<string>): number;
}

/**
 * Ends the connections of stations that the directory does not let in any more as they came in, when whoever changed the
 * directory says so over the bus: those that are there at that moment, and none that comes in after. Returns the function that
 * stops it.
 */
export function cutOffShutOut(edge: Disconnects, bus: Bus, logger: Logger): () => Promise<void> {
  const subscription = bus.subscribe(subjects.shutouts, ({ subject }) => {
    const stationId = stationIdOf(subjectToken(subject, 2));
    if (stationId === undefined) return logger.warn({ subject }, 'shut_out_station_not_understood');
    const connections = edge.disconnect([stationId]);
    if (connections > 0) logger.info({ stationId, connections }, 'shut_out_stations_disconnected');
  });
  return () => subscription.drain();
}

import type { Bus } from '../../libs/bus/mod.js';
import type { Clock, Timer } from '../../libs/clock/mod.js';
import { stationIdOf, subjects, subjectToken } from '../../libs/link/mod.js';
import type { Logger } from '../../libs/ops/mod.js';
import type { Edge } from './start.js';

/** Those that are told within this time are cut off in one go: each one costs a look at every connection. */
const GATHER_MS = 50;
const MOST_GATHERED = 10_000;

/**
 * Ends the connections of stations that the directory does not let in any more as they came in, when whoever changed the
 * directory says so over the bus. Returns the function that stops it.
 */
export function cutOffShutOut(
  edge: Pick<Edge, 'disconnect'>,
  bus: Bus,
  clock: Clock,
  logger: Logger,
): () => Promise<void> {
  const gathered = new Set<string>();
  let timer: Timer | undefined;
  const cutOff = (): void => {
    timer?.cancel();
    timer = undefined;
    const connections = edge.disconnect(gathered);
    if (connections > 0) logger.info({ connections }, 'shut_out_stations_disconnected');
    gathered.clear();
  };
  const subscription = bus.subscribe(subjects.shutouts, ({ subject }) => {
    const stationId = stationIdOf(subjectToken(subject, 2));
    if (stationId === undefined) return logger.warn({ subject }, 'shut_out_station_not_understood');
    gathered.add(stationId);
    if (gathered.size >= MOST_GATHERED) cutOff();
    else timer ??= clock.setTimer(GATHER_MS, cutOff);
  });
  return async () => {
    await subscription.drain();
    timer?.cancel();
  };
}

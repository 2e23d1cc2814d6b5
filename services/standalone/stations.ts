import type { Directory } from '../../libs/store/mod.js';
import { provision, readStations } from '../provision/mod.js';

/**
 * Makes the directory hold the stations of the file, and ends the connections of those that may not stay; also of those of
 * a load that fails half-way. Gives what was done, in numbers.
 * @throws ConfigError, StoreError
 */
export async function loadStations(
  file: string,
  directory: Directory,
  disconnect: (stationIds: readonly string[]) => number,
): Promise<object> {
  const entries = await readStations(file);
  const shutOut: string[] = [];
  let disconnected = 0;
  let counts: object;
  try {
    counts = await provision(directory, entries, (done) => {
      if (done.shutOut) shutOut.push(done.stationId);
    });
  } finally {
    disconnected = disconnect(shutOut);
  }
  return { ...counts, disconnected };
}

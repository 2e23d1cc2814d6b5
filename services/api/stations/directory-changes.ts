import { ServerError, Status } from 'nice-grpc-common';
import type { Directory, StationRecord } from '../../../libs/store/mod.js';

/** Changes of one record by others that are gone round; each round that fails, another change has succeeded. */
const MOST_ROUNDS = 50;

export interface Change {
  readonly before: StationRecord;
  readonly after: StationRecord;
}

/**
 * Replaces the record of a station by what `next` makes of it: of changes at the same time none is lost. `next` may be asked
 * several times; undefined: the record stays as it is.
 * @throws ServerError NOT_FOUND, ABORTED; what `next` throws; StoreError.
 */
export async function changeStation(
  directory: Directory,
  stationId: string,
  next: (record: StationRecord) => StationRecord | undefined,
): Promise<Change> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = await directory.get(stationId);
    if (before === undefined) throw notFound(stationId);
    const after = next(before);
    if (after === undefined) return { before, after: before };
    if (await directory.replace(stationId, before, after)) return { before, after };
  }
  throw new ServerError(
    Status.ABORTED,
    `station ${stationId} is being changed by others all the time: try again`,
  );
}

export function notFound(stationId: string): ServerError {
  return new ServerError(Status.NOT_FOUND, `station ${stationId} is not in the directory`);
}

/** The record without what is the default, and never an order of its own. */
export function tidied(record: StationRecord): StationRecord {
  const { stationId, disabled, serialNumber, credentials, rotating } = record;
  const { minimumSecurityProfile = 0, quirks = [] } = record;
  return {
    stationId,
    ...(disabled === true ? { disabled } : {}),
    ...(serialNumber === undefined || serialNumber === '' ? {} : { serialNumber }),
    credentials,
    ...(rotating === true ? { rotating } : {}),
    ...(minimumSecurityProfile > 0 ? { minimumSecurityProfile } : {}),
    ...(quirks.length > 0 ? { quirks } : {}),
  };
}

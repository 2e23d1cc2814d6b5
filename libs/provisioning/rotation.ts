import type { Credential, StationRecord } from '../store/mod.js';
import { isSame } from './records.js';

/**
 * A rotation of a station's password: the new one stands first, and those before it are valid until the new one is used.
 */

/** The record with `credential` as the new password. */
export function beginRotation(record: StationRecord, credential: Credential): StationRecord {
  return { ...record, credentials: [credential, ...record.credentials], rotating: true };
}

/** The new password was used: it alone is valid. */
export function endRotation(record: StationRecord): StationRecord {
  const { rotating: _, ...rest } = record;
  return { ...rest, credentials: record.credentials.slice(0, 1) };
}

/**
 * The record without `credential`, which a rotation brought in and the station did not take; undefined when there is nothing to
 * take back: it is gone, or it was used, and is the only one. With `rotating`, an earlier rotation goes on.
 */
export function takeBackPassword(
  record: StationRecord,
  credential: Credential,
  rotating: boolean,
): StationRecord | undefined {
  const credentials = record.credentials.filter((each) => !isSame(each, credential));
  if (credentials.length === 0 || credentials.length === record.credentials.length) return undefined;
  const { rotating: now, ...rest } = record;
  // A newer rotation has put its own password first.
  const newer = !isSame(record.credentials[0] ?? credential, credential);
  const goesOn = credentials.length > 1 && (newer ? now === true : rotating);
  return { ...rest, credentials, ...(goesOn ? { rotating: true } : {}) };
}

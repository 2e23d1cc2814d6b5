import { hashPassword, verifyPassword, type Credential, type StationRecord } from '../store/mod.js';

/** The one of `known` that `password` opens, else a new one. */
export function credentialFor(password: Uint8Array, known: readonly Credential[]): Credential {
  return known.find((credential) => verifyPassword(password, credential)) ?? hashPassword(password);
}

/**
 * True when someone whom `old` let in is refused by `record`. A second password, given for a rotation, refuses nobody; taking
 * the first one away does.
 */
export function isStricter(record: StationRecord, old: StationRecord): boolean {
  if (record.disabled === true && old.disabled !== true) return true;
  if ((record.minimumSecurityProfile ?? 0) > (old.minimumSecurityProfile ?? 0)) return true;
  if (old.serialNumber !== undefined && old.serialNumber !== record.serialNumber) return true;
  if (opensToAnybody(old)) return !opensToAnybody(record);
  return !old.credentials.every((credential) => holds(record, credential));
}

/** True when the station needs neither a password nor a certificate. */
export const opensToAnybody = (record: StationRecord): boolean =>
  record.credentials.length === 0 && record.serialNumber === undefined;

/** True when it is one of the record's. */
export function holds(record: StationRecord, credential: Credential): boolean {
  return record.credentials.some((each) => isSame(each, credential));
}

export const isSame = (a: Credential, b: Credential): boolean =>
  a.algorithm === b.algorithm && a.salt === b.salt && a.hash === b.hash;

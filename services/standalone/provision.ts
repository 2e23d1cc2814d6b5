import {
  hashPassword,
  verifyPassword,
  type Credential,
  type Directory,
  type StationRecord,
} from '../../libs/store/mod.js';
import type { StationEntry } from './files/stations.js';

export interface ProvisionResult {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly unchanged: number;
  /** Stations known before whose open connections may not stay: what let them in may let them in no more. */
  readonly shutOut: readonly string[];
}

/** Records written or removed at once. */
const BATCH = 256;

/**
 * Makes the directory hold exactly the stations of `entries`. Records that say the same already are not
 * written, so their salts stay as they are.
 */
export async function provision(
  directory: Directory,
  entries: readonly StationEntry[],
): Promise<ProvisionResult> {
  const existing = await everyRecord(directory);
  const writes: StationRecord[] = [];
  const shutOut: string[] = [];
  let added = 0;
  for (const entry of entries) {
    const old = existing.get(entry.stationId);
    existing.delete(entry.stationId);
    const record = recordOf(entry, old?.credentials ?? []);
    if (old !== undefined && sameRecord(old, record)) continue;
    writes.push(record);
    if (old === undefined) added++;
    else if (isStricter(record, old)) shutOut.push(entry.stationId);
  }
  // Those that go, go first: a station that may not enter any more never waits for the others.
  await inBatches([...existing.keys()], (stationId) => directory.remove(stationId));
  await inBatches(writes, (record) => directory.put(record));
  const changed = writes.length - added;
  const unchanged = entries.length - writes.length;
  return { added, changed, removed: existing.size, unchanged, shutOut: [...shutOut, ...existing.keys()] };
}

/**
 * True when someone whom `old` let in is refused by `record`. A second password, given for a rotation, refuses nobody; taking
 * the first one away does.
 */
function isStricter(record: StationRecord, old: StationRecord): boolean {
  if (record.disabled === true && old.disabled !== true) return true;
  if ((record.minimumSecurityProfile ?? 0) > (old.minimumSecurityProfile ?? 0)) return true;
  if (old.credentials.length === 0) return record.credentials.length > 0;
  const kept = new Set(record.credentials.map(textOf));
  return !old.credentials.every((credential) => kept.has(textOf(credential)));
}

const textOf = ({ algorithm, salt, hash }: Credential): string => `${algorithm} ${salt} ${hash}`;

function recordOf(entry: StationEntry, known: readonly Credential[]): StationRecord {
  const hashed = entry.passwords.map((password) => {
    return known.find((credential) => verifyPassword(password, credential)) ?? hashPassword(password);
  });
  const { stationId, minimumSecurityProfile, quirks } = entry;
  return {
    stationId,
    credentials: [...hashed, ...entry.credentials],
    ...(entry.disabled ? { disabled: true } : {}),
    ...(minimumSecurityProfile === undefined ? {} : { minimumSecurityProfile }),
    ...(quirks.length === 0 ? {} : { quirks }),
  };
}

function sameRecord(a: StationRecord, b: StationRecord): boolean {
  const facts = (record: StationRecord) => [
    record.disabled ?? false,
    record.minimumSecurityProfile ?? null,
    record.quirks ?? [],
    record.credentials.map(textOf),
  ];
  return JSON.stringify(facts(a)) === JSON.stringify(facts(b));
}

async function everyRecord(directory: Directory): Promise<Map<string, StationRecord>> {
  const records = new Map<string, StationRecord>();
  let after: string | undefined;
  for (;;) {
    const page = await directory.list({ limit: 1000, ...(after === undefined ? {} : { after }) });
    for (const record of page) records.set(record.stationId, record);
    after = page.at(-1)?.stationId;
    if (after === undefined) return records;
  }
}

async function inBatches<T>(items: readonly T[], write: (item: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += BATCH) await Promise.all(items.slice(at, at + BATCH).map(write));
}

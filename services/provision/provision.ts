import { credentialFor, isStricter } from '../../libs/provisioning/mod.js';
import { sameRecord, type Credential, type Directory, type StationRecord } from '../../libs/store/mod.js';
import type { StationEntry } from './stations-file.js';

export interface ProvisionResult {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly unchanged: number;
}

/** What was done to a station, once it is durable. */
export interface Provisioned {
  readonly stationId: string;
  readonly change: 'added' | 'changed' | 'removed';
  /** Its open connections may not stay: what let them in may let them in no more. */
  readonly shutOut: boolean;
}

/** Records written or removed at once. */
const BATCH = 256;

/**
 * Makes the directory hold exactly the stations of `entries`. Records that say the same already are not
 * written, so their salts stay as they are. `tell` hears of each change that was made before the promise settles, also when
 * others fail.
 * @throws StoreError, as the directory. Trying again does the rest.
 */
export async function provision(
  directory: Directory,
  entries: readonly StationEntry[],
  tell: (done: Provisioned) => void = () => undefined,
): Promise<ProvisionResult> {
  const existing = new Map<string, StationRecord>();
  for await (const record of everyRecord(directory)) existing.set(record.stationId, record);
  const writes: { readonly record: StationRecord; readonly done: Provisioned }[] = [];
  for (const entry of entries) {
    const { stationId } = entry;
    const old = existing.get(stationId);
    existing.delete(stationId);
    const record = recordOf(entry, old?.credentials ?? []);
    if (old !== undefined && sameRecord(old, record)) continue;
    const change = old === undefined ? 'added' : 'changed';
    const shutOut = old !== undefined && isStricter(record, old);
    writes.push({ record, done: { stationId, change, shutOut } });
  }
  // Those that go, go first: a station that may not enter any more never waits for the others.
  await inBatches([...existing.keys()], async (stationId) => {
    await directory.remove(stationId);
    tell({ stationId, change: 'removed', shutOut: true });
  });
  await inBatches(writes, async ({ record, done }) => {
    await directory.put(record);
    tell(done);
  });
  const added = writes.filter(({ done }) => done.change === 'added').length;
  return {
    added,
    changed: writes.length - added,
    removed: existing.size,
    unchanged: entries.length - writes.length,
  };
}

function recordOf(entry: StationEntry, known: readonly Credential[]): StationRecord {
  const hashed = entry.passwords.map((password) => credentialFor(password, known));
  const { stationId, serialNumber, minimumSecurityProfile, quirks } = entry;
  return {
    stationId,
    credentials: [...hashed, ...entry.credentials],
    ...(entry.disabled ? { disabled: true } : {}),
    ...(serialNumber === undefined ? {} : { serialNumber }),
    ...(minimumSecurityProfile === undefined ? {} : { minimumSecurityProfile }),
    ...(quirks.length === 0 ? {} : { quirks }),
  };
}

/** All stations of the directory, in order of their ids. */
export async function* everyRecord(directory: Directory): AsyncGenerator<StationRecord> {
  let after: string | undefined;
  for (;;) {
    const page = await directory.list({ limit: 1000, ...(after === undefined ? {} : { after }) });
    yield* page;
    after = page.at(-1)?.stationId;
    if (after === undefined) return;
  }
}

/** Rejects as the first write that fails, when those begun with it have settled. */
async function inBatches<T>(items: readonly T[], write: (item: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < items.length; at += BATCH) {
    const outcomes = await Promise.allSettled(items.slice(at, at + BATCH).map(write));
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}

/**
 * Which stations had a running transaction, as the edges have said: so that a fleet that comes back at once is let in with
 * those first. Advice only: nothing else may depend on it. An entry stands for `RUNNING_TTL_MS` after it was written, also when
 * its edge is gone: that is when it is wanted.
 *
 * Bounds: an entry has at most 100,000 hashes (400 KB), a store keeps the newest 512 entries, `all` returns the newest ones up to
 * 4,000,000 hashes (16 MB). Two stations have the same hash with a probability of 1 in 4,294,967,296.
 * A call that rejects with `unavailable` may have taken effect nevertheless.
 * @throws StoreError, each of them: `unavailable`, `refused`; `bad_argument` for a name or a number of hashes that cannot be.
 */
export interface RunningStations {
  /**
   * Replaces the entry of that name; without hashes it is taken away.
   * @param name of one life of an edge: one that was started again has another, and does not overwrite what it was before.
   * @param hashes of station ids. May be changed once the promise resolves.
   */
  put(name: string, hashes: Uint32Array): Promise<void>;
  /** The entries that stand, the newest first. */
  all(): Promise<RunningEntry[]>;
}

export interface RunningEntry {
  readonly name: string;
  /** Milliseconds since it was written. */
  readonly ageMs: number;
  readonly hashes: Uint32Array;
}

/** How long an entry stands. */
export const RUNNING_TTL_MS = 3_600_000;
export const MAX_RUNNING_HASHES = 100_000;
export const MAX_RUNNING_ENTRIES = 512;
/** Hashes that are read at a time. */
export const MAX_RUNNING_READ = 4_000_000;

const HASH_BYTES = Uint32Array.BYTES_PER_ELEMENT;

/** Four bytes for each hash, little-endian. */
export function encodeHashes(hashes: Uint32Array): Buffer {
  const bytes = Buffer.allocUnsafe(hashes.length * HASH_BYTES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const [at, hash] of hashes.entries()) view.setUint32(at * HASH_BYTES, hash, true);
  return bytes;
}

/** What is no whole hash at the end is left out. */
export function decodeHashes(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const hashes = new Uint32Array(Math.floor(bytes.length / HASH_BYTES));
  for (let at = 0; at < hashes.length; at++) hashes[at] = view.getUint32(at * HASH_BYTES, true);
  return hashes;
}

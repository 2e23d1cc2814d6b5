import assert from 'node:assert/strict';
import { StoreError, type StoreErrorCode } from './errors.js';
import type { Store } from './store.js';

/** Of every store under test. */
export const SHARDS = 4;
/** Of a lease: so long that the time which the tests take does not matter; it passes by `StoreHarness.pass`. */
export const TTL = 60_000;

/** A store under test, with what the suite needs beside it. */
export interface StoreHarness {
  store: Store;
  /** Lets so much time pass for leases and workers. */
  pass(ms: number): Promise<void>;
  /** Closes `store` and opens it anew, as another process would; only where something survives. */
  reopen?(options?: { shards?: number }): Promise<Store>;
  /** True: a lease outlives the process that holds it. Left out: whoever held one is dead when the store is opened. */
  readonly leasesSurvive?: boolean;
  dispose(): Promise<void>;
}

export type OpenStore = (options: { shards: number }) => Promise<StoreHarness>;

export const isStoreError = (code: StoreErrorCode) => (error: unknown) =>
  error instanceof StoreError && error.code === code;

/** The epoch of a lease that must be granted. */
export async function acquire({ leases }: Store, shard: number, owner: string): Promise<number> {
  const grant = await leases.acquire(shard, owner, TTL);
  assert.ok(grant.granted, `${owner} did not get shard ${shard}`);
  return grant.epoch;
}

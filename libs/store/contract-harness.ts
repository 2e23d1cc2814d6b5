import type { Store } from './store.js';

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

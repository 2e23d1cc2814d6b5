import type { Keys } from './keys.js';
import type { Link } from './link.js';
import type { Replicas } from './replicas.js';

/** What the parts of a store in Redis share. */
export interface Room {
  readonly keys: Keys;
  readonly link: Link;
  readonly replicas: Replicas;
  /** Hash slot of the keys of a shard. */
  slotOf(shard: number): number;
  /** @throws StoreError `unavailable` when the store is closed. */
  mustBeOpen(): void;
}

/** An owner's right to act for a shard under one epoch. */
export interface HeldLease {
  readonly shard: number;
  readonly epoch: number;
  /**
   * Milliseconds of the owner's monotonic clock: from then on nothing may be done in the shard's name any more. Every
   * renewal moves it on; loss and release set it to -Infinity, so whoever holds this object sees the end at once.
   */
  readonly deadline: number;
}

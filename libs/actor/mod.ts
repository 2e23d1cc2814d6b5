export type { Behaviour, Context, Outcome } from './behaviour.js';
export { ActorHost, type Delivery } from './host.js';
export type { HostLimits, HostObserver, HostOptions } from './host-options.js';
export type { HeldLease } from './lease.js';
export type { Loss } from './lease-keeper.js';
export type { Pending, Performer } from './performer.js';
export { ShardOwner, type ShardOwnerOptions } from './shards.js';

export { hashPassword, verifyPassword, type Credential } from './credentials.js';
export type { Directory, ListOptions, StationRecord } from './directory.js';
export { StoreError, type StoreErrorCode } from './errors.js';
export { sameRecord } from './records.js';
export type { Grant, Leases } from './leases.js';
export type { CommitOutcome, ShardBatch, States, Wakeup, Write } from './states.js';
export type { Store } from './store.js';
export type { Workers } from './workers.js';
export { memoryStore, type MemoryStoreOptions } from './memory.js';
export { type EventAppender, openLmdb, type LmdbEnvironment, type LmdbOptions } from './lmdb/environment.js';
export { openLmdbStore, type LmdbStoreOptions } from './lmdb/store.js';
export { openRedisStore } from './redis/open.js';
export type { RedisStoreOptions } from './redis/store.js';
export { parseRedisUrl, type RedisAddress, type RedisTarget } from './redis/url.js';
// For what shares the environment with the store.
export { Contribution } from './lmdb/contribution.js';
export type { LmdbFile, Table, Writer } from './lmdb/file.js';
export { writeInSteps } from './lmdb/steps.js';
export { byteLength, writeText } from './lmdb/text.js';

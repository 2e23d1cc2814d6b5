export type { Cursor, EventEntry, EventFilter, EventLog, EventPage } from './eventlog.js';
export { EventLogError, type EventLogErrorCode } from './errors.js';
export { memoryEventLog, type MemoryEventLogOptions } from './memory.js';
export type { Retention } from './rules.js';
export { openLmdbEventLog, type LmdbEventLogOptions } from './lmdb/eventlog.js';

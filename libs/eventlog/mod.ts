export type {
  Cursor,
  EventEntry,
  EventFilter,
  EventLog,
  EventPage,
  LoggedEntry,
  ReadOptions,
} from './eventlog.js';
export { EventLogError, type EventLogErrorCode } from './errors.js';
export { memoryEventLog, type MemoryEventLogOptions } from './memory.js';
export type { Retention } from './rules.js';
export { openLmdbEventLog, type LmdbEventLogOptions } from './lmdb/eventlog.js';
export {
  openJetStreamEventLog,
  type JetStreamEventLog,
  type JetStreamEventLogOptions,
} from './jetstream/eventlog.js';

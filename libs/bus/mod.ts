export type { Bus, BusMessage, Subscription } from './bus.js';
export { BusError, type BusErrorCode } from './errors.js';
export { checkPattern, checkSubject, MAX_SUBJECT_LENGTH } from './subject.js';
export { memoryBus, MemoryBroker, type MemoryBusOptions } from './memory.js';

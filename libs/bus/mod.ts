export type { Bus, BusMessage, Subscription } from './bus.js';
export { BusError, type BusErrorCode } from './errors.js';
export { memoryBus, MemoryBroker, type MemoryBusOptions } from './memory.js';

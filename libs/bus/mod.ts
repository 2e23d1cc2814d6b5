export type { Bus, BusMessage, Subscription } from './bus.js';
export { BusError, type BusErrorCode } from './errors.js';
export { memoryBus, MemoryBroker, type MemoryBusOptions } from './memory.js';
export { natsBus, type NatsBusOptions } from './nats/bus.js';
export { NatsConnectError, type NatsConnectReason } from './nats/connect-error.js';
export { connectNats, type NatsLink, type NatsLinkOptions } from './nats/link.js';

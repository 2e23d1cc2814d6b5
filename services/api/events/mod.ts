export { eventService, type EventServiceOptions } from './service.js';
export { Streams, type StreamMethod } from './streams.js';

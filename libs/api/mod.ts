export type * from './commands.js';
export type * from './decisions.js';
export { readDescriptors } from './descriptors.js';
export { EVENT_TYPES } from './event-types.js';
export type * from './events.js';
export * as grpc from './grpc.js';
export type * from './stations.js';
export type * from './vocabulary.js';

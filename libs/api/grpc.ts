/** Messages, service definitions and clients of the gRPC services, generated from `proto/`. */
export * from './generated/stationmaster/v1/commands.js';
export * from './generated/stationmaster/v1/decisions.js';
export * from './generated/stationmaster/v1/events.js';
export * from './generated/stationmaster/v1/stations.js';
export * from './generated/stationmaster/v1/taps.js';
// What each of them has.
export {
  protobufFileName,
  protobufPackage,
  type DeepPartial,
  type MessageFns,
  type ServerStreamingMethodResult,
} from './generated/stationmaster/v1/commands.js';

import type { CallContext } from 'nice-grpc-common';
import type { grpc } from '../../../libs/api/mod.js';
import { stationIdOf } from '../stations/mod.js';
import type { Streams } from '../events/mod.js';
import { tapStream, type TapParts } from './stream.js';

export interface TapServiceOptions extends TapParts {
  readonly streams: Streams;
}

/** Shows what goes over the WebSocket of a station. */
export function tapService({ streams, ...parts }: TapServiceOptions): grpc.TapServiceImplementation {
  return {
    tapStation: (request: grpc.TapStationRequest, { signal }: CallContext) =>
      streams.of('TapStation', () => tapStream(stationIdOf(request.stationId), parts, signal)),
  };
}

import type { CallContext } from 'nice-grpc-common';
import type { grpc } from '../../../libs/api/mod.js';
import type { Clock } from '../../../libs/clock/mod.js';
import type { EventLog } from '../../../libs/eventlog/mod.js';
import { eventStream } from './event-stream.js';
import { told } from './reading.js';
import type { Streams } from './streams.js';

export interface EventServiceOptions {
  readonly eventlog: EventLog;
  readonly clock: Clock;
  readonly streams: Streams;
}

/** Tells business services what happened. */
export function eventService({
  eventlog,
  clock,
  streams,
}: EventServiceOptions): grpc.EventServiceImplementation {
  return {
    streamEvents: (request: grpc.StreamEventsRequest, { signal }: CallContext) =>
      streams.of('StreamEvents', async function* () {
        try {
          yield* eventStream(request, eventlog, clock, signal);
        } catch (error) {
          throw told(error);
        }
      }),
  };
}

import type { CallContext } from 'nice-grpc-common';
import type { grpc } from '../../../libs/api/mod.js';
import type { Clock } from '../../../libs/clock/mod.js';
import type { EventLog } from '../../../libs/eventlog/mod.js';
import type { Metrics } from '../../../libs/ops/mod.js';
import { eventStream } from './event-stream.js';
import { Lag } from './lag.js';
import { told } from './reading.js';
import type { Streams } from './streams.js';

export interface EventServiceOptions {
  readonly eventlog: EventLog;
  readonly clock: Clock;
  readonly streams: Streams;
  readonly metrics: Metrics;
}

/** Tells business services what happened. */
export function eventService({
  eventlog,
  clock,
  streams,
  metrics,
}: EventServiceOptions): grpc.EventServiceImplementation {
  const lag = new Lag(metrics, eventlog);
  return {
    streamEvents: (request: grpc.StreamEventsRequest, { signal }: CallContext) =>
      streams.of('StreamEvents', async function* () {
        try {
          yield* eventStream(request, eventlog, clock, lag, signal);
        } catch (error) {
          throw told(error);
        }
      }),
  };
}

import type { EventType, StationEvent } from '../events.js';
import type { EventServiceClient, StreamEventsRequest } from '../grpc.js';
import { resumed } from './resumed.js';

/** A type of event, or `transaction.*` for all that begin so. */
export type EventPattern = EventType | `${string}.*`;

/** The events that a pattern matches. */
export type EventsOf<P extends EventPattern> = {
  [T in Matched<P>]: StationEvent<T>;
}[Matched<P>];

type Matched<P extends EventPattern> = P extends `${infer Prefix}.*`
  ? Extract<EventType, `${Prefix}.${string}`>
  : P & EventType;

export interface EventsOptions<P extends EventPattern> {
  /** Only of these stations. Default: all. */
  readonly stationIds?: readonly string[];
  /** Only of these types. Default: all. */
  readonly types?: readonly P[];
  /** After this cursor: the last one that was handled. Without it and `fromOldest`: from now on. */
  readonly after?: string;
  /** From the oldest event that the log has. `after` wins. */
  readonly fromOldest?: boolean;
  /** Ends at the log's end instead of waiting for more. */
  readonly stopAtEnd?: boolean;
  /** Aborted, the iteration ends. */
  readonly signal?: AbortSignal;
  /** Everything up to this cursor was handled, or is of no interest; told also when no event came. */
  readonly onCursor?: (cursor: string) => void;
  /** The connection broke; it goes on after the last cursor, as soon as it can. Told once for each break. */
  readonly onBreak?: (error: Error) => void;
}

export interface ReceivedEvent<E = EventsOf<EventType>> {
  /** Where to go on from once the event is handled. */
  readonly cursor: string;
  readonly event: E;
}

export async function* events<P extends EventPattern>(
  service: EventServiceClient,
  options: EventsOptions<P>,
  closing: AbortSignal,
): AsyncGenerator<ReceivedEvent<EventsOf<P>>, void, undefined> {
  const { signal, onCursor, onBreak, stopAtEnd = false } = options;
  let cursor = options.after;
  const call = (attempt: AbortSignal) => {
    const request = { ...filterOf(options), start: startOf(cursor, options), stopAtEnd };
    return service.streamEvents(request, { signal: attempt });
  };
  for await (const message of resumed(call, { signal, onBreak, once: stopAtEnd }, closing)) {
    const { event } = message;
    if (event !== undefined) yield { cursor: message.cursor, event: JSON.parse(event.json) as EventsOf<P> };
    cursor = message.cursor;
    onCursor?.(cursor);
  }
}

const filterOf = ({ stationIds = [], types = [] }: EventsOptions<EventPattern>) => ({
  stationIds: [...stationIds],
  types: [...types],
});

function startOf(
  cursor: string | undefined,
  options: EventsOptions<EventPattern>,
): StreamEventsRequest['start'] {
  if (cursor !== undefined) return { $case: 'after', value: cursor };
  return options.fromOldest === true ? { $case: 'fromOldest', value: true } : undefined;
}

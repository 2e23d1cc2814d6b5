import { ServerError, Status } from 'nice-grpc-common';
import type { grpc } from '../../../libs/api/mod.js';
import type { Clock } from '../../../libs/clock/mod.js';
import type { Cursor, EventLog, LoggedEntry } from '../../../libs/eventlog/mod.js';
import { stationIdOf } from '../../../libs/link/mod.js';
import { checkNotForgotten, checkPlace, foreign, placeOf, type Place } from './cursors.js';
import { wantedBy, type Wanted } from './filter.js';
import type { Lag } from './lag.js';
import { Position } from './position.js';
import { breathe, comes, isPassing, PAGE } from './reading.js';

/** The client is told the place alone when so many entries were passed over, and after so long. */
const SKIPPED = 1000;
const POSITION_MS = 10_000;

/**
 * Events for one client. The next page is read when the client has taken the last one: the stream holds one page, whatever
 * the client does.
 * @throws ServerError INVALID_ARGUMENT, OUT_OF_RANGE; EventLogError; the signal's reason
 */
export async function* eventStream(
  request: grpc.StreamEventsRequest,
  log: EventLog,
  clock: Clock,
  lag: Lag,
  signal: AbortSignal,
): AsyncIterable<grpc.StreamEventsResponse> {
  const wanted = wantedBy(request);
  const end = await log.last();
  const position = new Position(await startOf(request, log, end), clock);
  const leave = lag.follow(position);
  try {
    yield* eventsFrom(position, { request, wanted, end, log, clock, signal });
  } finally {
    leave();
  }
}

interface Reading {
  readonly request: grpc.StreamEventsRequest;
  readonly wanted: Wanted;
  /** Of the log when the stream began: up to here is its past. */
  readonly end: Cursor;
  readonly log: EventLog;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

async function* eventsFrom(
  position: Position,
  { request, wanted, end, log, clock, signal }: Reading,
): AsyncIterable<grpc.StreamEventsResponse> {
  const { filter, matches } = wanted;
  let mayHaveForgotten = request.start?.$case === 'fromOldest';
  let isPast = true;
  for (;;) {
    const after = position.cursor;
    const page = await log.read({ after, ...PAGE, ...(filter !== undefined && { filter }) });
    // A page that begins with the next entry lacks none.
    if (!mayHaveForgotten && page.entries[0]?.cursor !== after + 1) await checkNotForgotten(log, after);
    mayHaveForgotten = false;
    for (const entry of page.entries) {
      position.at(entry);
      if (matches(entry)) yield position.message(eventOf(entry));
    }
    position.moveTo(page.next);
    if (isPast && (page.next >= end || page.next === after)) {
      isPast = false;
      yield position.message();
      if (request.stopAtEnd) return;
    } else if (position.skipped >= SKIPPED || (position.isAhead && position.quietMs >= POSITION_MS)) {
      yield position.message();
    }
    await breathe(clock);
    signal.throwIfAborted();
    if (isPast) continue;
    while (!(await comes(log, position.cursor, POSITION_MS - position.quietMs, clock, signal))) {
      await checkSameLog(log, position.cursor);
      if (position.isAhead) yield position.message();
      else position.rest();
    }
  }
}

async function startOf({ start }: grpc.StreamEventsRequest, log: EventLog, end: Cursor): Promise<Place> {
  if (start?.$case === 'after') {
    const place = placeOf(start.value);
    if (place === undefined) {
      const text = JSON.stringify(start.value.slice(0, 100));
      throw new ServerError(
        Status.INVALID_ARGUMENT,
        `after: ${text} is no cursor: pass one that came in a StreamEventsResponse, as it is`,
      );
    }
    await checkPlace(log, place);
    return place;
  }
  return { cursor: start?.value === true ? (await log.first()) - 1 : end };
}

/** @throws ServerError OUT_OF_RANGE when the log was created anew under the stream. */
async function checkSameLog(log: EventLog, cursor: Cursor): Promise<void> {
  try {
    if (cursor > (await log.last())) throw foreign(cursor);
  } catch (error) {
    // A log that is away is waited for.
    if (!isPassing(error)) throw error;
  }
}

function eventOf({ station, type, data }: LoggedEntry): grpc.Event {
  const json = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString();
  return { stationId: stationIdOf(station) ?? station, type, json };
}

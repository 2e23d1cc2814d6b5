import assert from 'node:assert/strict';
import type { grpc } from '../../../libs/api/mod.js';
import type { EventLog } from '../../../libs/eventlog/mod.js';
import { within } from '../../../test/client/until.js';
import { eventOf, ServedEvents } from './served.fixture.js';

export type Stream = AsyncIterator<grpc.StreamEventsResponse>;

export function open(
  events: ServedEvents,
  request: grpc.DeepPartial<grpc.StreamEventsRequest>,
  signal?: AbortSignal,
): Stream {
  const options = signal === undefined ? {} : { signal };
  return events.client().streamEvents(request, options)[Symbol.asyncIterator]();
}

export async function next(stream: Stream): Promise<grpc.StreamEventsResponse> {
  const result = await within('the next message', stream.next());
  assert.ok(result.done !== true, 'the stream goes on');
  return result.value;
}

export async function failureOf(stream: Stream): Promise<unknown> {
  try {
    for (;;) {
      const { done } = await within('the end', stream.next());
      if (done === true) return undefined;
    }
  } catch (error) {
    return error;
  }
}

/** So many events of one station, from number `from` on. */
export const fill = (log: EventLog, station: string, count: number, from = 1, bytes = 0) =>
  log.append(Array.from({ length: count }, (_, at) => eventOf(station, from + at, { bytes })));

/** Event services that are ended together. */
export class Serving {
  readonly #disposals: (() => Promise<void>)[] = [];

  async serve(
    log: EventLog,
    options: NonNullable<Parameters<typeof ServedEvents.start>[1]> = {},
  ): Promise<ServedEvents> {
    const events = await ServedEvents.start(log, options);
    this.later(async () => {
      await events.served.stop();
      await log.close();
    });
    return events;
  }

  later(dispose: () => Promise<void>): void {
    this.#disposals.push(dispose);
  }

  async stop(): Promise<void> {
    for (const dispose of this.#disposals.splice(0)) await dispose();
  }
}

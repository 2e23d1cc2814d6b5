import { ServerError, Status } from 'nice-grpc-common';
import type { Cell, Counter, Metrics } from '../../../libs/ops/mod.js';

/** Streams of one method at the same time, unless told; a further one is refused. */
const MOST_STREAMS = 100;

export type StreamMethod = 'StreamEvents' | 'FollowJob' | 'TapStation';

/** Counts and limits the streams that clients read. */
export class Streams {
  readonly #open = new Map<StreamMethod, number>();
  readonly #refused: Counter;
  readonly #messages: Counter;

  constructor(
    metrics: Metrics,
    private readonly most = MOST_STREAMS,
  ) {
    metrics.gauge(
      {
        name: 'stationmaster_api_streams',
        help: 'Streams that clients read, by method',
        labels: ['method'],
      },
      () => [...this.#open].map(([method, count]) => [[method], count] as const),
    );
    this.#refused = metrics.counter({
      name: 'stationmaster_api_streams_refused_total',
      help: 'Streams refused because too many were open, by method',
      labels: ['method'],
    });
    this.#messages = metrics.counter({
      name: 'stationmaster_api_stream_messages_total',
      help: 'Messages that were sent to clients in streams, by method',
      labels: ['method'],
    });
  }

  count(method: StreamMethod): number {
    return this.#open.get(method) ?? 0;
  }

  /**
   * The messages of `stream`, as one of the streams of `method`.
   * @throws ServerError RESOURCE_EXHAUSTED when too many are open.
   */
  async *of<T>(method: StreamMethod, stream: () => AsyncIterable<T>): AsyncIterable<T> {
    const open = this.count(method);
    if (open >= this.most) {
      this.#refused.cell(method).add();
      throw new ServerError(
        Status.RESOURCE_EXHAUSTED,
        `${open} streams of ${method} are open already: end one, or ask another gateway process`,
      );
    }
    this.#open.set(method, open + 1);
    const messages: Cell = this.#messages.cell(method);
    try {
      for await (const message of stream()) {
        messages.add();
        yield message;
      }
    } finally {
      this.#open.set(method, this.count(method) - 1);
    }
  }
}

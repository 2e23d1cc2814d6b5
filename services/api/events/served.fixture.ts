import { createChannel, createClient, createServer, type Channel } from 'nice-grpc';
import type { CompatServiceDefinition, ServiceImplementation } from 'nice-grpc';
import { grpc } from '../../../libs/api/mod.js';
import type { Clock } from '../../../libs/clock/mod.js';
import { systemClock } from '../../../libs/clock/mod.js';
import type { Cursor, EventEntry, EventLog, EventPage, ReadOptions } from '../../../libs/eventlog/mod.js';
import { createMetrics, silentLogger, type Metrics } from '../../../libs/ops/mod.js';
import { Calls } from '../calls.js';
import type { ApiContext } from '../context.js';
import { eventService, Streams } from './mod.js';

/** Services on a free port of a real gRPC server, behind the gateway's own middleware. */
export class Served {
  private constructor(
    readonly port: number,
    readonly calls: Calls,
    private readonly server: ReturnType<typeof createServer>,
  ) {}

  readonly #channels: Channel[] = [];

  static async start(
    ...services: (readonly [CompatServiceDefinition, ServiceImplementation<CompatServiceDefinition>])[]
  ): Promise<Served> {
    const metrics = { ended: () => undefined };
    const calls = new Calls({ clock: systemClock(), logger: silentLogger(), metrics });
    const server = createServer().use(calls.middleware((): ApiContext => ({ door: 'grpc' })));
    for (const [definition, implementation] of services) server.add(definition, implementation);
    return new Served(await server.listen('127.0.0.1:0'), calls, server);
  }

  /** A client with a connection of its own. */
  client<Definition extends CompatServiceDefinition>(definition: Definition, port = this.port) {
    const channel = createChannel(`127.0.0.1:${port}`, undefined, {
      'grpc.use_local_subchannel_pool': 1,
    });
    this.#channels.push(channel);
    return createClient(definition, channel);
  }

  async stop(): Promise<void> {
    await this.calls.stop(0);
    for (const channel of this.#channels) channel.close();
    this.server.forceShutdown();
  }
}

/** An event service on a real gRPC server. */
export class ServedEvents {
  private constructor(
    readonly served: Served,
    readonly streams: Streams,
    readonly metrics: Metrics,
  ) {}

  static async start(
    eventlog: EventLog,
    { clock = systemClock(), most = 100 }: { clock?: Clock; most?: number } = {},
  ): Promise<ServedEvents> {
    const metrics = createMetrics();
    const streams = new Streams(metrics, most);
    const implementation = eventService({ eventlog, clock, streams, metrics });
    const served = await Served.start([
      grpc.EventServiceDefinition,
      implementation as ServiceImplementation<CompatServiceDefinition>,
    ]);
    return new ServedEvents(served, streams, metrics);
  }

  /** @param port of a proxy; the server's own unless told. */
  client(port?: number): grpc.EventServiceClient {
    return this.served.client(grpc.EventServiceDefinition, port);
  }

  /** Everything from the start that is asked for to the log's end. */
  async read(
    request: grpc.DeepPartial<grpc.StreamEventsRequest>,
    client = this.client(),
  ): Promise<grpc.StreamEventsResponse[]> {
    const all: grpc.StreamEventsResponse[] = [];
    for await (const response of client.streamEvents({ ...request, stopAtEnd: true })) all.push(response);
    return all;
  }
}

export const FROM_OLDEST = { $case: 'fromOldest', value: true } as const;
export const after = (cursor: string) => ({ $case: 'after', value: cursor }) as const;

/** `<station> <number>` of the events among the responses. */
export const namesOf = (responses: readonly grpc.StreamEventsResponse[]): string[] =>
  responses.flatMap(({ event }) =>
    event === undefined
      ? []
      : [`${event.stationId} ${(JSON.parse(event.json) as { number: number }).number}`],
  );

/** An event of a station, of about `bytes`. */
export function eventOf(
  station: string,
  number: number,
  { type = 'meter.values', bytes = 0, incarnation = 1 } = {},
): EventEntry {
  const data = Buffer.from(JSON.stringify({ number, type, padding: 'x'.repeat(bytes) }));
  return { station, incarnation, number, type, data };
}

/** A log that tells how much of it was read. */
export class CountedLog implements EventLog {
  entriesRead = 0;
  reads = 0;

  constructor(private readonly log: EventLog) {}

  async read(options: ReadOptions): Promise<EventPage> {
    const page = await this.log.read(options);
    this.reads++;
    this.entriesRead += page.entries.length;
    return page;
  }

  append = (entries: readonly EventEntry[]): Promise<void> => this.log.append(entries);
  waitFor = (cursor: Cursor, signal: AbortSignal): Promise<void> => this.log.waitFor(cursor, signal);
  first = (): Promise<Cursor> => this.log.first();
  last = (): Promise<Cursor> => this.log.last();
  size = (): Promise<number> => this.log.size();
  close = (): Promise<void> => this.log.close();
}

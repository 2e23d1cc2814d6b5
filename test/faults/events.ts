import { jetstream, jetstreamManager, type JetStreamClient } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { StationEvent } from '../../libs/api/mod.js';
import { within } from '../client/until.js';
import type { LoggedEvent } from '../topology/topology.js';

const STREAM = 'CSMS_EVENTS';
const READ_MS = 10_000;
const API_MS = 5000;

/** Reads the event log straight from JetStream: of an event only what stands in it counts, not what stands around it. */
export class EventReader {
  #cursor = 0;

  private constructor(
    private readonly connection: NatsConnection,
    private readonly stream: JetStreamClient,
  ) {}

  static async connect(servers: readonly string[]): Promise<EventReader> {
    const connection = await connect({
      servers: [...servers],
      name: 'checker',
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
      ignoreClusterUpdates: true,
    });
    return new EventReader(connection, jetstream(connection, { timeout: API_MS }));
  }

  /** What was appended since the last call that succeeded, in the log's order. */
  async news(): Promise<LoggedEvent[]> {
    const last = await this.#last();
    const events: LoggedEvent[] = [];
    if (last <= this.#cursor) return events;
    const consumer = await this.stream.consumers.get(STREAM, { opt_start_seq: this.#cursor + 1 });
    const messages = await consumer.consume({ max_messages: 1000 });
    const read = async (): Promise<void> => {
      for await (const message of messages) {
        if (message.seq <= last) events.push(loggedEvent(message.json<StationEvent>()));
        if (message.seq >= last) return;
      }
    };
    try {
      await within('the event log to be read', read(), READ_MS);
    } finally {
      await messages.close();
      await consumer.delete().catch(() => false);
    }
    this.#cursor = last;
    return events;
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  async #last(): Promise<number> {
    const manager = await jetstreamManager(this.connection, { checkAPI: false, timeout: API_MS });
    return (await manager.streams.info(STREAM)).state.last_seq;
  }
}

/** By what the CloudEvent says of itself. */
export function loggedEvent(event: StationEvent): LoggedEvent {
  const [incarnation = ''] = event.id.split('-');
  return {
    station: decodeURIComponent(event.source.slice('/stations/'.length)),
    incarnation: Number.parseInt(incarnation, 36),
    number: Number(event.sequence),
    type: event.type,
    event,
  };
}

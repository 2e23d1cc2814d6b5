import { MemoryBroker, type Bus, type Subscription } from '../../../libs/bus/mod.js';
import { ManualClock } from '../../../libs/clock/mod.js';
import {
  decodeUp,
  encodeDown,
  SHARDS,
  shardOf,
  stationToken,
  subjects,
  type Connection,
  type Down,
  type Up,
} from '../../../libs/link/mod.js';
import type { Version } from '../../../libs/ocpp/mod.js';
import { createMetrics, silentLogger } from '../../../libs/ops/mod.js';
import type { Tracer } from '../../../libs/tracing/mod.js';
import { edgeConfig, type EdgeConfig, type EdgeConfigInput } from '../config.js';
import { edgeMetrics, type Totals } from '../metrics.js';
import { Registry } from '../registry.js';
import type { SendResult, Socket } from '../socket/mod.js';
import { Stations } from '../stations.js';
import type { StationConnection } from './connection.js';

/** A WebSocket without a network; the test is the station. */
export class FakeSocket implements Socket {
  readonly sent: string[] = [];
  readonly pauses: ('pause' | 'resume')[] = [];
  canPause = true;
  pings = 0;
  bufferedAmount = 0;
  nextResult: SendResult = 'sent';
  end: { code: number; reason: string } | undefined;

  constructor(private readonly connection: StationConnection) {}

  get endCode(): number | undefined {
    return this.end?.code;
  }

  send(data: string | Uint8Array): SendResult {
    if (this.nextResult !== 'refused') this.sent.push(Buffer.from(data).toString());
    return this.nextResult;
  }

  ping(): void {
    this.pings++;
  }

  close(code: number, reason: string): void {
    if (this.end !== undefined) return;
    this.end = { code, reason };
    this.connection.closed(code, reason);
  }

  terminate(): void {
    this.close(1006, '');
  }

  pause(): boolean {
    this.pauses.push('pause');
    return this.canPause;
  }

  resume(): void {
    this.pauses.push('resume');
  }

  /** The station sends a message. */
  says(message: unknown): void {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    const bytes = Buffer.from(text);
    this.connection.message(bytes, false);
    // What is kept must have been copied.
    bytes.fill(0);
  }

  /** All that was sent to the station, as JSON, and forgets it. */
  heard(): unknown[] {
    return this.sent.splice(0).map((text): unknown => JSON.parse(text));
  }
}

/** What a worker hears: payloads as text. */
export type Heard = { kind: Up['kind'] } & Record<string, unknown>;

/** Plays the worker that owns all shards. */
export class FakeWorker {
  readonly #heard: Heard[] = [];
  #subscription: Subscription | undefined;
  connections: Connection[] = [];

  constructor(
    private readonly bus: Bus,
    readonly epoch: number,
  ) {}

  start(): void {
    this.#subscription = this.bus.subscribe('csms.up.*.*', ({ data }) => {
      const up = decodeUp(data);
      if ('connection' in up) this.connections.push(up.connection);
      this.#heard.push(shown(up));
    });
  }

  stop(): void {
    this.#subscription?.unsubscribe();
  }

  /** Tells the edges that this worker now owns the shard of the station. */
  announce(stationId: string, shards = SHARDS): void {
    const shard = shardOf(stationToken(stationId), shards);
    this.bus.publish(subjects.shard(shard), Buffer.from(String(this.epoch)));
  }

  /** All that was heard, and forgets it. */
  heard(): Heard[] {
    return this.#heard.splice(0);
  }

  tell(connection: Connection, down: Down): void {
    this.bus.publish(subjects.connection(connection.edgeId, connection.connectionId), encodeDown(down));
  }

  reply(connection: Connection, id: string, payload: unknown = {}, epoch = this.epoch): void {
    this.tell(connection, { kind: 'reply', epoch, id, frame: JSON.stringify([3, id, payload]) });
  }

  order(connection: Connection, id: string, action = 'ClearCache'): void {
    this.tell(connection, {
      kind: 'order',
      epoch: this.epoch,
      id,
      frame: JSON.stringify([2, id, action, {}]),
    });
  }
}

function shown(up: Up): Heard {
  const { kind, ...rest } = up;
  const entries = Object.entries(rest)
    .filter(([name]) => name !== 'connection')
    .map(([name, value]): [string, unknown] => [
      name,
      value instanceof Uint8Array ? Buffer.from(value).toString() : value,
    ]);
  return { kind, ...Object.fromEntries(entries) };
}

export interface Rig {
  readonly clock: ManualClock;
  readonly config: EdgeConfig;
  readonly broker: MemoryBroker;
  readonly edgeBus: ReturnType<MemoryBroker['connect']>;
  readonly registry: Registry;
  readonly totals: Totals;
  readonly errors: unknown[];
  worker(epoch: number): FakeWorker;
  /** A station connects; with it the socket's other end. */
  connect(
    stationId?: string,
    version?: Version,
  ): { socket: FakeSocket; link: Connection; connection: StationConnection };
  /** Value of a metric, by its line without the value. */
  metric(line: string): Promise<number>;
}

/** @param tracer left out: nothing is traced. */
export function rig(input: EdgeConfigInput = {}, tracer?: Tracer): Rig {
  const clock = new ManualClock();
  const errors: unknown[] = [];
  const broker = new MemoryBroker({ clock, onError: (error) => errors.push(error) });
  const config = edgeConfig({ edgeId: 'edge-a', stationRateLimit: 0, ...input });
  const totals: Totals = { callsInFlight: 0, queuedCalls: 0, queuedBytes: 0, pausedConnections: 0 };
  const registry = new Registry(clock, config.shards, config.pingIntervalMs);
  const all = createMetrics();
  const metrics = edgeMetrics(all, {
    connections: (version) => registry.ofVersion(version),
    totals,
    pendingHandshakes: () => 0,
  });
  const edgeBus = broker.connect();
  const stations = new Stations({
    bus: edgeBus,
    config,
    clock,
    logger: silentLogger(),
    metrics,
    registry,
    totals,
    tracer,
  });
  stations.start();
  return {
    clock,
    config,
    broker,
    edgeBus,
    registry,
    totals,
    errors,
    worker: (epoch) => {
      const worker = new FakeWorker(broker.connect(), epoch);
      worker.start();
      return worker;
    },
    connect: (stationId = 'CP1', version = '1.6') => {
      const { quirks } = config;
      const remoteAddress = '127.0.0.1';
      const connection = stations.admit({
        stationId,
        version,
        securityProfile: 1,
        certificateCn: undefined,
        passwordHash: undefined,
        quirks,
        remoteAddress,
      });
      const socket = new FakeSocket(connection);
      connection.opened(socket);
      return { socket, link: connection.link, connection };
    },
    metric: async (line) => {
      const found = (await all.text()).split('\n').find((text) => text.startsWith(`${line} `));
      return found === undefined ? 0 : Number(found.slice(line.length + 1));
    },
  };
}

export const heartbeat = (id: string): unknown => [2, id, 'Heartbeat', {}];

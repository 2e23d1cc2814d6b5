import type { Bus } from '../../libs/bus/mod.js';
import type { Clock } from '../../libs/clock/mod.js';
import { sampledLogger, TlsWatch, type Logger, type Metrics } from '../../libs/ops/mod.js';
import type { Directory, RunningStations } from '../../libs/store/mod.js';
import type { Tracer } from '../../libs/tracing/mod.js';
import { Admissions } from './admission/mod.js';
import { CLOSES } from './closes.js';
import type { EdgeConfig } from './config.js';
import { drainConnections } from './drain.js';
import { Handshake } from './handshake/handshake.js';
import { LookUps } from './handshake/look-up.js';
import { OldPasswords } from './handshake/old-passwords.js';
import { mustCarryMessages } from './max-payload.js';
import { edgeMetrics, type EdgeMetrics } from './metrics.js';
import { checkOpenFiles } from './open-files.js';
import { Registry } from './registry.js';
import {
  listenSocket,
  type SocketHandler,
  type SocketServer,
  type SocketServerOptions,
} from './socket/mod.js';
import { cutOffShutOut } from './shut-out.js';
import { Stations } from './stations.js';
import { Taps } from './tap/mod.js';
import { checkWhoMayStay } from './who-may-stay.js';

export interface EdgeOptions {
  readonly bus: Bus;
  /** Who may connect; not asked in open mode. */
  readonly directory: Directory;
  /** Where edges say at which stations a transaction runs. */
  readonly running: RunningStations;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Left out: nothing is traced. */
  readonly tracer?: Tracer | undefined;
  readonly config: EdgeConfig;
}

export interface Edge {
  readonly edgeId: string;
  /** The port of plain WebSockets. */
  readonly port: number;
  readonly tlsPort: number | undefined;
  /** Open connections. */
  readonly connections: number;
  /**
   * Serves new connections with the certificates that stand in the files now.
   * @throws TlsError: the old certificates stay in use.
   */
  reloadTls(): Promise<void>;
  /**
   * Ends the connections of stations that the directory does not let in any more as they came in (1008, `shut_out`), as the
   * edge does of itself when it is told over the bus (`subjects.shutout`): change the directory first. Stations that are not here are passed over. Returns how many connections it ended.
   */
  disconnect(stationIds: Iterable<string>): number;
  /** Lets nobody in any more, closes the connections spread over time, each with its CALLs answered, then ends. */
  drain(): Promise<void>;
  /** Closes everything at once. */
  close(): Promise<void>;
}

/** @throws ListenError, TlsError: nothing is left listening. */
export async function startEdge(options: EdgeOptions): Promise<Edge> {
  const logger = sampledLogger(options.logger, { clock: options.clock });
  const edge = new RunningEdge({ ...options, logger });
  await edge.start();
  return edge;
}

class RunningEdge implements Edge {
  readonly edgeId: string;
  readonly #registry: Registry;
  readonly #stations: Stations;
  readonly #taps: Taps;
  readonly #handshake: Handshake;
  readonly #lookUps: LookUps;
  readonly #admissions: Admissions;
  #closed = false;
  #draining = false;
  #plain: SocketServer | undefined;
  #tls: SocketServer | undefined;
  #tlsWatch: TlsWatch | undefined;
  #stopGuarding: () => Promise<void> = async () => undefined;

  constructor(private readonly options: EdgeOptions) {
    const { bus, directory, running, clock, logger, config } = options;
    mustCarryMessages(bus, config.maxMessageBytes);
    this.edgeId = config.edgeId;
    const totals = { callsInFlight: 0, queuedCalls: 0, queuedBytes: 0, pausedConnections: 0 };
    const registry = new Registry(clock, config.shards, config.pingIntervalMs);
    const lookUps = new LookUps(directory, clock, {
      concurrency: config.directoryConcurrency,
      timeoutMs: config.directoryTimeoutMs,
    });
    const metrics = edgeMetrics(options.metrics, {
      connections: (version) => registry.ofVersion(version),
      totals,
      pendingHandshakes: () => lookUps.pending,
    });
    const admissions = new Admissions({ ...options, running, registry });
    const taps = new Taps({
      edgeId: config.edgeId,
      basePath: config.basePath,
      bus,
      clock,
      logger,
      metrics: options.metrics,
      connectionsOf: (stationId) => registry.ofStations(new Set([stationId])),
    });
    const { tracer } = options;
    const stations = new Stations({ bus, config, clock, logger, metrics, registry, totals, taps, tracer });
    this.#taps = taps;
    this.#admissions = admissions;
    this.#lookUps = lookUps;
    this.#registry = registry;
    this.#stations = stations;
    this.#handshake = new Handshake({
      config,
      lookUps,
      oldPasswords: new OldPasswords(directory, lookUps, logger),
      logger,
      metrics,
      taps,
      admissions,
      closed: () => this.#closedTo(),
      admit: (admission) => stations.admit(admission),
      dismiss: () => dismissal(metrics),
    });
  }

  get port(): number {
    return this.#plain?.port ?? this.options.config.port;
  }

  get tlsPort(): number | undefined {
    return this.#tls?.port;
  }

  get connections(): number {
    return this.#registry.size;
  }

  async start(): Promise<void> {
    const { config, clock, logger } = this.options;
    this.#stations.start();
    this.#taps.start();
    this.#guard();
    await checkOpenFiles(config.maxConnections, logger);
    await this.#admissions.start();
    try {
      this.#plain = await listenSocket(config.socket, this.#serverOptions(config.host, config.port));
      logger.info({ port: this.#plain.port, socket: this.#plain.implementation }, 'edge_listening');
      if (config.tls === undefined) return;
      const { certificates, ciphers, reloadCheckMs } = config.tls;
      const tls = await listenSocket(config.socket, {
        ...this.#serverOptions(config.tls.host, config.tls.port),
        tls: { certificates, ciphers },
      });
      this.#tls = tls;
      logger.info({ port: tls.port, socket: tls.implementation, tls: true }, 'edge_listening');
      this.#tlsWatch = new TlsWatch({
        files: { certificates },
        checkMs: reloadCheckMs,
        reload: () => tls.reloadTls(),
        clock,
        logger,
      });
      await this.#tlsWatch.start();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async reloadTls(): Promise<void> {
    await this.#tlsWatch?.reload();
  }

  disconnect(stationIds: Iterable<string>): number {
    const gone = new Set(stationIds);
    if (gone.size === 0) return 0;
    this.#lookUps.outdate(gone);
    const ending = this.#registry.ofStations(gone);
    for (const connection of ending) connection.end('shut_out');
    return ending.length;
  }

  async drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    // Whoever comes now is let in elsewhere at once: by a proxy that tries the next edge, or one that shares the port.
    for (const server of this.#servers()) server.stopListening();
    // What runs here is said as it is before the first one goes.
    const left = this.#admissions.leave();
    await drainConnections(this.#registry, this.options.clock, this.options.config);
    await left;
    await this.close();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#tlsWatch?.stop();
    this.#admissions.stop();
    for (const server of this.#servers()) server.stopListening();
    for (const connection of this.#registry.all()) connection.end('shutdown');
    for (const server of this.#servers()) server.close();
    this.#registry.stop();
    this.#taps.stop();
    this.#stations.stop();
    await this.#stopGuarding();
    // What could not be flushed is lost with the bus; the next owner of a shard hears of no connection here.
    await this.options.bus.flush().catch(() => undefined);
  }

  /** Ends the connections of stations that may not stay, from now on. */
  #guard(): void {
    const { bus, clock, logger, config } = this.options;
    const stopCutting = cutOffShutOut(this, bus, logger);
    const connections = () => this.#registry.all();
    const stopChecking =
      config.mode === 'open'
        ? undefined
        : checkWhoMayStay({ bus, lookUps: this.#lookUps, clock, logger, connections });
    this.#stopGuarding = async () => {
      stopChecking?.();
      await stopCutting();
    };
  }

  #servers(): SocketServer[] {
    return [this.#plain, this.#tls].filter((server) => server !== undefined);
  }

  #serverOptions(host: string, port: number): SocketServerOptions {
    const { config, clock, logger } = this.options;
    const { sharePort, maxMessageBytes, maxBufferedBytes, compressFromBytes } = config;
    return {
      host,
      port,
      sharePort,
      maxMessageBytes,
      maxBufferedBytes,
      compressFromBytes,
      clock,
      logger,
      upgrade: (request) => this.#handshake.decide(request),
      request: (request) => this.#handshake.plain(request),
    };
  }

  #closedTo(): 'draining' | 'full' | undefined {
    if (this.#draining || this.#closed) return 'draining';
    return this.#registry.size >= this.options.config.maxConnections ? 'full' : undefined;
  }
}

/** A WebSocket that speaks no OCPP version we serve: closed as soon as it is open. */
function dismissal(metrics: EdgeMetrics): SocketHandler {
  const { code, reason } = CLOSES.no_subprotocol;
  return {
    opened: (socket) => {
      socket.close(code, reason);
    },
    message: () => undefined,
    pong: () => undefined,
    drained: () => undefined,
    closed: () => {
      metrics.closed(code, 'no_subprotocol');
    },
  };
}

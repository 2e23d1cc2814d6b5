import { randomBytes } from 'node:crypto';
import type { Bus } from '../../libs/bus/mod.js';
import type { Clock } from '../../libs/clock/mod.js';
import type { Logger } from '../../libs/ops/mod.js';
import type { Tracer } from '../../libs/tracing/mod.js';
import type { EdgeConfig } from './config.js';
import { StationConnection, type ConnectionContext } from './connection/mod.js';
import type { Admission } from './handshake/handshake.js';
import type { EdgeMetrics, Totals } from './metrics.js';
import type { Registry } from './registry.js';
import type { Taps } from './tap/mod.js';
import { WorkerLink } from './worker-link.js';

export interface StationsOptions {
  readonly bus: Bus;
  readonly config: EdgeConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: EdgeMetrics;
  readonly registry: Registry;
  readonly totals: Totals;
  /** Left out: nothing is traced. */
  readonly tracer?: Tracer | undefined;
  /** Left out: no station can be tapped. */
  readonly taps?: Pick<Taps, 'opened'>;
}

/** Makes the connections of the stations that were let in, and joins them to the workers. */
export class Stations {
  readonly #link: WorkerLink;
  readonly #context: ConnectionContext;
  /** Makes connection ids unique beyond the life of this process. */
  readonly #nonce = randomBytes(4).toString('hex');
  #count = 0;

  constructor(options: StationsOptions) {
    const { config, clock, logger, metrics, registry, totals, taps } = options;
    const link = new WorkerLink(options);
    this.#link = link;
    this.#context = {
      config,
      clock,
      logger,
      metrics,
      totals,
      tracer: options.tracer,
      publish: (route, envelope) => link.publish(route, envelope),
      attend: (connection) => {
        registry.attend(connection);
      },
      opened: (connection) => {
        registry.add(connection);
        taps?.opened(connection);
      },
      closed: (connection, code) => {
        registry.remove(connection);
        link.disconnected(connection, code);
      },
    };
  }

  /** Hears the workers from now on. */
  start(): void {
    this.#link.start();
  }

  stop(): void {
    this.#link.stop();
  }

  admit(admission: Admission): StationConnection {
    const { stationId, version, securityProfile, certificateCn, passwordHash, quirks, remoteAddress } =
      admission;
    const { config, clock, logger } = this.#context;
    const connectionId = `${this.#nonce}-${++this.#count}`;
    logger.debug({ stationId, connectionId, version, securityProfile, remoteAddress }, 'station_admitted');
    const connection = {
      edgeId: config.edgeId,
      connectionId,
      version,
      connectedAt: clock.now(),
      // Who is not provisioned is let in by open mode only, and counts as if.
      provisioned: true,
      securityProfile,
      ...(certificateCn === undefined ? {} : { certificateCn }),
    };
    return new StationConnection(stationId, connection, quirks, this.#context, passwordHash, remoteAddress);
  }
}

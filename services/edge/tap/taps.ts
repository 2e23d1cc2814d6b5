import type { Bus, BusMessage, Subscription } from '../../../libs/bus/mod.js';
import type { Clock, Timer } from '../../../libs/clock/mod.js';
import {
  decodeTapRequest,
  encodeTapped,
  stationIdOf,
  subjects,
  subjectToken,
  type Connection,
  type TappedConnection,
  type TapRequest,
} from '../../../libs/link/mod.js';
import type { QuirkSet } from '../../../libs/ocpp/mod.js';
import type { Cell, Logger, Metrics } from '../../../libs/ops/mod.js';
import { readPath } from '../handshake/identity.js';
import { TokenBucket } from '../token-bucket.js';
import { ConnectionTap } from './connection-tap.js';
import { EDGE_BURST_BYTES, EDGE_BYTES_PER_SECOND, LONGEST_LEASE_MS, MOST_TAPS, SWEEP_MS } from './limits.js';
import { shownRefusal, type RefusalOutcome, type RefusedHandshake } from './refused.js';
import { StationTap } from './station-tap.js';

/** A connection that can be tapped. */
export interface Tappable {
  readonly stationId: string;
  readonly link: Connection;
  readonly quirks: QuirkSet;
  readonly remoteAddress: string;
  /** Told what goes over it; undefined: nobody taps it. */
  tap: ConnectionTap | undefined;
}

export interface TapsOptions {
  readonly edgeId: string;
  /** Stations connect below it. */
  readonly basePath: string;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The open connections of a station. */
  connectionsOf(stationId: string): Iterable<Tappable>;
}

/**
 * The stations of an edge that somebody taps. Whoever does asks over the bus, and again before its lease ends; a station that
 * comes in later is tapped from its first frame on. What nobody taps costs nothing but a look at an empty map for each handshake.
 */
export class Taps {
  readonly #stations = new Map<string, StationTap>();
  readonly #budget: TokenBucket;
  readonly #leftOut: Cell;
  #subscription: Subscription | undefined;
  #timer: Timer | undefined;

  constructor(private readonly options: TapsOptions) {
    const { clock, metrics } = options;
    this.#budget = new TokenBucket(EDGE_BYTES_PER_SECOND, EDGE_BURST_BYTES, clock.monotonic());
    metrics.gauge(
      {
        name: 'stationmaster_edge_taps',
        help: 'Taps of stations that the edge serves, whether connected or not.',
      },
      () => this.#listeners,
    );
    this.#leftOut = metrics
      .counter({
        name: 'stationmaster_edge_tap_left_out_total',
        help: 'Messages of tapped stations that were not shown: more than a tap shows, or the bus was away.',
      })
      .cell();
  }

  /** Hears of taps from now on. */
  start(): void {
    this.#subscription = this.options.bus.subscribe(subjects.taps, (message) => {
      this.#asked(message);
    });
  }

  stop(): void {
    this.#subscription?.unsubscribe();
    this.#timer?.cancel();
    for (const tap of this.#stations.values()) this.#release(tap);
  }

  /** A station has connected. */
  opened(connection: Tappable): void {
    if (this.#stations.size === 0) return;
    const tap = this.#stations.get(connection.stationId);
    if (tap === undefined) return;
    attach(connection, tap);
    tap.tell({ kind: 'connected', ...shown(connection) }, connection.link.connectionId);
  }

  /** A handshake was refused. */
  refused(outcome: RefusalOutcome, handshake: RefusedHandshake & { readonly path: string }): void {
    if (this.#stations.size === 0) return;
    const path = readPath(handshake.path, this.options.basePath);
    const tap = path.ok ? this.#stations.get(path.stationId) : undefined;
    if (!path.ok || tap?.has(0, this.options.clock.monotonic()) !== true) return;
    tap.tell(shownRefusal(outcome, handshake, path));
  }

  #asked({ subject, data }: BusMessage): void {
    const stationId = stationIdOf(subjectToken(subject, 2));
    const request = decodeTapRequest(data);
    if (stationId === undefined || request === undefined) {
      this.options.logger.warn({ subject }, 'tap_not_understood');
      return;
    }
    const tap = this.#stations.get(stationId);
    if (request.leaseMs <= 0) return this.#end(tap, request);
    if (tap?.hears(request) === true) return this.#renew(tap, request);
    if (this.#listeners >= MOST_TAPS) return this.#full(request);
    this.#renew(tap ?? this.#begin(stationId), request);
  }

  #begin(stationId: string): StationTap {
    const { edgeId, bus, clock, connectionsOf } = this.options;
    const parts = { edgeId, bus, clock, budget: this.#budget, leftOut: this.#leftOut };
    const tap = new StationTap(stationId, parts);
    this.#stations.set(stationId, tap);
    for (const connection of connectionsOf(stationId)) attach(connection, tap);
    this.#timer ??= this.#armSweep();
    return tap;
  }

  #renew(tap: StationTap, request: TapRequest): void {
    const { clock, connectionsOf } = this.options;
    tap.listen(request, clock.monotonic() + Math.min(request.leaseMs, LONGEST_LEASE_MS));
    tap.answer(request, { kind: 'alive', connections: Array.from(connectionsOf(tap.stationId), shown) });
  }

  #end(tap: StationTap | undefined, request: TapRequest): void {
    tap?.forget(request);
    if (tap?.listeners === 0) this.#release(tap);
  }

  #release(tap: StationTap): void {
    this.#stations.delete(tap.stationId);
    for (const connection of this.options.connectionsOf(tap.stationId)) connection.tap = undefined;
  }

  #full({ process, id }: TapRequest): void {
    const { edgeId, bus, clock, logger } = this.options;
    logger.warn({ taps: this.#listeners }, 'tap_refused_too_many');
    const tapped = { edgeId, number: 1, at: clock.now(), told: { kind: 'full' } } as const;
    // It has just asked over this bus; what it does not hear now, it hears when it asks again.
    if (bus.connected) bus.publish(subjects.tapped(process, id), encodeTapped(tapped));
  }

  get #listeners(): number {
    let listeners = 0;
    for (const tap of this.#stations.values()) listeners += tap.listeners;
    return listeners;
  }

  #armSweep(): Timer {
    return this.options.clock.setTimer(SWEEP_MS, () => {
      const now = this.options.clock.monotonic();
      for (const tap of [...this.#stations.values()]) {
        tap.expire(now);
        if (tap.listeners === 0) this.#release(tap);
      }
      this.#timer = this.#stations.size > 0 ? this.#armSweep() : undefined;
    });
  }
}

function attach(connection: Tappable, tap: StationTap): void {
  connection.tap = new ConnectionTap(connection.link, connection.quirks, tap);
}

function shown({ link, remoteAddress }: Tappable): TappedConnection {
  const { connectionId, version, securityProfile, connectedAt, certificateCn } = link;
  return {
    connectionId,
    version,
    securityProfile,
    remoteAddress,
    connectedAt,
    ...(certificateCn !== undefined && { certificateCn }),
  };
}

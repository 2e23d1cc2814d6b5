import type { Clock } from '../../../libs/clock/mod.js';
import type { Logger } from '../../../libs/ops/mod.js';
import type { Tracer } from '../../../libs/tracing/mod.js';
import type { EdgeConfig } from '../config.js';
import type { EdgeMetrics, Totals } from '../metrics.js';
import type { StationConnection } from './connection.js';

/** What the connections of an edge share. */
export interface ConnectionContext {
  readonly config: EdgeConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: EdgeMetrics;
  readonly totals: Totals;
  /** Undefined: nothing is traced. */
  readonly tracer: Tracer | undefined;
  /**
   * Publishes to the worker that owns the station's shard; where there is none, the connection's `unowned` is called
   * later.
   */
  publish(route: Route, envelope: Uint8Array): Published;
  /** Asks for `connection.sweep` to be called every 100 ms or so, until it returns false. */
  attend(connection: StationConnection): void;
  opened(connection: StationConnection): void;
  /** The connection is over; its worker is to be told. */
  closed(connection: StationConnection, code: number): void;
}

/**
 * `unavailable`: the bus takes no messages at this moment. `too_large`: it does not carry this one, which is counted and
 * dropped; a bus that was connected to another server may carry less than before.
 */
export type Published = 'published' | 'unavailable' | 'too_large';

/** Where a connection's messages go, and where their answers come in. */
export interface Route {
  readonly upSubject: string;
  readonly replySubject: string;
}

/** The route of a connection that holds a CALL. */
export interface HeldRoute extends Route {
  /** The CALL is published again. */
  callResent(): void;
}

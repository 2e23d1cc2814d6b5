import type { StationEvent } from '../../libs/api/mod.js';
import type { Bus } from '../../libs/bus/mod.js';
import type { DecisionAction } from '../../services/worker/station/mod.js';

/** A started gateway, however many processes it consists of. */
export interface Topology {
  /** Endpoint for stations, without the station id, such as `ws://127.0.0.1:9220/ocpp`. */
  readonly ocppUrl: string;
  /** Where `/healthz`, `/readyz` and `/metrics` are. */
  readonly opsUrl: string;
  /** Where gRPC is served to business services, such as `127.0.0.1:9221`. */
  readonly grpcAddress: string;
  /** Of NATS; left out where everything is one process. */
  readonly natsUrl?: string;
  /** The bus of business services: commands and decisions. */
  readonly bus: Bus;
  /** What stands in the event log now, in its order; of one station token, or of all. */
  events(token?: string): Promise<readonly LoggedEvent[]>;
  /** Ends every process of the gateway as SIGTERM does and starts it anew on the same state, under the same URLs. */
  restart(): Promise<void>;
  /** Ends everything and removes what it left. */
  close(): Promise<void>;
}

/** How the gateway is to be set. Everything has the defaults of its `main`. */
export interface Settings {
  /** The stations of a stations file. Given: only those may connect. */
  readonly stations?: readonly object[];
  /** The tokens of a tokens file. Given: only those may charge. */
  readonly tokens?: readonly object[];
  readonly commandTimeoutMs?: number;
  readonly maxConnections?: number;
  /** Handshakes a second in the long run, and at once. */
  readonly connectionRate?: number;
  readonly connectionBurst?: number;
  /** Messages a second of one station in the long run, and at once. */
  readonly stationRateLimit?: number;
  readonly stationBurst?: number;
  /** Addresses of proxies that are believed, and the operator whose client certificates are. */
  readonly trustedProxies?: readonly string[];
  readonly cpoName?: string;
  /** Decisions that the scenario makes, in open mode; of the others the gateway's defaults hold. */
  readonly asks?: readonly DecisionAction[];
}

export type StartTopology = (settings: Settings) => Promise<Topology>;

/** An entry of the event log with its CloudEvent parsed. */
export interface LoggedEvent {
  /** Station token. */
  readonly station: string;
  readonly incarnation: number;
  readonly number: number;
  readonly type: string;
  readonly event: StationEvent;
}

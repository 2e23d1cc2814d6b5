import { VERSIONS, type FaultKind, type Quirk, type Version } from '../../libs/ocpp/mod.js';
import type { Totals } from './connection/mod.js';
import type { Cell, Counter, HistogramCell, Metrics } from '../../libs/ops/mod.js';

/** What an edge counts. Cells used for every message are resolved once. */
export interface EdgeMetrics {
  handshake(outcome: string): void;
  fault(kind: FaultKind): void;
  quirk(quirk: Quirk): void;
  /** A handshake had headers of a proxy, and came from an address that is none. */
  proxyHeadersIgnored(): void;
  resend(what: 'call' | 'answer' | 'disconnected'): void;
  dropped(reason: DropReason): void;
  closed(code: number, reason: string): void;
  readonly deadlines: Cell;
  readonly received: Cell;
  readonly receivedBytes: Cell;
  readonly sent: Cell;
  readonly sentBytes: Cell;
  readonly callSeconds: HistogramCell;
}

/** Why something was thrown away. */
export type DropReason =
  /** A worker's message of an epoch that is over. */
  | 'stale_epoch'
  /** A worker's message for a connection that is gone. */
  | 'no_connection'
  /** A worker's answer to a CALL that is not in flight. */
  | 'unknown_reply'
  /** A station's answer to a CALL that is not outstanding. */
  | 'unknown_result'
  /** A station's CALL that was in flight or waiting already, sent again. */
  | 'repeated_call'
  /** A station's CALL that came in while its connection was drained: the station sends it again. */
  | 'draining'
  /** A CALLRESULTERROR: the station could not use our answer. */
  | 'result_error'
  /** A `disconnected` that no worker could be told. */
  | 'disconnected'
  /** A message for a worker that the bus does not carry: its server's limit was lowered. */
  | 'too_large';

/** What the gauges show, read when the metrics are. */
export interface EdgeReadings {
  connections(version: Version): number;
  readonly totals: Readonly<Totals>;
  pendingHandshakes(): number;
}

const CALL_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function edgeMetrics(metrics: Metrics, readings: EdgeReadings): EdgeMetrics {
  defineGauges(metrics, readings);
  const counter = (name: string, help: string, ...labels: string[]): Counter =>
    metrics.counter({ name: `stationmaster_edge_${name}_total`, help, labels });
  const handshakes = counter('handshakes', 'WebSocket handshakes by outcome.', 'outcome');
  const faults = counter('faults', 'Malformed or unacceptable messages of stations.', 'kind');
  const quirks = counter('quirks', 'Deviations of stations that were tolerated.', 'quirk');
  const resends = counter('resends', 'Messages published again for want of an answer.', 'what');
  const dropped = counter('dropped', 'Messages that were thrown away.', 'reason');
  const closes = counter('closes', 'Connections that ended.', 'code', 'reason');
  const ignored = counter(
    'proxy_headers_ignored',
    'Handshakes with headers of a proxy from an address that is no trusted one.',
  ).cell();
  const messages = counter('messages', 'WebSocket messages.', 'direction');
  const bytes = counter('message_bytes', 'Bytes of WebSocket messages, uncompressed.', 'direction');
  return {
    handshake: (outcome) => handshakes.cell(outcome).add(),
    fault: (kind) => faults.cell(kind).add(),
    quirk: (quirk) => quirks.cell(quirk).add(),
    proxyHeadersIgnored: () => {
      ignored.add();
    },
    resend: (what) => resends.cell(what).add(),
    dropped: (reason) => dropped.cell(reason).add(),
    closed: (code, reason) => closes.cell(codeLabel(code), reason).add(),
    deadlines: counter('deadlines', 'CALLs of stations that no worker answered in time.').cell(),
    received: messages.cell('in'),
    receivedBytes: bytes.cell('in'),
    sent: messages.cell('out'),
    sentBytes: bytes.cell('out'),
    callSeconds: metrics
      .histogram({
        name: 'stationmaster_edge_call_seconds',
        help: 'Time from the publishing of a CALL of a station to its answer.',
        buckets: CALL_SECONDS,
      })
      .cell(),
  };
}

function defineGauges(metrics: Metrics, readings: EdgeReadings): void {
  metrics.gauge(
    { name: 'stationmaster_edge_connections', help: 'Open connections of stations.', labels: ['version'] },
    () => VERSIONS.map((version) => [[version], readings.connections(version)] as const),
  );
  const gauge = (name: string, help: string, read: () => number) =>
    metrics.gauge({ name: `stationmaster_edge_${name}`, help }, read);
  gauge('calls_in_flight', 'CALLs of stations that wait for a worker.', () => readings.totals.callsInFlight);
  gauge(
    'queued_calls',
    'CALLs that wait for an earlier one of their station.',
    () => readings.totals.queuedCalls,
  );
  gauge('queued_bytes', 'Memory used by queued CALLs.', () => readings.totals.queuedBytes);
  gauge(
    'paused_connections',
    'Connections that are not read at present.',
    () => readings.totals.pausedConnections,
  );
  gauge('pending_handshakes', 'Handshakes that wait for the directory.', () => readings.pendingHandshakes());
}

/** A station may close with any of 4,000 private codes. */
const codeLabel = (code: number): string => (code >= 3000 ? 'private' : String(code));

import { VERSIONS, type FaultKind, type Quirk, type Version } from '../../libs/ocpp/mod.js';
import type { Cell, Counter, Metrics } from '../../libs/ops/mod.js';

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
  /** A CALL of a station is in flight no more, `seconds` after it was published. */
  callEnded(version: Version, action: string, outcome: CallOutcome, seconds: number): void;
}

/** What became of a CALL of a station. */
export type CallOutcome =
  /** The worker's answer, a CALLRESULT or a CALLERROR. */
  | 'result'
  | 'error'
  /** No worker answered in time. */
  | 'deadline'
  /** The bus does not carry it. */
  | 'too_large'
  /** The station's connection ended first. */
  | 'disconnected';

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

/** Sums over all connections. */
export interface Totals {
  callsInFlight: number;
  queuedCalls: number;
  queuedBytes: number;
  pausedConnections: number;
}

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
    callEnded: callMetrics(metrics),
  };
}

/** Counts and times CALLs. Cells are made by the first CALL of an action, so that what nobody sends takes no room. */
function callMetrics(metrics: Metrics): EdgeMetrics['callEnded'] {
  const calls = metrics.counter({
    name: 'stationmaster_edge_calls_total',
    help: 'CALLs of stations that were passed on to a worker, by what became of them.',
    labels: ['version', 'action', 'outcome'],
  });
  const seconds = metrics.histogram({
    name: 'stationmaster_edge_call_seconds',
    help: 'Time from the publishing of a CALL of a station to its answer.',
    labels: ['version', 'action'],
    buckets: CALL_SECONDS,
  });
  const cellsOf = (version: Version, action: string) => ({
    result: calls.cell(version, action, 'result'),
    error: calls.cell(version, action, 'error'),
    seconds: seconds.cell(version, action),
  });
  const known = new Map(VERSIONS.map((version) => [version, new Map<string, ReturnType<typeof cellsOf>>()]));
  const answeredOf = (version: Version, action: string) => {
    const cells = cellsOf(version, action);
    known.get(version)?.set(action, cells);
    return cells;
  };
  return (version, action, outcome, took) => {
    if (outcome !== 'result' && outcome !== 'error') return calls.cell(version, action, outcome).add();
    const cells = known.get(version)?.get(action) ?? answeredOf(version, action);
    cells[outcome].add();
    cells.seconds.observe(took);
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

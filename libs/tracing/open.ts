import type { Clock } from '../clock/mod.js';
import { WatchedFile, type Closers, type Logger, type Metrics } from '../ops/mod.js';
import { Batches } from './batches.js';
import { readHeaders, type Headers } from './headers-file.js';
import type { TraceSettings } from './options.js';
import type { Tracer } from './tracer.js';

/** The process whose spans they are. */
export interface TracedService {
  /** Such as `stationmaster-edge`. */
  readonly name: string;
  /** Unique in the cluster, such as the edge's id. */
  readonly instanceId: string;
}

export interface OpenTracing {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What is still to be told when the process stops may take so long. */
const CLOSE_MS = 3_000;
/** A collector that takes no spans is complained about once in so long. */
const COMPLAIN_MS = 60_000;

/**
 * The tracer of a process; undefined when its settings name no collector: then nothing of OpenTelemetry is loaded. Closed with
 * `closers`, within seconds whatever the collector does. What the collector does not take is lost, counted and logged; nobody
 * waits for it.
 * @throws ConfigError for a headers file that cannot be used.
 */
export async function openTracing(
  settings: TraceSettings,
  service: TracedService,
  { clock, logger, metrics }: OpenTracing,
  closers: Pick<Closers, 'add'>,
): Promise<Tracer | undefined> {
  const spans = spanMetrics(metrics);
  const { tracesUrl: url, tracesRatio: ratio, tracesHeadersFile: file } = settings;
  if (url === undefined) return undefined;
  let headers: Headers = {};
  const load = async (path: string) => {
    headers = await readHeaders(path);
    return { headers: Object.keys(headers).length };
  };
  const watched = file === undefined ? undefined : await WatchedFile.open({ file, load, clock, logger });
  closers.add(async () => await watched?.close());
  const { openTelemetry } = await import('./otel.js');
  const { exportSpans, tracerTo } = await openTelemetry({ url, service, headers: () => headers });
  const complaints = new Complaints(clock, logger, new URL(url).origin);
  const batches = new Batches({
    clock,
    send: exportSpans,
    sent: (count) => spans.exported.add(count),
    failed: (count, error) => {
      spans.failed.add(count);
      complaints.add(count, error);
    },
    dropped: (count) => {
      spans.dropped.add(count);
    },
  });
  spans.waiting = () => batches.waiting;
  closers.add(() => batches.close(CLOSE_MS));
  logger.info({ collector: new URL(url).origin, ratio }, 'tracing_on');
  return tracerTo({ clock, ratio, ended: (span) => batches.add(span) });
}

/** Also there, at 0, where nothing is traced: dashboards and alerts need not know. */
function spanMetrics(metrics: Metrics) {
  const name = 'stationmaster_trace_spans_total';
  const help =
    'Spans of traces that the collector took (exported), did not take (failed), or for which there was no room (dropped).';
  const counter = metrics.counter({ name, help, labels: ['outcome'] });
  const spans = {
    exported: counter.cell('exported'),
    failed: counter.cell('failed'),
    dropped: counter.cell('dropped'),
    waiting: () => 0,
  };
  const gauge = 'stationmaster_trace_spans_waiting';
  metrics.gauge({ name: gauge, help: 'Spans that wait to be sent to the collector.' }, () => spans.waiting());
  return spans;
}

/** One line for all failures of a while. */
class Complaints {
  #lost = 0;
  #nextAt = -Infinity;

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly collector: string,
  ) {}

  add(spans: number, error: unknown): void {
    this.#lost += spans;
    const now = this.clock.monotonic();
    if (now < this.#nextAt) return;
    this.#nextAt = now + COMPLAIN_MS;
    this.logger.warn(
      { collector: this.collector, spans: this.#lost, problem: problemOf(error) },
      'traces_not_exported',
    );
    this.#lost = 0;
  }
}

/** In a few words: what a collector answers may be long. */
function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { message, code } = error as Error & { readonly code?: unknown };
  return (message === '' ? String(code) : message).slice(0, 256);
}

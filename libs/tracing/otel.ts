import { readFile } from 'node:fs/promises';
import { ROOT_CONTEXT, SpanKind as OtelKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import type { HrTime, Span as OtelSpan, Tracer as OtelTracer } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { AlwaysOnSampler, BasicTracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Clock } from '../clock/mod.js';
import type { Headers } from './headers-file.js';
import { SpanTime } from './span-time.js';
import { formatTraceparent, parseTraceparent, type Traceparent } from './traceparent.js';
import type { Attributes, Span, SpanKind, SpanStart, Tracer } from './tracer.js';

// The only file that imports OpenTelemetry. It takes some 16 MB, so it is loaded only where something is traced.

export interface OtelOptions {
  readonly url: string;
  readonly service: { readonly name: string; readonly instanceId: string };
  /** Asked at each export. */
  readonly headers: () => Headers;
}

export interface TracerOptions {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  /** Share of traces that are begun here and sampled, 0 to 1. */
  readonly ratio: number;
  /** Takes each span that has ended. */
  readonly ended: (span: ReadableSpan) => void;
  /** From 0 to below 1; Math.random when left out. */
  readonly random?: () => number;
}

export interface OpenTelemetry {
  /** Rejects when the collector has not taken them within seconds. */
  exportSpans(spans: readonly ReadableSpan[]): Promise<void>;
  tracerTo(options: TracerOptions): Tracer;
}

/** The exporter tries again within it, after a second and more. */
const EXPORT_MS = 5_000;
/** What one span may hold. */
const LIMITS = {
  attributeValueLengthLimit: 512,
  attributeCountLimit: 32,
  eventCountLimit: 32,
  attributePerEventCountLimit: 8,
};
const KINDS: Readonly<Record<SpanKind, OtelKind>> = {
  server: OtelKind.SERVER,
  client: OtelKind.CLIENT,
  consumer: OtelKind.CONSUMER,
  internal: OtelKind.INTERNAL,
};

/** Of the environment variables of OpenTelemetry's SDK none is needed; settings here come before them. */
export async function openTelemetry({ url, service, headers }: OtelOptions): Promise<OpenTelemetry> {
  const exporter = new OTLPTraceExporter({
    url,
    headers: () => Promise.resolve({ ...headers() }),
    timeoutMillis: EXPORT_MS,
    concurrencyLimit: 2,
    httpAgentOptions: { keepAlive: true },
  });
  const resource = resourceFromAttributes({
    'service.namespace': 'stationmaster',
    'service.name': service.name,
    'service.instance.id': service.instanceId,
    'service.version': await version(),
  });
  return {
    exportSpans: (spans) =>
      new Promise((resolve, reject) => {
        exporter.export([...spans], ({ code, error }) => {
          if (code === ExportResultCode.SUCCESS) resolve();
          else reject(error ?? new Error('the collector has not taken the spans'));
        });
      }),
    tracerTo: (options) => {
      const provider = new BasicTracerProvider({
        resource,
        // What is sampled is decided before a span is made.
        sampler: new AlwaysOnSampler(),
        spanLimits: LIMITS,
        spanProcessors: [
          {
            onStart: () => undefined,
            onEnd: (span) => options.ended(span),
            forceFlush: () => Promise.resolve(),
            shutdown: () => Promise.resolve(),
          },
        ],
      });
      return new SamplingTracer(provider.getTracer('stationmaster'), options);
    },
  };
}

async function version(): Promise<string> {
  try {
    const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
    return (JSON.parse(text) as { readonly version: string }).version;
  } catch {
    return 'unknown';
  }
}

class SamplingTracer implements Tracer {
  readonly #time: SpanTime;
  readonly #random: () => number;

  constructor(
    private readonly tracer: OtelTracer,
    private readonly options: TracerOptions,
  ) {
    this.#time = new SpanTime(options.clock);
    this.#random = options.random ?? Math.random;
  }

  begin(name: string, start: SpanStart & { readonly parent?: string | undefined }): Span | undefined {
    const parent = parseTraceparent(start.parent);
    const isSampled = parent === undefined ? this.#random() < this.options.ratio : parent.sampled;
    return isSampled ? this.#start(name, start, parent) : undefined;
  }

  follow(parent: string | undefined, name: string, start: SpanStart): Span | undefined {
    const parsed = parseTraceparent(parent);
    return parsed?.sampled === true ? this.#start(name, start, parsed) : undefined;
  }

  #start(name: string, { kind, attributes }: SpanStart, parent: Traceparent | undefined): Span {
    const context =
      parent === undefined
        ? ROOT_CONTEXT
        : trace.setSpanContext(ROOT_CONTEXT, {
            traceId: parent.traceId,
            spanId: parent.spanId,
            traceFlags: TraceFlags.SAMPLED,
            isRemote: true,
          });
    const options = {
      kind: KINDS[kind],
      startTime: hrTime(this.#time.now()),
      ...(attributes && { attributes }),
    };
    return new RecordedSpan(this.tracer.startSpan(name, options, context), this.#time);
  }
}

class RecordedSpan implements Span {
  readonly traceparent: string;

  constructor(
    private readonly span: OtelSpan,
    private readonly time: SpanTime,
  ) {
    const { traceId, spanId } = span.spanContext();
    this.traceparent = formatTraceparent({ traceId, spanId, sampled: true });
  }

  set(attributes: Attributes): void {
    this.span.setAttributes(attributes);
  }

  note(what: string, attributes: Attributes = {}): void {
    this.span.addEvent(what, attributes, hrTime(this.time.now()));
  }

  fail(why: string): void {
    this.span.setStatus({ code: SpanStatusCode.ERROR, message: why });
  }

  end(): void {
    if (this.span.isRecording()) this.span.end(hrTime(this.time.now()));
  }
}

/** Seconds and nanoseconds of epoch milliseconds. */
function hrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}

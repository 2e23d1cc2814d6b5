export { openTracing, type OpenTracing, type TracedService } from './open.js';
export { TRACE_OPTIONS, type TraceSettings } from './options.js';
export type { Attributes, Span, SpanKind, SpanStart, Tracer } from './tracer.js';

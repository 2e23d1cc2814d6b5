/**
 * What the gateway needs of distributed tracing, whoever implements it. A part that is given no tracer (tracing is switched
 * off) makes no span; one that is given one makes spans of sampled traces only.
 */
export interface Tracer {
  /**
   * Begins the span of what a peer wants of the gateway. `parent`, if it is a traceparent, says whether and in which trace:
   * it was decided where the trace began. Without one a trace of its own begins, at the ratio that is set. Undefined: not sampled.
   */
  begin(name: string, start: SpanStart & { readonly parent?: string | undefined }): Span | undefined;
  /** Begins a span within the trace of `parent`. Undefined when that is no traceparent, or of a trace that is not sampled. */
  follow(parent: string | undefined, name: string, start: SpanStart): Span | undefined;
}

export interface SpanStart {
  readonly kind: SpanKind;
  readonly attributes?: Attributes;
}

/** `server`, `client`: asked by, or asking, somebody who waits. `consumer`: handles a message. `internal`: a step. */
export type SpanKind = 'server' | 'client' | 'consumer' | 'internal';

/** Names as in OpenTelemetry: lower case, with dots. No id token, no payload, nothing else that is a person's. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** A step of something that is traced, from its beginning until `end`; what comes after that is ignored. */
export interface Span {
  /** W3C Trace Context, version 00, sampled: what those get who go on with the trace. */
  readonly traceparent: string;
  set(attributes: Attributes): void;
  /** Something happened, now. */
  note(what: string, attributes?: Attributes): void;
  /** It fails, or will have failed when it ends; `why` in a few words. */
  fail(why: string): void;
  end(): void;
}

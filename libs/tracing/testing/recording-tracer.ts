import { formatTraceparent, parseTraceparent } from '../traceparent.js';
import type { Attributes, Span, SpanStart, Tracer } from '../tracer.js';

/** A span as a test sees it. */
export interface RecordedSpan extends Span {
  readonly name: string;
  readonly kind: SpanStart['kind'];
  /** The traceparent that it was begun under. */
  readonly parent: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
  readonly failure: string | undefined;
  readonly ended: boolean;
}

/** Records every span; their ids are counted. */
export class RecordingTracer implements Tracer {
  readonly spans: RecordedSpan[] = [];
  /** False: what begins is not sampled. */
  sampling = true;

  begin(name: string, start: SpanStart & { readonly parent?: string | undefined }): Span | undefined {
    if (parseTraceparent(start.parent) !== undefined) return this.follow(start.parent, name, start);
    return this.sampling ? this.#start(name, start, undefined) : undefined;
  }

  follow(parent: string | undefined, name: string, start: SpanStart): Span | undefined {
    return parseTraceparent(parent)?.sampled === true ? this.#start(name, start, parent) : undefined;
  }

  /** Each span as one line: its name, and what it failed for; those that are open in brackets. */
  get lines(): string[] {
    return this.spans.map(({ name, failure, ended }) => {
      const text = failure === undefined ? name : `${name}: ${failure}`;
      return ended ? text : `[${text}]`;
    });
  }

  #start(name: string, { kind, attributes = {} }: SpanStart, parent: string | undefined): Span {
    const number = this.spans.length + 1;
    const traceId = parseTraceparent(parent)?.traceId ?? number.toString(16).padStart(32, '0');
    const spanId = number.toString(16).padStart(16, '0');
    const span = {
      ...{ name, kind, parent },
      traceparent: formatTraceparent({ traceId, spanId, sampled: true }),
      attributes: { ...attributes } as Attributes,
      notes: [] as string[],
      failure: undefined as string | undefined,
      ended: false,
      set: (more: Attributes) => void (span.attributes = { ...span.attributes, ...more }),
      note: (what: string) => void span.notes.push(what),
      fail: (why: string) => void (span.failure ??= why),
      end: () => void (span.ended = true),
    };
    this.spans.push(span);
    return span;
  }
}

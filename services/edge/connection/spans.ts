import type { Connection } from '../../../libs/link/mod.js';
import type { Span, Tracer } from '../../../libs/tracing/mod.js';
import type { CallOutcome } from '../metrics.js';

// The spans of an edge: a CALL of a station, and a CALL to it, each from its frame to the frame that answers it.

/** Whose messages are traced. */
export interface TracedConnection {
  readonly stationId: string;
  readonly link: Connection;
}

const SERVER = { kind: 'server' } as const;
const CLIENT = { kind: 'client' } as const;

/** Of a CALL that the station has sent; undefined: it is not traced. */
export function callSpan(
  tracer: Tracer,
  connection: TracedConnection,
  id: string,
  action: string,
): Span | undefined {
  const span = tracer.begin(`CALL ${action}`, SERVER);
  span?.set({ 'ocpp.action': action, ...attributesOf(connection, id) });
  return span;
}

/** Of the CALL `frame` to the station, if that belongs to a trace. */
export function orderSpan(
  tracer: Tracer | undefined,
  connection: TracedConnection,
  {
    id,
    frame,
    traceparent,
  }: { readonly id: string; readonly frame: Uint8Array; readonly traceparent?: string },
): Span | undefined {
  if (tracer === undefined || traceparent === undefined) return undefined;
  const action = textAt(frame, 2) ?? 'unknown';
  const span = tracer.follow(traceparent, `CALL ${action} to the station`, CLIENT);
  span?.set({ 'ocpp.action': action, ...attributesOf(connection, id) });
  return span;
}

function attributesOf({ stationId, link }: TracedConnection, id: string) {
  return {
    'station.id': stationId,
    'ocpp.version': link.version,
    'ocpp.message_id': id,
    'stationmaster.connection_id': link.connectionId,
  };
}

/** Ends the span of a CALL of the station. `answer`: the frame that it is answered with; undefined: with none from the worker. */
export function endCall(span: Span, outcome: CallOutcome, answer: Uint8Array | undefined): void {
  const code = outcome === 'error' && answer !== undefined ? textAt(answer, 2) : undefined;
  end(span, outcome, code);
}

/** Ends the span of a CALL to the station, which has answered with a CALLRESULT, or with the error `code`. */
export function endOrder(span: Span, code: string | undefined): void {
  end(span, code === undefined ? 'result' : 'error', code);
}

function end(span: Span, outcome: string, code: string | undefined): void {
  span.set({ 'ocpp.outcome': outcome, ...(code !== undefined && { 'ocpp.error_code': code }) });
  if (outcome !== 'result') span.fail(code ?? outcome);
  span.end();
}

/** The text that is element `index` of a frame of our own. */
function textAt(frame: Uint8Array, index: number): string | undefined {
  const element = (JSON.parse(Buffer.from(frame).toString()) as readonly unknown[])[index];
  return typeof element === 'string' ? element : undefined;
}

import { ServerError, Status } from 'nice-grpc-common';
import type { Tracer } from '../../../libs/tracing/mod.js';
import type { ApiContext } from '../context.js';

/** What a request for a command says of itself. */
interface Request {
  readonly command?:
    { readonly stationId?: string | undefined; readonly action?: string | undefined } | undefined;
  readonly traceparent?: string | undefined;
}

/** Does `call` within a span of its own, where it is traced; `call` is told what others go on with. */
export async function traced<T>(
  tracer: Tracer | undefined,
  method: string,
  request: Request,
  context: Partial<ApiContext>,
  call: (traced: { readonly traceparent?: string }) => Promise<T>,
): Promise<T> {
  const parent = context.traceparent ?? request.traceparent;
  const span = tracer?.begin(method, { kind: 'server', parent });
  if (span === undefined) return await call({});
  const { stationId = '', action = '' } = request.command ?? {};
  const { door = 'grpc' } = context;
  span.set({ 'station.id': stationId, 'ocpp.action': action, 'stationmaster.door': door });
  try {
    return await call({ traceparent: span.traceparent });
  } catch (error) {
    span.fail(error instanceof ServerError ? Status[error.code] : 'failed');
    throw error;
  } finally {
    span.end();
  }
}

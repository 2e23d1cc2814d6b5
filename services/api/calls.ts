import {
  ServerError,
  Status,
  type CallContext,
  type MethodDescriptor,
  type ServerMiddleware,
  type ServerMiddlewareCall,
} from 'nice-grpc-common';
import { within, type Clock } from '../../libs/clock/mod.js';
import type { Logger } from '../../libs/ops/mod.js';
import type { ApiContext } from './context.js';
import type { ApiMetrics } from './metrics.js';
import { isAbort, statusOf } from './status.js';

export interface CallsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<ApiMetrics, 'ended'>;
  /** Calls that may be under way at once; further ones are refused. 10,000 when left out. */
  readonly mostCalls?: number;
}

interface Running {
  readonly isStream: boolean;
  end(error: ServerError): void;
}

const MOST_CALLS = 10_000;

/**
 * The calls that are under way, of all doors: counted, measured, limited in number, and ended when the gateway stops. What a
 * method throws beside ServerError becomes the status that it means.
 */
export class Calls {
  readonly #running = new Set<Running>();
  #stopping = false;
  #idle: (() => void) | undefined;

  constructor(private readonly options: CallsOptions) {}

  get running(): number {
    return this.#running.size;
  }

  /** For a gRPC server; `contextOf` tells what its door knows of a call. */
  middleware(contextOf: (context: CallContext) => ApiContext): ServerMiddleware<ApiContext> {
    const run = this.run.bind(this);
    return async function* middleware(call, context) {
      return yield* run(call, context, contextOf(context));
    };
  }

  /**
   * Streams end at once, as UNAVAILABLE; other calls have so long to end by themselves. New ones are refused. Resolves when
   * none is left.
   */
  async stop(patienceMs: number): Promise<void> {
    this.#stopping = true;
    const idle = new Promise<void>((resolve) => (this.#idle = resolve));
    for (const call of [...this.#running]) if (call.isStream) call.end(stopping());
    if (this.#running.size === 0) return;
    await within(this.options.clock, patienceMs, idle);
    for (const call of [...this.#running]) call.end(stopping());
    await within(this.options.clock, END_MS, idle);
  }

  /** Runs one call. */
  async *run<Request, Response>(
    call: ServerMiddlewareCall<Request, Response, ApiContext>,
    context: CallContext,
    known: ApiContext,
  ): AsyncGenerator<Response, Response | void, undefined> {
    const { clock, metrics, mostCalls = MOST_CALLS } = this.options;
    const [service = '', method = ''] = namesOf(call.method);
    const isStream = call.responseStream || call.requestStream;
    const began = clock.monotonic();
    let code: Status = Status.CANCELLED;
    try {
      if (this.#stopping) throw stopping();
      if (this.#running.size >= mostCalls) {
        const message = `${this.#running.size} calls are under way already: wait until some have ended`;
        throw new ServerError(Status.RESOURCE_EXHAUSTED, message);
      }
      const response = yield* this.#steps(call, context, known);
      code = Status.OK;
      return response;
    } catch (error) {
      const told = this.#told(error, call.method.path);
      if (told instanceof ServerError) code = told.code;
      throw told;
    } finally {
      const seconds = isStream ? undefined : (clock.monotonic() - began) / 1000;
      metrics.ended(service, method, Status[code] ?? String(code), known.door, seconds);
    }
  }

  /** The method, step by step, until it ends or is ended. */
  async *#steps<Request, Response>(
    call: ServerMiddlewareCall<Request, Response, ApiContext>,
    context: CallContext,
    known: ApiContext,
  ): AsyncGenerator<Response, Response | void, undefined> {
    const abort = new AbortController();
    const leave = () => abort.abort();
    let reject: (error: ServerError) => void = () => undefined;
    let ended: ServerError | undefined;
    const running: Running = {
      isStream: call.responseStream || call.requestStream,
      end: (error) => {
        ended = error;
        reject(error);
        abort.abort();
      },
    };
    this.#running.add(running);
    context.signal.addEventListener('abort', leave, { once: true });
    if (context.signal.aborted) leave();
    const extended = { ...context, ...known, signal: abort.signal };
    let over = false;
    const steps = call.next(call.request, extended) as AsyncGenerator<Response, Response | void, undefined>;
    try {
      for (;;) {
        const step = await new Promise<IteratorResult<Response, Response | void>>((resolve, fail) => {
          reject = fail;
          steps.next().then(resolve, fail);
        });
        if (step.done === true) {
          over = true;
          // Some streams end quietly when their caller leaves.
          if (running.isStream && context.signal.aborted) throw left();
          return step.value;
        }
        yield step.value;
        if (ended !== undefined) throw ended;
      }
    } finally {
      context.signal.removeEventListener('abort', leave);
      this.#forget(running);
      // It may stand in a step that never ends: it is told, and not waited for.
      if (!over) {
        abort.abort();
        steps.return(undefined).catch(() => undefined);
      }
    }
  }

  #forget(running: Running): void {
    this.#running.delete(running);
    if (this.#running.size === 0) this.#idle?.();
  }

  /** What the caller is told. */
  #told(error: unknown, path: string): unknown {
    const status = statusOf(error);
    if (status !== undefined) return status;
    if (isAbort(error)) return left();
    this.options.logger.error({ method: path, err: error }, 'api_call_failed');
    return new ServerError(Status.INTERNAL, 'the gateway could not handle the call: see its log');
  }
}

/** What a call that was ended may take to leave. */
const END_MS = 500;

const left = () => new ServerError(Status.CANCELLED, 'the caller has left');

const stopping = () =>
  new ServerError(
    Status.UNAVAILABLE,
    'the gateway is stopping: call again, where a command is concerned with the same command_id',
  );

/** `CommandService` and `SendCommand` of `/stationmaster.v1.CommandService/SendCommand`. */
export function namesOf({ path }: Pick<MethodDescriptor, 'path'>): [service: string, method: string] {
  const [, service = '', method = ''] = path.split('/');
  return [service.slice(service.lastIndexOf('.') + 1), method];
}

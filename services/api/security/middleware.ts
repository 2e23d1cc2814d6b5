import {
  ServerError,
  Status,
  type CallContext,
  type ServerMiddleware,
  type ServerMiddlewareCall,
} from 'nice-grpc-common';
import type { Clock } from '../../../libs/clock/mod.js';
import { logCall, logStream } from '../../../libs/dispatch/mod.js';
import type { Logger } from '../../../libs/ops/mod.js';
import { namesOf } from '../calls.js';
import { callerOf, mayCall, nameOf, type Caller } from './callers.js';
import type { Clients } from './clients-file.js';
import { accessOf } from './roles.js';

export interface GuardOptions {
  /** Undefined: anybody may call. Asked for each call. */
  readonly clients: () => Clients | undefined;
  readonly mutualTls: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Lets in who may call, ends the streams of those who may no more, and logs each call. */
export class Guard {
  readonly #streams = new Set<{ readonly check: () => void }>();

  constructor(private readonly options: GuardOptions) {}

  /** The clients have changed: streams of callers that may not call any more end. */
  recheck(): void {
    for (const stream of [...this.#streams]) stream.check();
  }

  readonly middleware: ServerMiddleware = (call, context) => {
    if (accessOf(call.method.path) === 'everybody') return call.next(call.request, context);
    return call.requestStream || call.responseStream
      ? this.#stream(call, context)
      : this.#unary(call, context);
  };

  async *#unary<Req, Res>(
    call: ServerMiddlewareCall<Req, Res>,
    context: CallContext,
  ): AsyncGenerator<Res, Res | void, undefined> {
    const line = this.#begin(call.method.path, context);
    try {
      line.caller = this.#caller(context);
      mayCall(line.caller, call.method.path);
      const response = yield* call.next(call.request, context);
      line.end({ code: 'OK', request: call.request, response });
      return response;
    } catch (error) {
      // Of who is not known nothing is written down but the attempt.
      const request = line.caller === undefined ? undefined : call.request;
      line.end({ ...endOf(error, context.signal), request });
      throw error;
    }
  }

  async *#stream<Req, Res>(
    call: ServerMiddlewareCall<Req, Res>,
    context: CallContext,
  ): AsyncGenerator<Res, Res | void, undefined> {
    const { path } = call.method;
    const line = this.#begin(path, context);
    const counts = { received: 0, sent: 0 };
    const request = call.requestStream ? undefined : call.request;
    const revoked = new Revocable(context.signal, () => mayCall(this.#caller(context), path));
    let end: End = { code: 'CANCELLED' };
    try {
      line.caller = this.#caller(context);
      mayCall(line.caller, path);
      line.begun(request);
      this.#streams.add(revoked);
      const input = call.requestStream ? counted(call.request, counts) : call.request;
      const messages = call.next(input, { ...context, signal: revoked.signal });
      const response = yield* countedThrough(messages, counts, revoked);
      end = { code: context.signal.aborted ? 'CANCELLED' : 'OK' };
      return response;
    } catch (error) {
      const told = revoked.why ?? error;
      end = endOf(told, context.signal);
      throw told;
    } finally {
      this.#streams.delete(revoked);
      revoked.release();
      line.end({ ...end, request: line.caller === undefined ? undefined : request, ...counts });
    }
  }

  #caller(context: CallContext): Caller {
    return callerOf(context, this.options.clients(), this.options.mutualTls);
  }

  #begin(path: string, { peer }: CallContext) {
    const { logger, clock } = this.options;
    const begun = clock.monotonic();
    const [service, method] = namesOf({ path });
    const line = {
      caller: undefined as Caller,
      begun: (request: unknown) => {
        logStream(logger, { door: 'grpc', client: nameOf(line.caller), peer, service, method, request });
      },
      end: (end: End & { request?: unknown; response?: unknown; received?: number; sent?: number }) => {
        const facts = { door: 'grpc', client: nameOf(line.caller), peer, service, method } as const;
        logCall(logger, { ...facts, ...end, ms: clock.monotonic() - begun });
      },
    };
    return line;
  }
}

interface End {
  readonly code: string;
  readonly problem?: string;
}

function endOf(error: unknown, signal: AbortSignal): End {
  if (error instanceof ServerError) return { code: Status[error.code], problem: error.details };
  if (signal.aborted) return { code: 'CANCELLED' };
  return { code: 'UNKNOWN', problem: error instanceof Error ? error.message : String(error) };
}

/** The signal of a stream, which also ends it when its caller may not call any more. */
class Revocable {
  readonly #controller = new AbortController();
  readonly #abort = (): void => this.#controller.abort();
  why: Error | undefined;

  constructor(
    private readonly call: AbortSignal,
    private readonly admit: () => void,
  ) {
    if (call.aborted) this.#abort();
    else call.addEventListener('abort', this.#abort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  check(): void {
    try {
      this.admit();
    } catch (error) {
      this.why = error instanceof Error ? error : new Error(String(error));
      this.#abort();
    }
  }

  release(): void {
    this.call.removeEventListener('abort', this.#abort);
  }
}

/** Passes on what the method says until it ends, or its caller may not call any more. */
async function* countedThrough<Res>(
  messages: AsyncGenerator<Res, Res | void, undefined>,
  counts: { sent: number },
  revoked: Revocable,
): AsyncGenerator<Res, Res | void, undefined> {
  try {
    for (;;) {
      const step = await messages.next();
      if (revoked.why !== undefined) throw revoked.why;
      if (step.done === true) return step.value;
      counts.sent++;
      yield step.value;
    }
  } finally {
    await messages.return(undefined);
  }
}

async function* counted<T>(
  messages: T | AsyncIterable<T>,
  counts: { received: number },
): AsyncGenerator<T, void, undefined> {
  for await (const message of messages as AsyncIterable<T>) {
    counts.received++;
    yield message;
  }
}

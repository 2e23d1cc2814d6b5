import { Metadata, ServerError, Status, type CallContext, type MethodDescriptor } from 'nice-grpc-common';
import { BusError, type Bus, type BusMessage, type Subscription } from '../../../libs/bus/mod.js';
import { within, type Clock } from '../../../libs/clock/mod.js';
import { subjects } from '../../../libs/link/mod.js';
import { namesOf, type Calls } from '../calls.js';
import type { ApiContext } from '../context.js';
import type { Service } from '../service.js';
import { jsonMessages, type JsonMessages } from './messages.js';

/** A call that has ended, for whoever writes down who called what. */
export interface EndedCall {
  readonly door: 'nats';
  readonly service: string;
  readonly method: string;
  readonly request: unknown;
  readonly response: unknown;
  /** Name of the gRPC status. */
  readonly code: string;
  readonly problem?: string;
  readonly ms: number;
}

export interface NatsDoorOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly calls: Calls;
  readonly services: readonly Service[];
  readonly audit: (call: EndedCall) => void;
}

interface Method {
  readonly descriptor: MethodDescriptor;
  readonly messages: JsonMessages;
  decode(bytes: Uint8Array): unknown;
  encode(response: unknown): Uint8Array;
  call(request: unknown, context: CallContext & ApiContext): Promise<unknown>;
}

const BUS_MS = 1_000;

/**
 * The unary methods of the services over the bus: a request to `csms.api.<Service>.<Method>` with the request message as
 * JSON is answered with `{"response":{…}}` or `{"error":{"code":"NOT_FOUND","message":"…"}}`. Of several processes, one
 * takes each request. Who may send it is for the bus to say.
 */
export class NatsDoor {
  readonly #methods: ReadonlyMap<string, Method>;
  #subscription: Subscription | undefined;

  constructor(private readonly options: NatsDoorOptions) {
    this.#methods = methodsOf(options.services);
  }

  start(): void {
    const { bus } = this.options;
    this.#subscription = bus.subscribe(subjects.apis, (message) => void this.#take(message), {
      queue: 'api',
    });
  }

  /** Takes no new request. */
  async stop(): Promise<void> {
    if (this.#subscription === undefined) return;
    await within(this.options.clock, BUS_MS, this.#subscription.drain());
  }

  async #take({ subject, reply, data }: BusMessage): Promise<void> {
    if (reply === undefined) return;
    const { clock, audit } = this.options;
    const [, , service = '', name = ''] = subject.split('.');
    const began = clock.monotonic();
    const facts: { request?: unknown; response?: unknown } = {};
    let code = Status[Status.OK];
    let problem: string | undefined;
    try {
      const response = await this.#call(service, name, data, facts);
      this.#answer(reply, { response });
    } catch (error) {
      const told = error instanceof ServerError ? error : INTERNAL;
      code = Status[told.code];
      problem = told.details;
      this.#answer(reply, { error: { code, message: problem } });
    }
    audit({
      door: 'nats',
      service,
      method: name,
      request: facts.request,
      response: facts.response,
      code,
      ...(problem !== undefined && { problem }),
      ms: clock.monotonic() - began,
    });
  }

  async #call(
    service: string,
    name: string,
    data: Uint8Array,
    facts: { request?: unknown; response?: unknown },
  ): Promise<unknown> {
    const method = this.#methods.get(`${service}.${name}`);
    if (method === undefined) {
      const known = [...this.#methods.keys()].join(', ');
      throw new ServerError(
        Status.UNIMPLEMENTED,
        `there is no method ${service}.${name} over NATS (streams are gRPC only); there are: ${known}`,
      );
    }
    const context = callContext();
    const steps = this.options.calls.run<undefined, unknown>(
      {
        method: method.descriptor,
        requestStream: false,
        request: undefined,
        responseStream: false,
        async *next(_, extended) {
          facts.request = method.decode(method.messages.readRequest(data));
          return await method.call(facts.request, extended);
        },
      },
      context,
      { door: 'nats' },
    );
    const response = (await steps.next()).value;
    facts.response = response;
    return method.messages.writeResponse(method.encode(response));
  }

  /** Not connected: the caller's own timeout tells it. */
  #answer(reply: string, answer: object): void {
    const { bus } = this.options;
    try {
      const data = Buffer.from(JSON.stringify(answer));
      bus.publish(reply, data.length <= bus.maxPayload ? data : TOO_LARGE);
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
    }
  }
}

const INTERNAL = new ServerError(Status.INTERNAL, 'the gateway could not handle the call: see its log');

const TOO_LARGE = Buffer.from(
  JSON.stringify({
    error: {
      code: Status[Status.RESOURCE_EXHAUSTED],
      message: 'the response is larger than the bus carries: ask for less at once, or over gRPC',
    },
  }),
);

/** Of a caller of whom nothing is known. */
function callContext(): CallContext {
  return {
    metadata: Metadata(),
    peer: 'nats',
    header: Metadata(),
    trailer: Metadata(),
    sendHeader: () => undefined,
    signal: new AbortController().signal,
  };
}

/** The unary methods by `<Service>.<Method>`. */
function methodsOf(services: readonly Service[]): Map<string, Method> {
  const messagesOf = jsonMessages();
  const methods = new Map<string, Method>();
  for (const { definition, implementation } of services) {
    for (const [key, method] of Object.entries(definition.methods)) {
      const { name, requestStream, responseStream, requestType, responseType } = method;
      if (requestStream || responseStream) continue;
      const path = `/${definition.fullName}/${name}`;
      const descriptor = { path, requestStream, responseStream, options: {} };
      const [service] = namesOf(descriptor);
      const implemented = implementation[key];
      if (implemented === undefined) throw new Error(`${path} is not implemented`);
      methods.set(`${service}.${name}`, {
        descriptor,
        messages: messagesOf(definition.fullName, name),
        decode: (bytes) => requestType.decode(bytes),
        encode: (response) => responseType.encode(responseType.fromPartial(response as object)).finish(),
        call: (request, context) => implemented.call(implementation, request, context) as Promise<unknown>,
      });
    }
  }
  return methods;
}

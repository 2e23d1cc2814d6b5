import type { CallContext, CompatServiceDefinition, Server, ServiceImplementation } from 'nice-grpc';
import type { ApiContext } from './context.js';

/** Messages of one kind, as ts-proto makes them. */
interface Messages {
  decode(bytes: Uint8Array): unknown;
  encode(message: unknown): { finish(): Uint8Array };
  fromPartial(message: object): unknown;
}

/** The definition of a service, as ts-proto makes it. */
export interface Definition {
  readonly name: string;
  /** `stationmaster.v1.CommandService` */
  readonly fullName: string;
  readonly methods: Readonly<
    Record<
      string,
      {
        readonly name: string;
        readonly requestStream: boolean;
        readonly responseStream: boolean;
        readonly requestType: Messages;
        readonly responseType: Messages;
        readonly options: object;
      }
    >
  >;
}

type Method = (request: unknown, context: CallContext & ApiContext) => unknown;

/** A service and what it does, whichever door a call comes by. */
export interface Service {
  readonly definition: Definition;
  readonly implementation: Readonly<Record<string, Method>>;
  addTo(server: Pick<Server<ApiContext>, 'add'>): void;
}

/** A service, of which the doors need to know no more than that its methods are those of its definition. */
export function service<D extends Definition & CompatServiceDefinition>(
  definition: D,
  implementation: ServiceImplementation<D, ApiContext>,
): Service {
  return {
    definition,
    implementation: implementation as Readonly<Record<string, Method>>,
    addTo: (server) => server.add(definition, implementation),
  };
}

import { ServerError, Status } from 'nice-grpc-common';
import { grpc } from '../../libs/api/mod.js';
import type { ApiContext } from './context.js';
import { service, type Service } from './service.js';

const absent = () => {
  throw new ServerError(Status.UNIMPLEMENTED, 'not of this test');
};

/** The methods that a test gives, and for the others of the definition some that fail. */
function filled<T extends object>(definition: { readonly methods: object }, given: Partial<T>): T {
  const others = Object.keys(definition.methods).map((name) => [name, absent] as const);
  return { ...Object.fromEntries(others), ...given } as T;
}

export function fakeCommands(given: Partial<grpc.CommandServiceImplementation<ApiContext>>): Service {
  return service(grpc.CommandServiceDefinition, filled(grpc.CommandServiceDefinition, given));
}

export function fakeStations(given: Partial<grpc.StationServiceImplementation<ApiContext>>): Service {
  return service(grpc.StationServiceDefinition, filled(grpc.StationServiceDefinition, given));
}

/** Resolves never; rejects when `signal` aborts. */
export function untilAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

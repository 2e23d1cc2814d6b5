import type { TestContext } from 'node:test';
import { createServer, type Server } from 'nice-grpc';
import { ServerError, Status, type CallContext } from 'nice-grpc-common';
import {
  CommandServiceDefinition,
  DecisionServiceDefinition,
  EventServiceDefinition,
  TapServiceDefinition,
  type CommandServiceImplementation,
  type DecisionServiceImplementation,
  type EventServiceImplementation,
  type TapServiceImplementation,
} from '../grpc.js';
import { connect, type ConnectOptions, type Gateway } from './connect.js';

interface Services {
  readonly commands?: Partial<CommandServiceImplementation>;
  readonly events?: EventServiceImplementation;
  readonly decisions?: DecisionServiceImplementation;
  readonly taps?: TapServiceImplementation;
}

const notThere = () => {
  throw new ServerError(Status.UNIMPLEMENTED, 'not in this test');
};

const COMMANDS: CommandServiceImplementation = {
  sendCommand: notThere,
  enqueueCommand: notThere,
  getCommand: notThere,
  listCommands: notThere,
  cancelCommand: notThere,
  getJob: notThere,
  followJob: notThere,
};

/** A server of the gateway's services, which can be stopped and started again on its port. */
export class FakeGateway {
  #server: Server | undefined;
  port = 0;

  private constructor(private readonly services: Services) {}

  static async start(t: TestContext, services: Services): Promise<FakeGateway> {
    const gateway = new FakeGateway(services);
    await gateway.start();
    t.after(() => gateway.stop());
    return gateway;
  }

  async start(): Promise<void> {
    const server = createServer();
    const { commands, events, decisions, taps } = this.services;
    server.add(CommandServiceDefinition, { ...COMMANDS, ...commands });
    server.add(EventServiceDefinition, events ?? { streamEvents: notThere });
    server.add(DecisionServiceDefinition, decisions ?? { decide: notThere });
    server.add(TapServiceDefinition, taps ?? { tapStation: notThere });
    this.port = await server.listen(`127.0.0.1:${this.port}`);
    this.#server = server;
  }

  /** Cuts every connection. */
  stop(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
  }

  /** A client that is closed when the test ends. */
  client(t: TestContext, options: Partial<ConnectOptions> = {}): Gateway {
    const client = connect({ address: `127.0.0.1:${this.port}`, ...options });
    t.after(() => client.close());
    return client;
  }
}

/** Resolves when the caller has gone. */
export const gone = ({ signal }: CallContext): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** A promise and what resolves it. */
export function deferred<T = void>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => (resolve = done));
  return { promise, resolve };
}

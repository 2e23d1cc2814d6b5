import type { TestContext } from 'node:test';
import { ServerCredentials } from '@grpc/grpc-js';
import { createChannel, createClient } from 'nice-grpc';
import type { ServerMiddlewareCall, CallContext } from 'nice-grpc-common';
import { grpc, type CommandSnapshot } from '../../../libs/api/mod.js';
import { MemoryBroker } from '../../../libs/bus/mod.js';
import { systemClock } from '../../../libs/clock/mod.js';
import type { Cancel, Query } from '../../../libs/link/mod.js';
import { createLogger } from '../../../libs/ops/mod.js';
import { memoryStore } from '../../../libs/store/mod.js';
import { Calls } from '../calls.js';
import type { DurableCommand } from '../commands/mod.js';
import { startGrpcServer } from '../server.js';
import { service } from '../service.js';
import { stationService, type StationServiceOptions } from './mod.js';

/** A StationService behind a real gRPC server; the test plays the workers and the edges. */
export async function startStations(t: TestContext, given: Partial<StationServiceOptions> = {}) {
  const clock = systemClock();
  const broker = new MemoryBroker();
  const { directory } = memoryStore({ clock, shards: 8 });
  const shutOut: string[] = [];
  const edge = broker.connect();
  edge.subscribe('csms.shutout.*', ({ subject }) => shutOut.push(subject.slice('csms.shutout.'.length)));
  const enqueued: DurableCommand[] = [];
  const asked: { token: string; message: Query | Cancel; withinMs: number }[] = [];
  const logged: string[] = [];
  const worker = {
    /** What becomes of a command that is enqueued. */
    take: (_command: DurableCommand): Promise<CommandSnapshot> => Promise.reject(new Error('not expected')),
    answer: (_message: Query | Cancel): Promise<unknown> => Promise.resolve(null),
  };
  const bus = broker.connect();
  const logger = createLogger({ level: 'trace', name: 'test' }, { write: (line) => void logged.push(line) });
  const implementation = stationService({
    directory,
    dispatcher: {
      ask: (token, message, withinMs) => {
        asked.push({ token, message, withinMs });
        return worker.answer(message);
      },
    },
    commands: {
      enqueue: (command) => {
        enqueued.push(command);
        return worker.take(command);
      },
    },
    bus,
    clock,
    logger,
    ...given,
  });
  const server = await startGrpcServer({
    host: '127.0.0.1',
    port: 0,
    credentials: ServerCredentials.createInsecure(),
    security: letThrough,
    calls: new Calls({ clock, logger, metrics: { ended: () => undefined } }),
    services: [service(grpc.StationServiceDefinition, implementation)],
    clock,
  });
  const channel = createChannel(`127.0.0.1:${server.port}`);
  const client = createClient(grpc.StationServiceDefinition, channel);
  t.after(async () => {
    channel.close();
    await server.stop(0);
  });
  return { client, directory, bus, edge, shutOut, enqueued, asked, worker, logged };
}

async function* letThrough<Request, Response>(
  call: ServerMiddlewareCall<Request, Response>,
  context: CallContext,
): AsyncGenerator<Response, Response | void, undefined> {
  return yield* call.next(call.request, context);
}

/** A snapshot of a command; `more` says how far it is. */
export const snapshotOf = (
  { commandId, action, supersedeKey }: DurableCommand,
  more: Partial<CommandSnapshot> = {},
): CommandSnapshot => ({ commandId, action, supersedeKey, state: 'queued', takenAt: 1_000, ...more });

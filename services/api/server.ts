import { logVerbosity, setLogVerbosity, type ServerCredentials, type ServerInterceptor } from '@grpc/grpc-js';
import { createServer, type CallContext } from 'nice-grpc';
import type { ServerMiddleware } from 'nice-grpc';
import { HealthDefinition, HealthServiceImpl, HealthState } from 'nice-grpc-server-health';
import { ServerReflection, ServerReflectionService } from 'nice-grpc-server-reflection';
import { readDescriptors } from '../../libs/api/mod.js';
import type { Clock } from '../../libs/clock/mod.js';
import { StartError } from '../../libs/ops/mod.js';
import type { Calls } from './calls.js';
import type { ApiContext } from './context.js';
import { deadlineOf, tellDeadline } from './deadline.js';
import type { Service } from './service.js';

export interface GrpcServerOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly credentials: ServerCredentials;
  /** Who may call; runs before everything else. */
  readonly security: ServerMiddleware;
  readonly calls: Calls;
  readonly services: readonly Service[];
  readonly clock: Clock;
}

export interface GrpcServer {
  readonly port: number;
  /** What the health service says; NOT_SERVING until this is called with true. */
  setHealthy(healthy: boolean): void;
  /**
   * NOT_SERVING; streams end as UNAVAILABLE, other calls have so long to end by themselves; then the connections are closed.
   */
  stop(patienceMs: number): Promise<void>;
}

/** A command's payload has less than 1 MiB. */
const MAX_RECEIVED = 2 * 1024 * 1024;
/** What clients take unless they are told otherwise. */
const MAX_SENT = 4 * 1024 * 1024;
/** Calls at once on one connection; further ones wait in the client. */
const MAX_STREAMS = 2_000;
/** A connection that is dead is noticed after the sum of these. */
const PING_MS = 60_000;
const PONG_MS = 20_000;
/** Connections may take so long to close in good order. */
const CLOSE_MS = 1_000;

/**
 * Serves the API's services over gRPC, with health and reflection.
 * @throws StartError when the address cannot be used.
 */
export async function startGrpcServer(options: GrpcServerOptions): Promise<GrpcServer> {
  const { calls, services, clock } = options;
  // What goes wrong is told by calls and by errors; on stderr stand lines for people.
  setLogVerbosity(logVerbosity.NONE);
  const interceptors: ServerInterceptor[] = [tellDeadline(clock)];
  const health = HealthState();
  // Each watching client is a listener.
  health.setMaxListeners(0);
  const names = services.map(({ definition }) => definition.fullName);
  const setHealthy = (healthy: boolean) => {
    for (const name of ['', ...names]) health.setStatus(healthy ? 'healthy' : 'unhealthy', name);
  };
  setHealthy(false);
  const server = createServer({
    'grpc.max_receive_message_length': MAX_RECEIVED,
    'grpc.max_send_message_length': MAX_SENT,
    'grpc.max_concurrent_streams': MAX_STREAMS,
    'grpc.keepalive_time_ms': PING_MS,
    'grpc.keepalive_timeout_ms': PONG_MS,
    interceptors,
  })
    .use(options.security)
    .use(calls.middleware(contextOf));
  for (const one of services) one.addTo(server);
  server.add(HealthDefinition, HealthServiceImpl(health));
  const reflection = ServerReflection(readDescriptors(), names);
  server.add(ServerReflectionService, reflection);
  server.add(ALPHA_REFLECTION, reflection);
  const port = await listen(server, options);
  return {
    port,
    setHealthy,
    stop: async (patienceMs) => {
      setHealthy(false);
      const closed = server.shutdown();
      await calls.stop(patienceMs);
      const timer = clock.setTimer(CLOSE_MS, () => server.forceShutdown());
      await closed;
      timer.cancel();
    },
  };
}

/** The same service under the name by which older tools ask for it; the messages are the same. */
const ALPHA_REFLECTION = {
  serverReflectionInfo: {
    ...ServerReflectionService.serverReflectionInfo,
    path: '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
  },
};

function contextOf(context: CallContext): ApiContext {
  const deadline = deadlineOf(context);
  const traceparent = context.metadata.get('traceparent');
  return {
    door: 'grpc',
    ...(deadline !== undefined && { deadline }),
    ...(traceparent !== undefined && { traceparent }),
  };
}

async function listen(
  server: Pick<ReturnType<typeof createServer>, 'listen'>,
  { host, port, credentials }: GrpcServerOptions,
): Promise<number> {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  try {
    return await server.listen(address, credentials);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const why = problem.includes('EADDRINUSE') ? 'it is in use' : problem;
    throw new StartError(
      `cannot serve gRPC on ${address} (${why}): stop what uses it, or choose another --grpc-port or --grpc-host`,
      { cause: error },
    );
  }
}

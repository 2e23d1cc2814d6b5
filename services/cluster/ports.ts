import { createServer } from 'node:net';
import { StartError } from '../../libs/ops/mod.js';
import { freePorts, LOOPBACK } from '../../libs/servers/mod.js';
import type { ClusterConfig } from './options.js';

/** Where everything of a cluster listens. */
export interface Ports {
  readonly nats: number;
  readonly redis: number;
  /** Of each edge; one and the same where they share it. */
  readonly ocpp: readonly number[];
  /** Of the API. */
  readonly grpc: number;
  /** Of each edge, then of each worker, then of the API. */
  readonly ops: readonly number[];
  /** The edges share their port. */
  readonly shared: boolean;
}

/** Between the ports of edges that cannot share one. */
const OCPP_STEP = 10;

/**
 * The ports that the options name, any free ones for 0.
 * @throws StartError when one is in use. A server that finds its port taken ends, and whoever has it would be taken for it.
 */
export async function choosePorts(config: ClusterConfig): Promise<Ports> {
  const { edges, workers, natsPort, redisPort, ocppPort, opsPort, grpcPort } = config;
  const shared = await canSharePort();
  const [ocpp = 0, nats = 0, redis = 0, grpc = 0, ...ops] = await freePorts(4 + edges + workers + 1);
  const firstOcpp = ocppPort === 0 ? ocpp : ocppPort;
  const ports: Ports = {
    nats: natsPort === 0 ? nats : natsPort,
    redis: redisPort === 0 ? redis : redisPort,
    ocpp: Array.from({ length: edges }, (_, at) => firstOcpp + (shared ? 0 : at * OCPP_STEP)),
    grpc: grpcPort === 0 ? grpc : grpcPort,
    ops: opsPort === 0 ? ops : ops.map((_, at) => opsPort + at),
    shared,
  };
  for (const port of [ports.nats, ports.redis, ports.grpc, ...new Set(ports.ocpp), ...ports.ops])
    await mustBeFree(port);
  return ports;
}

/** True where several edges can listen on one port, and the kernel spreads the stations over them. */
async function canSharePort(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  try {
    await import('uWebSockets.js');
    return true;
  } catch {
    return false;
  }
}

async function mustBeFree(port: number): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host: LOOPBACK, exclusive: true }, resolve);
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const problem = code === 'EADDRINUSE' ? 'is in use' : `cannot be used (${message})`;
    const advice = "stop what has it, or choose other ports; 'npm run cluster -- --help' lists the flags";
    throw new StartError(`port ${port} ${problem}: ${advice}`, { cause: error });
  }
  await new Promise((resolve) => server.close(resolve));
}

import path from 'node:path';
import {
  LOOPBACK,
  NatsCluster,
  NatsServer,
  RedisCluster,
  RedisServer,
  type ServerProcess,
} from '../../libs/servers/mod.js';

export type ServerName = 'nats' | 'redis';

/** A server's process. */
export interface Server {
  readonly kind: ServerName;
  readonly name: string;
  readonly process: ServerProcess;
}

/** NATS and Redis, however many processes. */
export interface Servers {
  readonly all: readonly Server[];
  /** Of single servers, that a proxy may stand before. */
  readonly ports?: Readonly<Record<ServerName, number>>;
  /** NATS, for the business service and the checker. */
  readonly natsUrls: readonly string[];
  readonly workerFlags: readonly string[];
  natsUrl(proxyPort: number | undefined): string;
  redisUrl(proxyPort: number | undefined): string;
  close(): Promise<void>;
}

/** Redis answers a write when it is on the disk, as a store that loses nothing must. */
const REDIS_ARGS = ['--appendfsync', 'always'];

/** One nats-server and one redis-server. */
export async function singleServers(folder: string): Promise<Servers> {
  const nats = await NatsServer.start({ folder: path.join(folder, 'nats') });
  const redis = await RedisServer.start({ folder: path.join(folder, 'redis'), args: REDIS_ARGS });
  return {
    all: [
      { kind: 'nats', name: 'nats', process: nats },
      { kind: 'redis', name: 'redis', process: redis },
    ],
    ports: { nats: nats.port, redis: redis.port },
    natsUrls: [nats.url],
    workerFlags: [],
    natsUrl: (port = nats.port) => `nats://${LOOPBACK}:${port}`,
    redisUrl: (port = redis.port) => `redis://${LOOPBACK}:${port}`,
    async close() {
      await Promise.all([nats.kill9(), redis.kill9()]);
    },
  };
}

/** Three nats-servers with three replicas of the events, and a Redis Cluster of three masters. */
export async function clusteredServers(folder: string): Promise<Servers> {
  const nats = await NatsCluster.start({ folder: path.join(folder, 'nats') });
  const redis = await RedisCluster.start({ folder: path.join(folder, 'redis'), args: REDIS_ARGS });
  return {
    all: [
      ...nats.nodes.map((process, at): Server => ({ kind: 'nats', name: `nats-${at + 1}`, process })),
      ...redis.nodes.map((process, at): Server => ({ kind: 'redis', name: `redis-${at + 1}`, process })),
    ],
    natsUrls: nats.urls,
    workerFlags: ['--event-replicas', String(nats.nodes.length)],
    natsUrl: () => nats.urls.join(','),
    redisUrl: () => redis.url,
    async close() {
      await Promise.all([nats.kill9(), redis.kill9()]);
    },
  };
}

export { findProgram, MissingProgram, programPath } from './binary.js';
export { NatsServer, type NatsOptions } from './nats.js';
export { NatsCluster, type NatsClusterOptions } from './nats-cluster.js';
export { freePorts, LOOPBACK } from './ports.js';
export { RedisServer, type RedisOptions } from './redis.js';
export { RedisCluster, type RedisClusterOptions } from './redis-cluster.js';
export { RedisSentinel, type RedisSentinelOptions } from './redis-sentinel.js';
export { ServerProcess, type Exit, type ServerProcessOptions } from './server-process.js';
export { TcpProxy, type Direction, type StallOptions } from './testing/tcp-proxy.js';

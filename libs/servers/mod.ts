export { findProgram, MissingProgram, programPath } from './binary.js';
export { NatsServer, type NatsOptions } from './nats.js';
export { freePorts, LOOPBACK } from './ports.js';
export { RedisServer, type RedisOptions } from './redis.js';
export { ServerProcess, type Exit, type ServerProcessOptions } from './server-process.js';

import type { CommonRedisOptions, Redis } from 'ioredis';
import type { RedisTarget } from './url.js';

/** Which connection serves which part of the keys. */
export interface Topology {
  /** The connection to the master that serves `slot`, connected or not; undefined when none is known. */
  nodeFor(slot: number): Redis | undefined;
  /** What is known may be out of date: look again, soon. */
  lookAgain(): void;
  /** Closes all connections, for good. */
  disconnect(): void;
}

export interface TopologyEvents {
  /** A connection is there that was not; it need not be connected. */
  added(node: Redis): void;
  failed(error: Error): void;
}

export interface ConnectOptions {
  readonly target: RedisTarget;
  /** Name of the connections in Redis' CLIENT LIST. */
  readonly name: string;
  readonly commandTimeoutMs: number;
}

const KEEP_ALIVE_MS = 10_000;
const FIRST_RETRY_MS = 25;
const LAST_RETRY_MS = 1_000;
const LOADING_RETRY_MS = 500;

/** Milliseconds before the next attempt to connect: doubling from 25 to 1,000, each between half and all of it. */
export function retryDelay(attempts: number): number {
  const delay = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempts, 10));
  return delay / 2 + (Math.random() * delay) / 2;
}

/**
 * What all connections have in common. Nothing is queued while a connection is away, and nothing is sent again: a command
 * that was on its way then is rejected at once (`maxRetriesPerRequest` 0; with more, ioredis would forget it).
 */
export function commonOptions({ target, name, commandTimeoutMs }: ConnectOptions) {
  return {
    connectionName: name,
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    connectTimeout: commandTimeoutMs,
    commandTimeout: commandTimeoutMs,
    keepAlive: KEEP_ALIVE_MS,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxLoadingRetryTime: LOADING_RETRY_MS,
  } satisfies CommonRedisOptions;
}

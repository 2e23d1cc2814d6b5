import type { Clock } from '../clock/mod.js';
import { ConfigError, StartError, type Logger } from '../ops/mod.js';
import { openRedisStore, StoreError, type Store } from '../store/mod.js';
import type { RedisSettings } from './options.js';
import { problemOf } from './problem.js';
import { WAIT_MS, whenReached } from './reach.js';

export interface RedisUse {
  /** Shown by the server, for the connections: `worker-7f3a`. */
  readonly name: string;
  readonly shards: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Replicas that must have acknowledged a commit; 0 when left out. */
  readonly replicas?: number;
  /** A command without an answer for so long fails, and its connection is given up; 2,000 when left out. */
  readonly commandTimeoutMs?: number;
  /** How long Redis is waited for; 30,000 when left out. */
  readonly waitMs?: number;
}

/** One attempt to connect. */
const ATTEMPT_MS = 1000;

/**
 * Opens the store in Redis, once that is there. When the connection is lost later it comes back by itself.
 * @throws ConfigError, StartError
 */
export async function openRedis({ redisUrl }: RedisSettings, use: RedisUse): Promise<Store> {
  const { name, shards, clock, logger, replicas = 0, commandTimeoutMs, waitMs = WAIT_MS } = use;
  let reached = false;
  const onError = (error: unknown): void => {
    // Until it is there, waiting is told.
    if (reached) logger.warn({ problem: problemOf(error) }, 'redis_problem');
  };
  const options = {
    url: redisUrl,
    name,
    shards,
    clock,
    replicas,
    ...(commandTimeoutMs === undefined ? {} : { commandTimeoutMs }),
    openTimeoutMs: ATTEMPT_MS,
    onError,
  };
  try {
    const store = await whenReached(
      { server: 'Redis', flag: '--redis-url', clock, logger, waitMs },
      () => openRedisStore(options),
      (error) => error instanceof StoreError && error.code === 'unavailable',
    );
    reached = true;
    return store;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const Wrong = error.code === 'bad_argument' ? ConfigError : StartError;
    throw new Wrong(error.message, { cause: error });
  }
}

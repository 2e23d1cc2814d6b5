import { connectNats, natsBus, NatsConnectError, type Bus, type NatsLink } from '../bus/mod.js';
import type { Clock } from '../clock/mod.js';
import { ConfigError, StartError, type Logger } from '../ops/mod.js';
import type { NatsSettings } from './options.js';
import { problemOf } from './problem.js';
import { WAIT_MS, whenReached } from './reach.js';

export interface NatsUse {
  /** Shown by the server: `worker-7f3a events`. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long the servers are waited for; 30,000 when left out. */
  readonly waitMs?: number;
}

/**
 * Connects to NATS, once one of the servers is there. When the connection is lost later it comes back by itself; both is logged.
 * @throws ConfigError, StartError
 */
export async function openNats(settings: NatsSettings, use: NatsUse): Promise<NatsLink> {
  const { name, clock, logger, waitMs = WAIT_MS } = use;
  const { natsUrl, natsCreds, natsCa, natsCert, natsKey } = settings;
  const options = {
    servers: natsUrl,
    name,
    clock,
    // It is tried once at a time, so that waiting is told.
    connectTimeoutMs: 0,
    ...(natsCreds === undefined ? {} : { credsFile: natsCreds }),
    ...(natsCa === undefined ? {} : { caFile: natsCa }),
    ...(natsCert === undefined ? {} : { certFile: natsCert }),
    ...(natsKey === undefined ? {} : { keyFile: natsKey }),
    onStatus: (connected: boolean, server: string) => {
      if (connected) logger.info({ link: name, server }, 'nats_connected_again');
      else logger.error({ link: name, server }, 'nats_connection_lost');
    },
    onError: (error: unknown) => logger.warn({ link: name, problem: problemOf(error) }, 'nats_problem'),
  };
  try {
    return await whenReached(
      { server: 'NATS', flag: '--nats-url', clock, logger, waitMs },
      () => connectNats(options),
      (error) => error instanceof NatsConnectError && error.reason === 'unreachable',
    );
  } catch (error) {
    if (!(error instanceof NatsConnectError)) throw error;
    const Wrong = error.reason === 'bad_option' ? ConfigError : StartError;
    throw new Wrong(error.message, { cause: error });
  }
}

/**
 * The bus over a link of its own, as `openNats`; closing the bus closes the link.
 * @throws ConfigError, StartError
 */
export async function openBus(settings: NatsSettings, use: NatsUse): Promise<{ bus: Bus; link: NatsLink }> {
  const { clock, logger } = use;
  const onError = (error: unknown, subject: string) => {
    logger.error({ err: error, subject }, 'bus_handler_threw');
  };
  const link = await openNats(settings, use);
  return { bus: natsBus(link, { clock, onError }), link };
}

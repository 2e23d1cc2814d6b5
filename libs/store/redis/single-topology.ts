import { Redis } from 'ioredis';
import {
  commonOptions,
  type ConnectOptions,
  retryDelay,
  type Topology,
  type TopologyEvents,
} from './topology.js';

/** One connection to one server: that of the URL, or the one that the sentinels call the master. */
export function singleTopology(options: ConnectOptions, events: TopologyEvents): Topology {
  const { target } = options;
  const redis = new Redis({
    ...commonOptions(options),
    ...(target.kind === 'sentinel' ? sentinelOptions(options) : { ...target.addresses[0], db: target.db }),
    ...(target.tls ? { tls: {} } : {}),
    enableOfflineQueue: false,
    retryStrategy: retryDelay,
  });
  redis.on('error', (error: Error) => {
    // A time that is another one each time makes the same trouble look new.
    error.message = error.message.replace(/ Retrying from scratch after .*?ms\./, '');
    events.failed(error);
  });
  // ioredis gives up for good when the sentinels tell of a new master while it is looking for the old one.
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  redis.on('end', () => {
    if (closed) return;
    timer = setTimeout(() => void redis.connect().catch(() => undefined), retryDelay(1));
  });
  events.added(redis);
  return {
    nodeFor: () => redis,
    lookAgain: () => undefined,
    disconnect: () => {
      closed = true;
      clearTimeout(timer);
      redis.disconnect();
    },
  };
}

/** Sentinels are asked for the master at each attempt to connect; they also tell when it has changed. */
function sentinelOptions({ target, commandTimeoutMs }: ConnectOptions) {
  const { sentinelUsername, sentinelPassword } = target;
  return {
    sentinels: target.addresses.map((address) => ({ ...address })),
    name: target.master ?? '',
    role: 'master' as const,
    ...(sentinelUsername === undefined ? {} : { sentinelUsername }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(target.tls ? { sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
    sentinelCommandTimeout: commandTimeoutMs,
    sentinelRetryStrategy: retryDelay,
    sentinelReconnectStrategy: retryDelay,
    failoverDetector: true,
  };
}

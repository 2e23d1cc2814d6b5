import { optionTable, types, type TableValues } from '../ops/mod.js';
import { natsUrl, redisUrl } from './server-urls.js';

const topic = 'Servers';

export const NATS_OPTIONS = optionTable({
  natsUrl: {
    env: 'STATIONMASTER_NATS_URL',
    flag: 'nats-url',
    type: types.list(natsUrl),
    default: ['nats://127.0.0.1:4222'],
    help: 'NATS server, or several of one cluster, separated by commas; tls:// for TLS. User and password, or a token, go before an @.',
    topic,
  },
  natsCreds: {
    env: 'STATIONMASTER_NATS_CREDS',
    flag: 'nats-creds',
    type: types.optional(types.path),
    default: undefined,
    help: 'Credentials file for NATS (JWT and seed).',
    topic,
  },
  natsCa: {
    env: 'STATIONMASTER_NATS_CA',
    flag: 'nats-ca',
    type: types.optional(types.path),
    default: undefined,
    help: 'PEM file with the certificate authority of the NATS servers, where the system does not know it.',
    topic,
  },
  natsCert: {
    env: 'STATIONMASTER_NATS_CERT',
    flag: 'nats-cert',
    type: types.optional(types.path),
    default: undefined,
    help: 'PEM file with our own certificate for NATS servers that ask for one.',
    topic,
  },
  natsKey: {
    env: 'STATIONMASTER_NATS_KEY',
    flag: 'nats-key',
    type: types.optional(types.path),
    default: undefined,
    help: 'PEM file with the private key of that certificate.',
    topic,
  },
});

/** How long a process waits for its servers when it starts. */
export const WAIT_OPTIONS = optionTable({
  serverWait: {
    env: 'STATIONMASTER_SERVER_WAIT',
    flag: 'server-wait',
    type: types.duration({ min: 0, max: 3_600_000 }),
    default: 30_000,
    help: 'How long a starting process waits for each of NATS, Redis and JetStream; then it exits with status 1. A server lost later is waited for without end.',
    topic,
  },
});

export type NatsSettings = TableValues<typeof NATS_OPTIONS>;

export const REDIS_OPTIONS = optionTable({
  redisUrl: {
    env: 'STATIONMASTER_REDIS_URL',
    flag: 'redis-url',
    type: redisUrl,
    default: 'redis://127.0.0.1:6379',
    help: 'Redis 7: redis://, rediss:// for TLS, redis+sentinel://host:26379,host:26379/<master name>, or redis+cluster://host:6379,host:6379. User and password go before an @.',
    topic,
  },
});

export type RedisSettings = TableValues<typeof REDIS_OPTIONS>;

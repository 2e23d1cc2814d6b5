import type { OptionType } from '../ops/mod.js';
import { parseRedisUrl, StoreError } from '../store/mod.js';

/** The URL of one NATS server: `nats://host:4222`, or `tls://…`; a user and a password, or a token, may stand before an @. */
export const natsUrl: OptionType<string> = {
  name: 'url',
  expected: 'a URL such as nats://host:4222, or tls://host:4222',
  parse: (text) => (isNatsUrl(text) ? text : undefined),
  format: String,
  isSecret: true,
};

/** The URL of a Redis, as `parseRedisUrl` reads it. */
export const redisUrl: OptionType<string> = {
  name: 'url',
  expected:
    'a URL such as redis://host:6379, rediss://host:6379, redis+sentinel://host:26379,host:26379/<master name> or redis+cluster://host:6379,host:6379',
  parse: (text) => (isRedisUrl(text) ? text : undefined),
  format: String,
  isSecret: true,
};

function isNatsUrl(text: string): boolean {
  if (!/^(nats|tls):\/\/\S+$/.test(text) || !URL.canParse(text)) return false;
  const { hostname, pathname, search, hash } = new URL(text);
  return hostname !== '' && ['', '/'].includes(pathname) && search === '' && hash === '';
}

function isRedisUrl(text: string): boolean {
  try {
    parseRedisUrl(text);
    return true;
  } catch (error) {
    if (error instanceof StoreError) return false;
    throw error;
  }
}

import { StoreError } from '../errors.js';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** Where a Redis is and how to get in. */
export interface RedisTarget {
  readonly kind: 'single' | 'sentinel' | 'cluster';
  /** One of a single server; the sentinels; or some nodes of a cluster, from which the others are found. */
  readonly addresses: readonly [RedisAddress, ...RedisAddress[]];
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  /** Number of the database; 0 but for a single server. */
  readonly db: number;
  /** The name by which the sentinels know the master; `sentinel` only. */
  readonly master?: string;
  /** For the sentinels themselves, where they ask for it. */
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
  /** The URL without secrets, for messages. */
  readonly text: string;
}

const FORMS =
  'redis://host:6379, redis+sentinel://host:26379,host:26379/<master name> or redis+cluster://host:6379,host:6379';

/**
 * Reads the URL of a Redis: `redis://user:password@host:port/db`, `redis+sentinel://host:port,host:port/<master name>`,
 * `redis+cluster://host:port,host:port`, each with `rediss` for TLS. User, password and name are percent-decoded.
 * Sentinels that ask for a password get it by `?sentinelUsername=…&sentinelPassword=…`.
 * @throws StoreError `bad_argument` that says what is wrong, without any secret.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const parts =
    /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:(.*)@)?([^/?#@]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/s.exec(url);
  if (parts === null) throw wrong('it is not of a form that is known');
  const [, scheme = '', kind = 'single', user, hosts = '', path = '', query = ''] = parts;
  const target = {
    tls: scheme === 'rediss',
    addresses: addressesOf(hosts, kind),
    ...credentialsOf(user),
    text: `${url.slice(0, url.indexOf('://'))}://${hosts}${path === '' ? '' : `/${path}`}`,
  };
  if (kind === 'sentinel') {
    const master = decoded(path, 'the name of the master');
    if (master === '') throw wrong('after the sentinels there must be / and the name of the master');
    return { kind, ...target, master, db: 0, ...sentinelCredentials(query) };
  }
  if (query !== '') throw wrong('it takes no query');
  if (kind === 'cluster') {
    if (path !== '' && path !== '0') throw wrong('a cluster has no databases to choose from');
    return { kind, ...target, db: 0 };
  }
  if (target.addresses.length > 1) throw wrong('a single server has one address');
  if (!/^\d{0,6}$/.test(path)) throw wrong('what follows the address must be the number of a database');
  return { kind: 'single', ...target, db: Number(path) };
}

function wrong(what: string): StoreError {
  return new StoreError('bad_argument', `the URL of Redis cannot be used: ${what}; write it as ${FORMS}`);
}

function addressesOf(hosts: string, kind: string): RedisTarget['addresses'] {
  const defaultPort = kind === 'sentinel' ? 26_379 : 6379;
  const [first, ...others] = hosts.split(',').map((text) => addressOf(text, defaultPort));
  if (first === undefined) throw wrong('it has no host');
  return [first, ...others];
}

function addressOf(text: string, defaultPort: number): RedisAddress {
  const parts = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  if (parts === null) throw wrong(text === '' ? 'a host is missing' : `"${text}" is no host and port`);
  const [, v6, name = '', portText] = parts;
  const port = portText === undefined ? defaultPort : Number(portText);
  if (port < 1 || port > 65_535) throw wrong(`there is no port ${port}`);
  return { host: v6 ?? name, port };
}

function credentialsOf(user: string | undefined): { username?: string; password?: string } {
  if (user === undefined) return {};
  const colon = user.indexOf(':');
  if (colon < 0) throw wrong('before the @ there must be user:password or :password');
  if (/[/@]/.test(user)) throw wrong('write / and @ in a user or password as %2F and %40');
  const username = decoded(user.slice(0, colon), 'the user');
  const password = decoded(user.slice(colon + 1), 'the password');
  if (password === '') throw wrong('the password before the @ is empty');
  return username === '' ? { password } : { username, password };
}

function sentinelCredentials(query: string): { sentinelUsername?: string; sentinelPassword?: string } {
  const values = new URLSearchParams(query);
  const known: { sentinelUsername?: string; sentinelPassword?: string } = {};
  for (const [name, value] of values) {
    if (name !== 'sentinelUsername' && name !== 'sentinelPassword') {
      throw wrong('its query may hold sentinelUsername and sentinelPassword only');
    }
    known[name] = value;
  }
  return known;
}

function decoded(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong(`${what} has a % that no two hexadecimal digits follow: write a % as %25`);
  }
}

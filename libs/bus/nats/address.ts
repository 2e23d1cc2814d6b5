import { NatsConnectError } from './connect-error.js';

/** What the URLs of the servers say. */
export interface NatsAddress {
  /** `host:port`, for the client and for messages. */
  readonly servers: readonly string[];
  readonly tls: boolean;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
}

const DEFAULT_PORT = '4222';
const EXAMPLE = 'nats://user:password@host:4222';

/**
 * Reads `nats://host:port` or `tls://host:port`, each with `user:password@` or `token@` or neither; the port may be left
 * out. The credentials of one URL are used for all servers; two URLs with different ones are refused.
 * @throws NatsConnectError `bad_option`.
 */
export function natsAddress(urls: readonly string[]): NatsAddress {
  const parsed = urls.map(parse);
  const [first] = parsed;
  if (first === undefined) throw refuse(`no NATS server is given: name at least one, such as ${EXAMPLE}`);
  if (parsed.some(({ protocol }) => protocol !== first.protocol)) {
    throw refuse('some NATS URLs begin with tls:// and some with nats://: use the same for all servers');
  }
  const credentials = parsed.filter(({ username }) => username !== '');
  const [chosen] = credentials;
  if (credentials.some((url) => url.username !== chosen?.username || url.password !== chosen.password)) {
    throw refuse('the NATS URLs carry different credentials: give one of them credentials, or all the same');
  }
  return {
    servers: parsed.map((url) => `${url.hostname}:${url.port === '' ? DEFAULT_PORT : url.port}`),
    tls: first.protocol === 'tls:',
    ...(chosen === undefined ? {} : credentialsOf(chosen)),
  };
}

function parse(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const known = url !== undefined && (url.protocol === 'nats:' || url.protocol === 'tls:');
  if (!known || url.hostname === '' || !['', '/'].includes(url.pathname) || url.search !== '') {
    // What stands before the last @ may be a password.
    const shown = JSON.stringify(text.slice(text.lastIndexOf('@') + 1));
    throw refuse(`${shown} is no URL of a NATS server: write ${EXAMPLE} (tls:// for TLS)`);
  }
  return url;
}

function credentialsOf(url: URL): Pick<NatsAddress, 'user' | 'password' | 'token'> {
  try {
    const user = decodeURIComponent(url.username);
    return url.password === '' ? { token: user } : { user, password: decodeURIComponent(url.password) };
  } catch {
    throw refuse(
      `the credentials in the URL of ${url.host} have a "%" that begins no escape: write it as %25`,
    );
  }
}

function refuse(message: string): NatsConnectError {
  return new NatsConnectError('bad_option', message);
}

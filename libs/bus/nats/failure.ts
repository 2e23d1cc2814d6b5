import { errors } from '@nats-io/transport-node';
import { NatsConnectError } from './connect-error.js';

/** Says in one line why an attempt to connect failed, and what to check. */
export function explainFailure(error: unknown, servers: readonly string[]): NatsConnectError {
  const where = servers.join(', ');
  const options = { cause: error };
  if (isRefusal(error)) {
    return new NatsConnectError(
      'credentials_refused',
      `the NATS server at ${where} refuses the credentials: check user and password (or token) in the URL, ` +
        'or the credentials file, against the users of the server',
      options,
    );
  }
  return new NatsConnectError(
    'unreachable',
    `no NATS server answers at ${where}: ${whatToCheck(error)}`,
    options,
  );
}

/** Says what the server of an existing link refuses, and what to do. */
export function explainServerError(error: Error, server: string): Error {
  if (isRefusal(error)) return explainFailure(error, [server]);
  if (error instanceof errors.PermissionViolationError) {
    const { operation, subject } = error;
    return new Error(`NATS refuses to this user: ${operation} "${subject}"; give it the permission`, {
      cause: error,
    });
  }
  return new Error(`the NATS server at ${server} reports: ${error.message}`, { cause: error });
}

/** A server that is too busy to look at the credentials in time may do so later. */
function isRefusal(error: unknown): boolean {
  if (error instanceof errors.UserAuthenticationExpiredError) return true;
  return error instanceof errors.AuthorizationError && !/timeout/i.test(error.message);
}

function whatToCheck(error: unknown): string {
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return 'nobody listens there; start nats-server, or correct the URL';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return 'the host name is unknown; correct the URL, or check DNS';
  if (error instanceof errors.TimeoutError) {
    return 'it did not answer in time; check that it runs, and the network and its firewalls';
  }
  const message =
    error instanceof Error && error.message !== '' ? error.message : 'the connection was closed';
  if (/tls|ssl|certificate|self.signed/i.test(`${code ?? ''} ${message}`)) {
    return `TLS failed (${message}); check the CA file, the certificate and whether the server speaks TLS`;
  }
  return `${message}; check that a nats-server runs there`;
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return codeOf(error.cause);
}

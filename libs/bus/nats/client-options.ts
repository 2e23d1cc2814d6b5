import { readFileSync } from 'node:fs';
import { type Authenticator, credsAuthenticator, type NodeConnectionOptions } from '@nats-io/transport-node';
import type { NatsAddress } from './address.js';
import { NatsConnectError } from './connect-error.js';
import type { NatsLinkOptions } from './link.js';
import type { Reconnect } from './reconnect.js';

/** An attempt with one server. */
const DIAL_TIMEOUT_MS = 3000;
/** A server that is silent for three intervals counts as lost: after 3 to 4.5 s. A pause of this process does not count. */
const PING_INTERVAL_MS = 1500;
const MAX_PINGS_OUT = 2;

/**
 * The options of the client.
 * @throws NatsConnectError `bad_option` when a file cannot be used.
 */
export function clientOptions(
  options: NatsLinkOptions,
  address: NatsAddress,
  reconnect: Reconnect,
): NodeConnectionOptions {
  const tls = tlsFiles(options);
  const { user, password, token } = address;
  const { credsFile } = options;
  return {
    servers: [...address.servers],
    name: options.name,
    timeout: DIAL_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: MAX_PINGS_OUT,
    maxReconnectAttempts: -1,
    reconnectDelayHandler: reconnect.delay,
    reconnectToServer: reconnect.choose,
    // Credentials that a server refuses for a while, as when accounts are reloaded, must not end the link.
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
    ...(address.tls || Object.keys(tls).length > 0 ? { tls } : {}),
    ...(user === undefined ? {} : { user, pass: password ?? '' }),
    ...(token === undefined ? {} : { token }),
    ...(credsFile === undefined ? {} : { authenticator: rereading(credsFile) }),
  };
}

function tlsFiles({ caFile, certFile, keyFile }: NatsLinkOptions) {
  for (const file of [caFile, certFile, keyFile]) if (file !== undefined) readOption(file);
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new NatsConnectError(
      'bad_option',
      'a client certificate for NATS needs its file and that of its key: give both',
    );
  }
  return {
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  };
}

/** An authenticator that throws ends the client for good: a file that is being replaced is answered with what it held. */
function rereading(file: string): Authenticator {
  let last = credsAuthenticator(readOption(file));
  try {
    last('nonce');
  } catch {
    throw new NatsConnectError(
      'bad_option',
      `${file} is no credentials file: it must hold a user JWT and its seed`,
    );
  }
  return (nonce) => {
    try {
      const fresh = credsAuthenticator(readFileSync(file));
      const answer = fresh(nonce);
      last = fresh;
      return answer;
    } catch {
      return last(nonce);
    }
  };
}

function readOption(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new NatsConnectError('bad_option', `cannot read a file for the NATS connection: ${why}`, { cause });
  }
}

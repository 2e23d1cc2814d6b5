import type { ClientError } from '../../libs/api/client/mod.js';
import { Status } from '../../libs/api/client/mod.js';

/** What to do about a tap that failed, in a line. */
export function problemOf(error: ClientError, address: string): string {
  const { code, details } = error;
  const said = wordsOf(details);
  switch (code) {
    case Status.UNAUTHENTICATED:
      return `the gateway at ${address} does not know this client (${said}): give --token-file, --token, or --cert and --key`;
    case Status.PERMISSION_DENIED:
      return `the gateway at ${address} does not let this client tap stations: ${said}`;
    case Status.UNIMPLEMENTED:
      return `what answers at ${address} has no taps: an older gateway, or something else (${said})`;
    case Status.RESOURCE_EXHAUSTED:
    case Status.INVALID_ARGUMENT:
      return said;
    default:
      return `cannot tap by way of ${address}: ${hintOf(said)}`;
  }
}

/** Without what grpc-js adds for its own makers. */
export const wordsOf = (details: string): string =>
  details
    .replace(/^No connection established\. Last error: /, '')
    .replace(/\(\d{4}-\d\d-\d\dT[\d:.]+Z\)/g, '')
    .replace(/Resolution note: *$/, '')
    .replace(/\s+/g, ' ')
    .replace(/[ .]+$/, '');

/** The words of OpenSSL, Node and grpc-js, and what they mean here. */
const HINTS: readonly (readonly [words: RegExp, hint: string])[] = [
  [/ECONNREFUSED/, 'nothing listens there; is the gateway running, and is this --grpc-address right?'],
  [/ENOTFOUND|EAI_AGAIN|name resolution/i, 'the host name is not known; is --grpc-address right?'],
  [/ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/, 'nothing answers there; is --grpc-address right?'],
  [
    /self.signed|unable to (verify|get)|UNABLE_TO/i,
    "the gateway's certificate is of an authority that is not trusted here; give it with --ca",
  ],
  [
    /altnames|ERR_TLS_CERT_ALTNAME/i,
    "the gateway's certificate is not for this host; use a name that stands in it",
  ],
  [/expired/i, "the gateway's certificate, or this client's, has expired"],
  [
    /certificate required|bad certificate|unknown ca|handshake failure/i,
    'the gateway wants a client certificate of an authority that it trusts; give --cert and --key',
  ],
  [
    /wrong version number|packet length too long|EPROTO/i,
    'no TLS is spoken there; leave --tls, --ca and --cert out',
  ],
  [
    /failed to connect|protocol error|ECONNRESET|socket hang up|before secure|closed|dropped/i,
    'the connection was cut at once; if the gateway serves gRPC with TLS, give --tls or --ca',
  ],
];

function hintOf(said: string): string {
  const hint = HINTS.find(([words]) => words.test(said))?.[1];
  return hint === undefined ? said : `${hint} (${said})`;
}

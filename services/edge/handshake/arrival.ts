import { isIP } from 'node:net';
import { plainAddress, type Networks } from '../networks.js';
import type { ProxyHeader, UpgradeRequest } from '../socket/mod.js';

/** Subject of a client certificate that a trusted proxy has verified. */
export interface ClientCertificate {
  /** CN: the serial number of the station (A00.FR.405). */
  readonly commonName: string;
  /** O: the name of the operator (A00.FR.404). Undefined: it has none. */
  readonly organization: string | undefined;
}

/** How a handshake came in. */
export interface Arrival {
  /** The station's, as far as the proxies in front are trusted. */
  readonly remoteAddress: string;
  /** Over TLS, up to here or up to the proxy in front. */
  readonly secure: boolean;
  readonly certificate: ClientCertificate | undefined;
  /** Headers of a proxy came from an address that is none: they say nothing. */
  readonly ignoredHeaders: boolean;
  /** Why nobody can come in this way. */
  readonly problem: 'bad_proxy_headers' | 'certificate_not_verified' | undefined;
}

/** X.520: the upper bound of a common name, and of an organization. */
const MAX_NAME_LENGTH = 64;

type Headers = UpgradeRequest['proxyHeaders'];

/**
 * Reads how a handshake came in. What the headers of a proxy say counts only when it comes from one of `proxies` itself, and each
 * stands there once: one that a station has slipped in beside the proxy's is an offence, not a choice.
 */
export function readArrival(request: UpgradeRequest, proxies: Networks): Arrival {
  const { proxyHeaders } = request;
  const peer = plainAddress(request.remoteAddress);
  if (!proxies.has(peer)) {
    const ignoredHeaders = proxyHeaders.size > 0;
    return {
      remoteAddress: peer,
      secure: request.secure,
      certificate: undefined,
      ignoredHeaders,
      problem: undefined,
    };
  }
  const remoteAddress = addressBehind(proxyHeaders.get('x-forwarded-for') ?? [], proxies) ?? peer;
  const said = saidOnce(proxyHeaders);
  const secure = said?.proto === 'https';
  const arrival = { remoteAddress, secure, certificate: undefined, ignoredHeaders: false };
  if (said === undefined) return { ...arrival, problem: 'bad_proxy_headers' };
  if (said.verify === '' || said.verify === 'NONE') return { ...arrival, problem: undefined };
  if (said.verify !== 'SUCCESS') return { ...arrival, problem: 'certificate_not_verified' };
  if (!secure || !isName(said.commonName) || (said.organization !== '' && !isName(said.organization))) {
    return { ...arrival, problem: 'bad_proxy_headers' };
  }
  const { commonName } = said;
  const organization = said.organization === '' ? undefined : said.organization;
  return { ...arrival, certificate: { commonName, organization }, problem: undefined };
}

interface Said {
  readonly verify: string;
  readonly commonName: string;
  readonly organization: string;
  readonly proto: string;
}

/** Undefined: one of them stands there more than once. */
function saidOnce(headers: Headers): Said | undefined {
  const texts = (['x-client-verify', 'x-client-cn', 'x-client-o', 'x-forwarded-proto'] as const).map((name) =>
    once(headers, name),
  );
  const [verify, commonName, organization, proto] = texts;
  if (verify === undefined || commonName === undefined || organization === undefined || proto === undefined) {
    return undefined;
  }
  return { verify, commonName, organization, proto };
}

/** Empty: it is not there. Undefined: it is there more than once. */
function once(headers: Headers, name: ProxyHeader): string | undefined {
  const values = headers.get(name) ?? [];
  return values.length > 1 ? undefined : (values[0] ?? '').trim();
}

function isName(text: string): boolean {
  return text !== '' && text.length <= MAX_NAME_LENGTH && !/[\p{Cc}\uFFFD]/u.test(text);
}

/**
 * The last address of `X-Forwarded-For` that is no trusted proxy's: those before it are hearsay. Undefined: there is none that can
 * be read.
 */
function addressBehind(values: readonly string[], proxies: Networks): string | undefined {
  const hops = values.flatMap((value) => value.split(',')).map((hop) => withoutPort(hop.trim()));
  let behind: string | undefined;
  for (const hop of hops.reverse()) {
    const address = plainAddress(hop);
    if (isIP(address) === 0) return behind;
    behind = address;
    if (!proxies.has(address)) return behind;
  }
  return behind;
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  const [, address] = /^\[([^\]]*)\](?::\d+)?$/.exec(hop) ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(hop) ?? [];
  return address ?? hop;
}

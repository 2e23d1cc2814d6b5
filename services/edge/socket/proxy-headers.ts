/** Headers in which a proxy in front says who connects. */
export const PROXY_HEADERS = [
  'x-client-verify',
  'x-client-cn',
  'x-client-o',
  'x-forwarded-for',
  'x-forwarded-proto',
] as const;

export type ProxyHeader = (typeof PROXY_HEADERS)[number];

/** Those that came, each with all its values in order. Whoever connects can send them. */
export type ProxyHeaders = ReadonlyMap<ProxyHeader, readonly string[]>;

const NO_PROXY_HEADERS: ProxyHeaders = new Map();

/** Picks the headers of a proxy out of all; names in lower case. */
export function proxyHeadersOf(headers: Iterable<readonly [name: string, value: string]>): ProxyHeaders {
  let found: Map<ProxyHeader, string[]> | undefined;
  for (const [header, value] of headers) {
    if (!header.startsWith('x-')) continue;
    const name = PROXY_HEADERS.find((each) => each === header);
    if (name === undefined) continue;
    found ??= new Map();
    const values = found.get(name);
    if (values === undefined) found.set(name, [value]);
    else values.push(value);
  }
  return found ?? NO_PROXY_HEADERS;
}

const PLAIN = /^[A-Za-z0-9_-]+$/;
const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The station id made safe for subjects and keys: `[A-Za-z0-9_-]` kept, every other UTF-8 byte as `=XX`
 * (upper-case hex). One to one: `stationIdOf` gives the id back.
 */
export function stationToken(stationId: string): string {
  if (PLAIN.test(stationId)) return stationId;
  let token = '';
  for (const byte of encoder.encode(stationId)) {
    const char = String.fromCharCode(byte);
    token += PLAIN.test(char) ? char : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return token;
}

/** The station id of a token; undefined when `token` is not one that `stationToken` makes. */
export function stationIdOf(token: string): string | undefined {
  if (PLAIN.test(token)) return token;
  if (!/^(?:[A-Za-z0-9_-]|=[0-9A-F]{2})+$/.test(token)) return undefined;
  const bytes: number[] = [];
  for (let at = 0; at < token.length; at++) {
    if (token[at] === '=') {
      bytes.push(Number.parseInt(token.slice(at + 1, at + 3), 16));
      at += 2;
    } else {
      bytes.push(token.charCodeAt(at));
    }
  }
  try {
    const stationId = decoder.decode(Uint8Array.from(bytes));
    return stationToken(stationId) === token ? stationId : undefined;
  } catch {
    return undefined;
  }
}

/** Number of shards of a cluster, fixed when it is created. */
export const SHARDS = 256;

/** FNV-1a-32(station token) mod `shards`; the same as NATS' `{{partition(shards,1)}}` over the token. */
export function shardOf(token: string, shards: number = SHARDS): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < token.length; at++) hash = Math.imul(hash ^ token.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % shards;
}

const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** FNV-1a-32 over bytes, from `seed` on. */
export function hashBytes(bytes: Uint8Array, seed: number = OFFSET): number {
  let hash = seed;
  for (let at = 0; at < bytes.length; at++) hash = Math.imul(hash ^ (bytes[at] as number), PRIME);
  return hash >>> 0;
}

/** FNV-1a-32 over UTF-16 code units, from `seed` on. */
export function hashText(text: string, seed: number = OFFSET): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME);
  return hash >>> 0;
}

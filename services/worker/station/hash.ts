const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** FNV-1a-32 over bytes, four at a time and the last few alone, from `seed` on. */
export function hashBytes(bytes: Uint8Array, seed: number = OFFSET): number {
  const { buffer, byteOffset, length } = bytes;
  const view = new DataView(buffer, byteOffset, length);
  let hash = seed;
  let at = 0;
  for (; at + 4 <= length; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at), PRIME);
    // A product's low bits know nothing of its factors' high ones.
    hash ^= hash >>> 15;
  }
  for (; at < length; at++) hash = Math.imul(hash ^ view.getUint8(at), PRIME);
  return hash >>> 0;
}

/** FNV-1a-32 over UTF-16 code units, from `seed` on. */
export function hashText(text: string, seed: number = OFFSET): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME);
  return hash >>> 0;
}

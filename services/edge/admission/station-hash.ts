/**
 * 32-bit hash of a station id: FNV-1a over its UTF-16 units, then the finalizer of MurmurHash3, so that ids which differ in their
 * last digits fall far apart. Edges of all versions compare these: it must never change.
 */
export function stationHash(stationId: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < stationId.length; at++) {
    const unit = stationId.charCodeAt(at);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Two bytes of shard, then the key in UTF-8: keys of a shard stand together. */
export function shardKey(shard: number, key: string): Buffer {
  const buffer = Buffer.allocUnsafe(2 + Buffer.byteLength(key));
  buffer.writeUInt16BE(shard, 0);
  buffer.write(key, 2);
  return buffer;
}

export function keyOfShardKey(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('utf8', 2);
}

/** The range of all keys of a shard; `end` is not in it. */
export function shardRange(shard: number): { start: Buffer; end: Buffer } {
  return { start: shardKey(shard, ''), end: shardKey(shard + 1, '') };
}

export function numberValue(value: number): Buffer {
  const buffer = Buffer.allocUnsafe(8);
  buffer.writeDoubleBE(value, 0);
  return buffer;
}

/** Undefined when the bytes are no number. */
export function numberOf(value: Uint8Array): number | undefined {
  if (value.length !== 8) return undefined;
  return Buffer.from(value.buffer, value.byteOffset, 8).readDoubleBE(0);
}

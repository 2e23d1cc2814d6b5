/** Opcodes of RFC 6455, 5.2. */
export const OPCODE = { CONTINUATION: 0, TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const;

/** A frame as it is to stand on the wire: everything about it may be wrong. */
export interface FrameShape {
  readonly opcode: number;
  readonly payload: Uint8Array;
  /** True unless told. */
  readonly fin?: boolean;
  /** The three reserved bits, RSV1 is 4. */
  readonly rsv?: number;
  /** Four bytes; undefined: the frame is sent unmasked, which a client must not. */
  readonly mask: Uint8Array | undefined;
  /** What the header says, when that is not the payload's length. */
  readonly declaredLength?: bigint;
  /** Write the length in so many bytes although fewer would do. */
  readonly lengthBytes?: 2 | 8;
}

export function encodeFrame(shape: FrameShape): Buffer {
  const { opcode, payload, fin = true, rsv = 0, mask } = shape;
  const length = shape.declaredLength ?? BigInt(payload.length);
  const lengthBytes = shape.lengthBytes ?? (length < 126n ? 0 : length < 65_536n ? 2 : 8);
  const masked = mask === undefined ? 0 : 0x80;
  const header = Buffer.alloc(2 + lengthBytes + (mask === undefined ? 0 : 4));
  header[0] = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  header[1] = masked | (lengthBytes === 0 ? Number(length) : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) header.writeUInt16BE(Number(length), 2);
  if (lengthBytes === 8) header.writeBigUInt64BE(length, 2);
  if (mask === undefined) return Buffer.concat([header, payload]);
  header.set(mask, 2 + lengthBytes);
  return Buffer.concat([header, applyMask(payload, mask)]);
}

function applyMask(payload: Uint8Array, mask: Uint8Array): Buffer {
  const masked = Buffer.allocUnsafe(payload.length);
  for (let at = 0; at < payload.length; at++) masked[at] = (payload[at] ?? 0) ^ (mask[at & 3] ?? 0);
  return masked;
}

/** Payload of a close frame. */
export function closePayload(code: number, reason: Uint8Array = Buffer.alloc(0)): Buffer {
  const payload = Buffer.alloc(2 + reason.length);
  payload.writeUInt16BE(code, 0);
  payload.set(reason, 2);
  return payload;
}

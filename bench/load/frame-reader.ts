/** Opcodes of RFC 6455, 5.2. */
export const Opcode = { TEXT: 1, CLOSE: 8, PING: 9, PONG: 10 } as const;

/** One frame: its payload is `bytes` from `start` to `end`, valid within the call only. */
export type OnFrame = (opcode: number, bytes: Uint8Array, start: number, end: number) => void;

const FIN = 0x80;
const NONE = new Uint8Array(0);

/** Reads unfragmented frames of a server (RFC 6455), as the bytes come. Copies only what is cut off in a read. */
export class FrameReader {
  readonly #onFrame: OnFrame;
  #rest: Uint8Array = NONE;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** @throws Error on frames that are fragmented, masked or longer than 64 KiB: the gateway sends none. */
  feed(chunk: Uint8Array, length: number): void {
    let bytes = chunk;
    let end = length;
    if (this.#rest.length > 0) {
      bytes = Buffer.concat([this.#rest, chunk.subarray(0, length)]);
      end = bytes.length;
      this.#rest = NONE;
    }
    let at = 0;
    while (at < end) {
      const start = payloadStart(bytes, at, end);
      const stop = start === undefined ? end + 1 : start + payloadLength(bytes, at);
      if (start === undefined || stop > end) {
        this.#rest = Buffer.from(bytes.subarray(at, end));
        return;
      }
      const first = bytes[at] ?? 0;
      if ((first & FIN) === 0) throw new Error('the server fragments its messages');
      at = stop;
      this.#onFrame(first & 0x0f, bytes, start, stop);
    }
  }
}

/** Where the payload of the frame at `at` begins; undefined: its header is not complete. */
function payloadStart(bytes: Uint8Array, at: number, end: number): number | undefined {
  if (at + 2 > end) return undefined;
  const short = bytes[at + 1] ?? 0;
  if (short > 126) throw new Error('the server sends a frame that is masked or longer than 64 KiB');
  if (short < 126) return at + 2;
  return at + 4 > end ? undefined : at + 4;
}

/** Of a frame whose header is complete. */
function payloadLength(bytes: Uint8Array, at: number): number {
  const short = bytes[at + 1] ?? 0;
  return short < 126 ? short : ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
}

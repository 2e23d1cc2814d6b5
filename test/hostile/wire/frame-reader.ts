import { OPCODE } from './frame.js';

/** What the gateway sent, whole. */
export interface ServerFrame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** What the gateway does may be no more than RFC 6455 allows a server. */
export interface FrameReaderOptions {
  frame(frame: ServerFrame): void;
  /** The bytes break the protocol; nothing more is read. */
  broken(why: string): void;
}

const MAX_LENGTH = 4 * 1024 * 1024;
const KNOWN: readonly number[] = Object.values(OPCODE);

/** Cuts the gateway's bytes into frames, and judges each. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);
  #broken = false;

  constructor(private readonly options: FrameReaderOptions) {}

  push(chunk: Buffer): void {
    if (this.#broken) return;
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    while (!this.#broken && this.#readOne());
  }

  #readOne(): boolean {
    const bytes = this.#rest;
    const [first, second] = bytes;
    if (first === undefined || second === undefined) return false;
    const header = headerOf(bytes, second & 0x7f);
    if (header === undefined) return false;
    const why = complaint(first, second, header.length);
    if (why !== undefined) return this.#break(why);
    const end = header.size + header.length;
    if (bytes.length < end) return false;
    this.#rest = bytes.subarray(end);
    this.options.frame({ opcode: first & 0x0f, payload: bytes.subarray(header.size, end) });
    return true;
  }

  #break(why: string): false {
    this.#broken = true;
    this.options.broken(why);
    return false;
  }
}

function headerOf(bytes: Buffer, short: number): { size: number; length: number } | undefined {
  if (short < 126) return { size: 2, length: short };
  if (short === 126) return bytes.length < 4 ? undefined : { size: 4, length: bytes.readUInt16BE(2) };
  return bytes.length < 10 ? undefined : { size: 10, length: Number(bytes.readBigUInt64BE(2)) };
}

/** Neither uWebSockets.js nor `ws` fragments, and no client here negotiates compression. */
function complaint(first: number, second: number, length: number): string | undefined {
  if ((first & 0x70) !== 0) return 'reserved bits are set';
  if ((first & 0x80) === 0) return 'a fragment';
  if (!KNOWN.includes(first & 0x0f)) return `opcode ${first & 0x0f}`;
  if ((second & 0x80) !== 0) return 'a masked frame';
  if ((first & 0x08) !== 0 && length > 125) return `a control frame of ${length} bytes`;
  return length > MAX_LENGTH ? `a frame of ${length} bytes` : undefined;
}

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Reads what `MsgpackWriter` writes, from its beginning: a third of the time of unpacking an array of values. Where something else
 * stands than was asked for, `isSound` is false from then on, and what is returned says nothing.
 */
export class MsgpackReader {
  #bytes = NOTHING;
  #at = 0;
  #isSound = false;

  open(bytes: Uint8Array): this {
    this.#bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
    this.#isSound = true;
    return this;
  }

  get isSound(): boolean {
    return this.#isSound && this.#at <= this.#bytes.length;
  }

  /** Number of elements of the array that begins here: up to 15. */
  array(): number {
    const tag = this.#tag();
    if ((tag & 0xf0) !== 0x90) this.#isSound = false;
    return tag & 0x0f;
  }

  number(): number {
    const tag = this.#tag();
    if (tag < 0x80) return tag;
    const at = this.#at;
    if (tag === 0xcb && this.#pass(8)) return this.#bytes.readDoubleBE(at);
    if (tag === 0xce && this.#pass(4)) return this.#bytes.readUInt32BE(at);
    this.#isSound = false;
    return 0;
  }

  text(): string {
    const length = this.#textLength();
    const at = this.#at;
    return this.#pass(length) ? this.#bytes.toString('utf8', at, at + length) : '';
  }

  /** A view. */
  bytes(): Uint8Array {
    const length = this.#tag() === 0xc6 ? this.#length(4) : this.#unsound();
    const at = this.#at;
    return this.#pass(length) ? this.#bytes.subarray(at, at + length) : NOTHING;
  }

  /** The bytes of the next `elements` as they stand, each a character: for comparing. */
  raw(elements: number): string {
    const from = this.#at;
    for (let left = elements; left > 0 && this.#isSound; left--) left += this.#passElement();
    return this.isSound ? this.#bytes.toString('latin1', from, this.#at) : '';
  }

  /** Passes an element over, of an array only its beginning; returns how many elements of it follow. */
  #passElement(): number {
    const tag = this.#bytes[this.#at] ?? 0xc1;
    if (tag < 0x80 || tag === 0xc2 || tag === 0xc3) this.#pass(1);
    else if (tag === 0xcb) this.#pass(9);
    else if (tag === 0xce) this.#pass(5);
    else if ((tag & 0xf0) === 0x90) return this.array();
    else this.#pass(this.#textLength());
    return 0;
  }

  #textLength(): number {
    const tag = this.#tag();
    if ((tag & 0xe0) === 0xa0) return tag & 0x1f;
    if (tag === 0xd9) return this.#length(1);
    if (tag === 0xdb) return this.#length(4);
    return this.#unsound();
  }

  #length(bytes: 1 | 4): number {
    const at = this.#at;
    if (!this.#pass(bytes)) return 0;
    return bytes === 1 ? (this.#bytes[at] as number) : this.#bytes.readUInt32BE(at);
  }

  #tag(): number {
    return this.#bytes[this.#at++] ?? this.#unsound();
  }

  #pass(bytes: number): boolean {
    this.#at += bytes;
    if (this.#at > this.#bytes.length) this.#isSound = false;
    return this.#isSound;
  }

  #unsound(): number {
    this.#isSound = false;
    return 0;
  }
}

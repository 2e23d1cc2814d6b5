const SLAB_BYTES = 64 * 1024;

/**
 * Writes bytes into a slab that many messages share: allocating a buffer for each costs more than to fill it. What `take`
 * returns is a view that stays valid; nobody writes over it.
 */
export class ByteWriter {
  protected slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  /** Of the slab. */
  protected view = new DataView(this.slab.buffer);
  protected at = 0;
  /** Of the slab: to ask it each time costs more than to write. */
  #capacity = SLAB_BYTES;
  #start = 0;

  /** Drops what was written and not taken. */
  begin(): this {
    this.at = this.#start;
    return this;
  }

  /** Bytes written since `begin`. */
  get length(): number {
    return this.at - this.#start;
  }

  utf8(text: string): this {
    // No character takes more. Asking for the very number costs as much as to write.
    this.reserve(3 * text.length);
    this.at += this.slab.write(text, this.at);
    return this;
  }

  /** Bytes as they are. */
  encoded(bytes: Uint8Array): this {
    this.reserve(bytes.length);
    this.slab.set(bytes, this.at);
    this.at += bytes.length;
    return this;
  }

  /** All that was written since `begin`. */
  take(): Uint8Array {
    const written = this.slab.subarray(this.#start, this.at);
    this.#start = this.at;
    return written;
  }

  /** Makes room; what was begun moves into a new slab when there is none. */
  protected reserve(bytes: number): void {
    if (this.at + bytes > this.#capacity) this.#moveOn(bytes);
  }

  #moveOn(bytes: number): void {
    const begun = this.slab.subarray(this.#start, this.at);
    this.slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, 2 * begun.length + bytes));
    this.#capacity = this.slab.length;
    this.view = new DataView(this.slab.buffer);
    this.slab.set(begun);
    this.#start = 0;
    this.at = begun.length;
  }
}

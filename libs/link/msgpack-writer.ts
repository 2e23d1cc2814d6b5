import { ByteWriter } from './byte-writer.js';

/** Texts up to this length are copied one by one when they are ASCII: a call of the runtime costs more. */
const SHORT_TEXT = 63;

/**
 * Writes the few msgpack types that envelopes and records consist of: a third of the time of packing an array of values.
 */
export class MsgpackWriter extends ByteWriter {
  /** An array of `length` elements, which are to follow. */
  array(length: number): this {
    if (length < 16) {
      this.reserve(1);
      this.slab[this.at++] = 0x90 | length;
    } else {
      this.#header(0xdd, length, 0);
    }
    return this;
  }

  nil(): this {
    this.reserve(1);
    this.slab[this.at++] = 0xc0;
    return this;
  }

  optional(value: number | undefined): this {
    return value === undefined ? this.nil() : this.number(value);
  }

  number(value: number): this {
    this.reserve(9);
    const { view, at } = this;
    // -0 is the same as 0 to everybody who reads.
    if (value >>> 0 !== value) {
      view.setUint8(at, 0xcb);
      view.setFloat64(at + 1, value);
      this.at = at + 9;
    } else if (value < 128) {
      view.setUint8(at, value);
      this.at = at + 1;
    } else {
      view.setUint8(at, 0xce);
      view.setUint32(at + 1, value);
      this.at = at + 5;
    }
    return this;
  }

  numbers(values: readonly number[]): this {
    const { length } = values;
    this.array(length);
    // By index: over arrays of small and of large numbers alike, an iterator allocates for each.
    for (let at = 0; at < length; at++) this.number(values[at] as number);
    return this;
  }

  text(value: string): this {
    const { length } = value;
    if (length <= SHORT_TEXT && this.#ascii(value, length)) return this;
    const bytes = Buffer.byteLength(value);
    this.#header(0xdb, bytes, bytes);
    this.at += this.slab.write(value, this.at);
    return this;
  }

  texts(values: readonly string[]): this {
    this.array(values.length);
    for (const value of values) this.text(value);
    return this;
  }

  /** An array of what `write` makes of each item: one element each. */
  each<Item>(items: readonly Item[], write: (to: this, item: Item) => void): this {
    const { length } = items;
    this.array(length);
    for (let at = 0; at < length; at++) write(this, items[at] as Item);
    return this;
  }

  bytes(value: Uint8Array): this {
    this.#header(0xc6, value.length, value.length);
    this.slab.set(value, this.at);
    this.at += value.length;
    return this;
  }

  /** The UTF-8 bytes of `value`, `length` of them, as bytes. */
  textAsBytes(value: string, length: number): this {
    this.#header(0xc6, length, length);
    this.at += this.slab.write(value, this.at);
    return this;
  }

  /** False when the text has characters that take more than one byte: then nothing is written. */
  #ascii(value: string, length: number): boolean {
    this.reserve(2 + length);
    const slab = this.slab;
    const from = this.at + (length < 32 ? 1 : 2);
    for (let at = 0; at < length; at++) {
      const code = value.charCodeAt(at);
      if (code > 0x7f) return false;
      slab[from + at] = code;
    }
    if (length < 32) {
      slab[this.at] = 0xa0 | length;
    } else {
      slab[this.at] = 0xd9;
      slab[this.at + 1] = length;
    }
    this.at = from + length;
    return true;
  }

  #header(type: number, length: number, bytes: number): void {
    this.reserve(5 + bytes);
    const { view, at } = this;
    view.setUint8(at, type);
    view.setUint32(at + 1, length);
    this.at = at + 5;
  }
}

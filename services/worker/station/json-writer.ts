import { ByteWriter } from '../../../libs/link/mod.js';

/** Longer texts are left to the runtime: past this it is faster, a call of it included. */
const SHORT_TEXT = 128;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Writes JSON as UTF-8, byte by byte as `JSON.stringify` would: half of its time for an event's data, and no text in
 * between that must be made, joined and encoded.
 */
export class JsonWriter extends ByteWriter {
  /** Text of ASCII characters as it is, no JSON. */
  ascii(text: string): this {
    const { length } = text;
    this.reserve(length);
    const { slab } = this;
    let at = this.at;
    for (let index = 0; index < length; index++) slab[at++] = text.charCodeAt(index);
    this.at = at;
    return this;
  }

  /** Drops what was written after the first `length` bytes. */
  cutTo(length: number): this {
    this.at -= this.length - length;
    return this;
  }

  /** Plain data: what JSON.parse gives, and object members that are undefined. Those are left out. */
  value(value: unknown): this {
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return this.number(value);
      case 'boolean':
        return this.ascii(value ? 'true' : 'false');
      case 'object':
        if (value === null) return this.ascii('null');
        return Array.isArray(value) ? this.#array(value) : this.members(value).ascii('}');
      default:
        return this.ascii('null');
    }
  }

  /** An object without its closing brace. */
  members(object: object): this {
    let before = '{';
    for (const key in object) {
      const value = (object as Readonly<Record<string, unknown>>)[key];
      if (value === undefined) continue;
      this.ascii(before).text(key).ascii(':').value(value);
      before = ',';
    }
    return before === '{' ? this.ascii('{') : this;
  }

  text(text: string): this {
    const { length } = text;
    if (length > SHORT_TEXT) return this.utf8(JSON.stringify(text));
    this.reserve(length + 2);
    const { slab } = this;
    let at = this.at;
    slab[at++] = QUOTE;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      // What is written is dropped: `at` is not kept.
      if (code > 0x7e || code < 0x20 || code === QUOTE || code === BACKSLASH)
        return this.utf8(JSON.stringify(text));
      slab[at++] = code;
    }
    slab[at++] = QUOTE;
    this.at = at;
    return this;
  }

  number(value: number): this {
    return this.ascii(Number.isFinite(value) ? `${value}` : 'null');
  }

  #array(values: readonly unknown[]): this {
    let before = '[';
    for (const value of values) {
      this.ascii(before).value(value);
      before = ',';
    }
    return this.ascii(before === '[' ? '[]' : ']');
  }
}

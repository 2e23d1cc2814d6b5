// Finds places in the bytes of a frame without parsing it a second time.

const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;

const isBlank = (byte: number | undefined): boolean =>
  byte === 32 || byte === 10 || byte === 13 || byte === 9;

export const EMPTY_OBJECT: Uint8Array = new TextEncoder().encode('{}');

/**
 * The last element of a message `[type, first, …, object]`, as a view of `bytes`, which must be exactly such a JSON
 * text; `first` to `third` are the decoded values of the strings before it. `EMPTY_OBJECT` for `{}`: a view costs as
 * much as parsing a tenth of a usual frame.
 */
export function locatePayload(bytes: Uint8Array, first: string, second?: string, third?: string): Uint8Array {
  let at = skipBlanks(bytes, 0) + 1;
  while (bytes[at] !== COMMA) at++;
  at = afterString(bytes, at, first.length);
  if (second !== undefined) at = afterString(bytes, at, second.length);
  if (third !== undefined) at = afterString(bytes, at, third.length);
  const start = skipBlanks(bytes, at + 1);
  let end = bytes.length - 1;
  while (isBlank(bytes[end])) end--;
  do end--;
  while (isBlank(bytes[end]));
  return end - start === 1 ? EMPTY_OBJECT : bytes.subarray(start, end + 1);
}

/** The comma after the string that stands after the comma at `comma`. */
function afterString(bytes: Uint8Array, comma: number, length: number): number {
  return skipBlanks(bytes, endOfString(bytes, skipBlanks(bytes, comma + 1), length));
}

function skipBlanks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isBlank(bytes[at])) at++;
  return at;
}

/**
 * Where the JSON string that begins at `start` has ended; `length` is that of its value. Escapes and characters beyond
 * ASCII make the bytes more than the value, never fewer. So a quote right after `length` bytes that no backslash
 * precedes is the closing one: no loop for the ids and actions that really occur.
 */
function endOfString(bytes: Uint8Array, start: number, length: number): number {
  const expected = start + length + 1;
  if (bytes[expected] === QUOTE && bytes[expected - 1] !== BACKSLASH) return expected + 1;
  let at = start + 1;
  while (bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** True when arrays and objects stand more than `limit` deep in each other. Right for every JSON text. */
export function nestsDeeperThan(limit: number, bytes: Uint8Array): boolean {
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = skipString(bytes, at);
    else if (byte === 91 || byte === 123) {
      if (++depth > limit) return true;
    } else if (byte === 93 || byte === 125) depth--;
  }
  return false;
}

function skipString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

const HEADER = /^\s*\[\s*(\d{1,3})\s*,\s*(?:("(?:[^"\\]|\\.)*")\s*,)?/;
const HEADER_BYTES = 256;
const lenientDecoder = new TextDecoder('utf-8');

/** Message type and id of a text that is not JSON as a whole, as far as they can be read. */
export function readHeader(bytes: Uint8Array): { type: number | undefined; id: string | undefined } {
  const match = HEADER.exec(lenientDecoder.decode(bytes.subarray(0, HEADER_BYTES)));
  return { type: match === null ? undefined : Number(match[1]), id: unquote(match?.[2]) };
}

function unquote(json: string | undefined): string | undefined {
  if (json === undefined || json.includes('\ufffd')) return undefined;
  try {
    return JSON.parse(json) as string;
  } catch {
    return undefined;
  }
}

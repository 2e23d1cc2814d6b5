/** Seeded randomness: the same seed gives the same numbers, so a run can be repeated. Not for secrets. */
export interface Random {
  /** At least 0, less than 1. */
  next(): number;
  /** A whole number from `min` to `max`, both included. */
  integer(min: number, max: number): number;
  /** `length` characters of `a-z0-9`. */
  text(length: number): string;
}

const CHARACTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** FNV-1a-32 of the text, so that names can be seeds. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Mulberry32: 32 bits of state, which is what thousands of stations can afford. */
export function createRandom(seed: number | string): Random {
  let state = typeof seed === 'string' ? hashOf(seed) : seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  const integer = (min: number, max: number) => min + Math.floor(next() * (max - min + 1));
  const text = (length: number) => {
    let result = '';
    for (let at = 0; at < length; at++) result += CHARACTERS.charAt(integer(0, CHARACTERS.length - 1));
    return result;
  };
  return { next, integer, text };
}

import { Random } from '../crash/random.js';

export { Random };

/** Random numbers of their own for each part of an attack: what one part draws changes nothing for the others. */
export function randomFor(seed: number, ...parts: readonly (string | number)[]): Random {
  let hash = 0x811c9dc5 ^ seed;
  for (const char of parts.join('/')) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return new Random(hash >>> 0);
}

export function bytesOf(random: Random, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let at = 0; at < length; at++) bytes[at] = random.between(0, 255);
  return bytes;
}

/** @throws Error when there is nothing to pick from. */
export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[random.between(0, items.length - 1)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

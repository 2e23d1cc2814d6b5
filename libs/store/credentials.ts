import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** A salted password hash: HMAC-SHA-256 keyed by the salt over the raw password bytes, both base64. */
export interface Credential {
  readonly algorithm: 'hmac-sha256';
  readonly salt: string;
  readonly hash: string;
}

const SALT_BYTES = 16;

/**
 * Hashes a station password with a salt of its own. Station passwords are long and random, so a fast hash is enough, and
 * a slow one would let a storm of handshakes stop the gateway.
 */
export function hashPassword(password: Uint8Array): Credential {
  const salt = randomBytes(SALT_BYTES);
  return {
    algorithm: 'hmac-sha256',
    salt: salt.toString('base64'),
    hash: digest(salt, password).toString('base64'),
  };
}

/** True when `password` is the one that `credential` was made from. Takes the same time wherever they differ. */
export function verifyPassword(password: Uint8Array, credential: Credential): boolean {
  const wanted = Buffer.from(credential.hash, 'base64');
  const actual = digest(Buffer.from(credential.salt, 'base64'), password);
  return wanted.length === actual.length && timingSafeEqual(wanted, actual);
}

function digest(salt: Uint8Array, password: Uint8Array): Buffer {
  return createHmac('sha256', salt).update(password).digest();
}

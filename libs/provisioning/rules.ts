import { isQuirk, QUIRKS, type Quirk } from '../ocpp/mod.js';

/**
 * What a provisioned station may be. Each `wrong…` says what is wrong, as the end of a sentence that names the field, and
 * never repeats a password; undefined: nothing.
 */

/** The quirks that can be set for one station. */
export const STATION_QUIRKS: readonly Quirk[] = Object.keys(QUIRKS)
  .filter(isQuirk)
  .filter((quirk) => QUIRKS[quirk].setting !== 'always');

/** Passwords of a station that open its door at the same time. */
export const MAX_PASSWORDS = 4;

/** Of these a made password consists; every version carries them as they are. */
export const PASSWORD_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const MAX_ID_BYTES = 255;
const MAX_CN_LENGTH = 64;
/** Half a character, and what stands for bytes that were none. */
const NO_TEXT = /[\p{Cs}\uFFFD]/u;

export function wrongStationId(id: string): string | undefined {
  const bytes = Buffer.byteLength(id);
  if (bytes === 0 || bytes > MAX_ID_BYTES) return `must be 1 to ${MAX_ID_BYTES} bytes of UTF-8, has ${bytes}`;
  if (id.includes(':')) return "must not contain ':' (a user name of Basic authentication cannot)";
  if (NO_TEXT.test(id)) return 'must be valid Unicode text';
  return hasControlCharacter(id) ? 'must not contain control characters' : undefined;
}

/** As the CN of a certificate has it: X.520 bounds that. OCPP carries the first 25 characters of it. */
export function wrongSerialNumber(serialNumber: string): string | undefined {
  const { length } = serialNumber;
  if (length === 0 || length > MAX_CN_LENGTH)
    return `must be 1 to ${MAX_CN_LENGTH} characters, has ${length}`;
  if (NO_TEXT.test(serialNumber)) return 'must be valid Unicode text';
  if (serialNumber.trim() !== serialNumber) return 'must not begin or end with a blank';
  return hasControlCharacter(serialNumber) ? 'must not contain control characters' : undefined;
}

/** 16 to 20 bytes in 1.6 (1.6J 6.2.2); 16 to 40 characters in 2.0.1, up to 64 by its errata of 2025-01. */
export function wrongPassword(password: string): string | undefined {
  const length = [...password].length;
  if (length < 16 || length > 64) return `must be 16 to 64 characters (16 to 20 for OCPP 1.6), has ${length}`;
  return NO_TEXT.test(password) ? 'must be valid Unicode text' : undefined;
}

/** The bytes of an AuthorizationKey of 1.6. */
export function wrongPasswordBytes(password: Uint8Array): string | undefined {
  const { length } = password;
  return length >= 16 && length <= 20 ? undefined : `must be 16 to 20 bytes, has ${length}`;
}

/** An AuthorizationKey of 1.6, as it is written over OCPP. */
export function wrongPasswordHex(hex: string): string | undefined {
  if (/^(?:[0-9a-fA-F]{2}){16,20}$/.test(hex)) return undefined;
  return `must be 32 to 40 hex digits, two for each byte of the password, has ${hex.length} characters`;
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((char) => char < ' ' || char === '\x7f');
}

import type { Quirk, QuirkSet } from '../../../libs/ocpp/mod.js';
import { opensToAnybody } from '../../../libs/provisioning/mod.js';
import { verifyPassword, type Credential, type StationRecord } from '../../../libs/store/mod.js';
import type { ClientCertificate } from './arrival.js';

/** User name and password of `Authorization: Basic`, as the bytes they are. */
export interface BasicCredentials {
  readonly username: Buffer;
  readonly password: Buffer;
}

export interface Claim {
  readonly stationId: string;
  /** The station id as it stood in the path, percent-encoded. */
  readonly encodedId: string;
  /** The `Authorization` header; empty when there was none. */
  readonly authorization: string;
  readonly secure: boolean;
  /** Verified by a trusted proxy. */
  readonly certificate: ClientCertificate | undefined;
  /** O that a certificate must have; undefined: any. */
  readonly cpoName: string | undefined;
  readonly quirks: QuirkSet;
}

export type Verdict =
  | {
      readonly ok: true;
      /** OCPP security profile of the connection: 0 no password, 1 Basic, 2 Basic over TLS, 3 a client certificate. */
      readonly securityProfile: SecurityProfile;
      /** CN of the certificate, of profile 3 alone. */
      readonly certificateCn?: string;
      /** Of the password that was given, where one is needed. */
      readonly credential: Credential | undefined;
      readonly quirk: Quirk | undefined;
    }
  | { readonly ok: false; readonly problem: Problem };

export type SecurityProfile = 0 | 1 | 2 | 3;

type Problem =
  'unauthorized' | 'profile_too_low' | 'foreign_certificate' | 'wrong_certificate' | 'no_serial_number';

const UNAUTHORIZED: Verdict = { ok: false, problem: 'unauthorized' };
const TOO_LOW: Verdict = { ok: false, problem: 'profile_too_low' };

/**
 * Judges a station by its directory record, which is read for each handshake. No verified password is remembered: the credentials' hash is an HMAC, and
 * finding a password in a cache keyed by an HMAC would cost the same (the whole of this: 3 µs).
 */
export function authenticate(claim: Claim, record: StationRecord): Verdict {
  const { certificate } = claim;
  if (certificate !== undefined) {
    const verdict = judgeCertificate(certificate, claim, record);
    if (verdict !== undefined) return verdict;
  }
  const { credentials, minimumSecurityProfile = 0 } = record;
  const needsPassword = !opensToAnybody(record);
  const profile = needsPassword ? profileWithPassword(claim.secure) : 0;
  // Judged first: a password is not confirmed to whom listens on a line that is not to be used (WP A05.FR.09).
  if (profile < minimumSecurityProfile) return TOO_LOW;
  // It has a serial number instead: only a certificate lets it in.
  if (needsPassword && credentials.length === 0) return TOO_LOW;
  if (!needsPassword) return { ok: true, securityProfile: profile, credential: undefined, quirk: undefined };
  const basic = readBasic(claim.authorization);
  if (basic === undefined || !isOwnName(basic.username, claim)) return UNAUTHORIZED;
  return judgePassword(basic.password, claim, record, profile);
}

/**
 * A certificate of whom the station is not opens nothing, whatever the password. Undefined: it is not known whose it is, as the
 * directory has no serial number of the station, and the password decides.
 */
function judgeCertificate(
  { commonName, organization }: ClientCertificate,
  { cpoName }: Claim,
  { serialNumber, minimumSecurityProfile = 0 }: StationRecord,
): Verdict | undefined {
  if (cpoName !== undefined && organization !== cpoName) return { ok: false, problem: 'foreign_certificate' };
  if (serialNumber === undefined) {
    return minimumSecurityProfile > 2 ? { ok: false, problem: 'no_serial_number' } : undefined;
  }
  if (commonName !== serialNumber) return { ok: false, problem: 'wrong_certificate' };
  return {
    ok: true,
    securityProfile: 3,
    certificateCn: commonName,
    credential: undefined,
    quirk: undefined,
  };
}

/** In open mode passwords and certificates are not checked, but say which profile the station uses. */
export function openVerdict(claim: Claim): Verdict {
  if (claim.certificate !== undefined) {
    const { commonName: certificateCn } = claim.certificate;
    return { ok: true, securityProfile: 3, certificateCn, credential: undefined, quirk: undefined };
  }
  const basic = readBasic(claim.authorization);
  const securityProfile = basic === undefined ? 0 : profileWithPassword(claim.secure);
  return { ok: true, securityProfile, credential: undefined, quirk: undefined };
}

/** The header's bytes are split at the first `:`; a password may hold any byte, also `:` (1.6J 6.2.2). */
function readBasic(authorization: string): BasicCredentials | undefined {
  const match = /^basic +([A-Za-z0-9+/_-]+={0,2})$/i.exec(authorization.trim());
  if (match?.[1] === undefined) return undefined;
  const bytes = Buffer.from(match[1], 'base64');
  const colon = bytes.indexOf(0x3a);
  if (colon === -1) return undefined;
  return { username: bytes.subarray(0, colon), password: bytes.subarray(colon + 1) };
}

const profileWithPassword = (secure: boolean): 1 | 2 => (secure ? 2 : 1);

/** The user name is the identity (A00.FR.204); some stations give it as it stands in the URL. */
const isOwnName = (username: Buffer, { stationId, encodedId }: Claim): boolean =>
  username.equals(Buffer.from(stationId)) || username.equals(Buffer.from(encodedId));

function judgePassword(
  password: Buffer,
  claim: Claim,
  record: StationRecord,
  securityProfile: SecurityProfile,
): Verdict {
  const openedBy = (candidate: Uint8Array) =>
    record.credentials.find((credential) => verifyPassword(candidate, credential));
  const asItIs = openedBy(password);
  if (asItIs !== undefined) return { ok: true, securityProfile, credential: asItIs, quirk: undefined };
  const bytes = claim.quirks.has('hex_password') ? bytesOfHexText(password) : undefined;
  const asHex = bytes && openedBy(bytes);
  if (asHex === undefined) return UNAUTHORIZED;
  return { ok: true, securityProfile, credential: asHex, quirk: 'hex_password' };
}

/** An AuthorizationKey is written as up to 40 hex digits. */
function bytesOfHexText(password: Buffer): Buffer | undefined {
  const text = password.toString('latin1');
  return /^(?:[0-9a-f]{2}){1,20}$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
}

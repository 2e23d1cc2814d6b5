import type { TapRefused } from '../../../libs/link/mod.js';
import { forLog } from '../for-log.js';
import { REFUSALS, type RefusalName } from '../handshake/refusals.js';

/** A handshake that was refused, as the edge knows it. */
export interface RefusedHandshake {
  /** `Authorization`; empty when there was none. */
  readonly authorization: string;
  readonly protocols: string;
  readonly remoteAddress: string;
  readonly secure: boolean;
  /** Where one was verified. */
  readonly certificate: { readonly commonName: string } | undefined;
}

export type RefusalOutcome = RefusalName | 'no_subprotocol';

/** The station id, and how it stood in the path, percent-encoded. */
interface Identity {
  readonly stationId: string;
  readonly encoded: string;
}

/** What whoever taps the station is told of it: never a password, nor a user name that is not the station's. */
export function shownRefusal(
  outcome: RefusalOutcome,
  handshake: RefusedHandshake,
  identity: Identity,
): TapRefused {
  const { protocols, remoteAddress, secure } = handshake;
  return {
    kind: 'refused',
    outcome,
    reason: reasonOf(outcome, handshake, identity),
    status: outcome === 'no_subprotocol' ? 101 : Number.parseInt(REFUSALS[outcome].status, 10),
    remoteAddress,
    protocols: forLog(protocols),
    secure,
  };
}

function reasonOf(outcome: RefusalOutcome, handshake: RefusedHandshake, identity: Identity): string {
  switch (outcome) {
    case 'no_subprotocol':
      return 'It offers no OCPP version that is served here: let in, and closed at once.';
    case 'unknown_station':
      return 'The station is not in the directory.';
    case 'disabled_station':
      return 'The directory has disabled the station.';
    case 'unauthorized':
      return credentialsProblem(handshake.authorization, identity);
    case 'profile_too_low':
      return `${REFUSALS[outcome].text} It came ${manner(handshake)}.`;
    case 'wrong_certificate':
    case 'no_serial_number':
      return `${REFUSALS[outcome].text} The CN is ${JSON.stringify(handshake.certificate?.commonName)}.`;
    default:
      return REFUSALS[outcome].text;
  }
}

function manner({ secure, authorization, certificate }: RefusedHandshake): string {
  const has = (what: string, there: boolean) => `${there ? 'with' : 'without'} ${what}`;
  const credentials = [
    has('a password', authorization !== ''),
    has('a verified client certificate', certificate !== undefined),
  ];
  return `${has('TLS', secure)}, ${credentials.join(' and ')}`;
}

/** What stands in the header is not told: somebody may have put the password in the place of the name. */
function credentialsProblem(authorization: string, { stationId, encoded: encodedId }: Identity): string {
  if (authorization === '') return 'It sent no Authorization header: the station has no password set.';
  const [, encoded] = /^basic +(\S+)$/i.exec(authorization.trim()) ?? [];
  if (encoded === undefined) return 'Its Authorization header is not of the Basic scheme.';
  const text = Buffer.from(encoded, 'base64');
  const colon = text.indexOf(0x3a);
  if (colon === -1) return 'Its Authorization header has no colon between user name and password.';
  const name = text.subarray(0, colon);
  if (!name.equals(Buffer.from(stationId)) && !name.equals(Buffer.from(encodedId))) {
    return 'The user name is not the station id.';
  }
  return 'The password is wrong.';
}

import { versionOfSubprotocol, type QuirkSet, type Version } from '../../../libs/ocpp/mod.js';

/** The version a connection will speak, and the token that answers the client: as it was offered. */
export interface Subprotocol {
  readonly version: Version;
  /** Undefined: the client offered none and is answered none. */
  readonly token: string | undefined;
  readonly quirk: 'subprotocol_spelling' | 'missing_subprotocol' | undefined;
}

export interface SubprotocolRules {
  readonly versions: readonly Version[];
  readonly defaultVersion: Version;
  readonly quirks: QuirkSet;
}

/**
 * The first served version of the client's list, which stands in its order of preference (1.6J 3.2). Undefined: there
 * is none; the handshake is then completed without the header, and the connection closed.
 */
export function chooseSubprotocol(offered: string, rules: SubprotocolRules): Subprotocol | undefined {
  const tokens = offered
    .split(',')
    .map((token) => token.trim())
    .filter((token) => token !== '');
  if (tokens.length === 0) {
    return rules.quirks.has('missing_subprotocol')
      ? { version: rules.defaultVersion, token: undefined, quirk: 'missing_subprotocol' }
      : undefined;
  }
  for (const token of tokens) {
    const choice = readToken(token, rules.quirks);
    if (choice !== undefined && rules.versions.includes(choice.version)) return choice;
  }
  return undefined;
}

function readToken(token: string, quirks: QuirkSet): Subprotocol | undefined {
  const exact = versionOfSubprotocol(token);
  if (exact !== undefined) return { version: exact, token, quirk: undefined };
  if (!quirks.has('subprotocol_spelling')) return undefined;
  const meant = versionOfSubprotocol(respell(token));
  return meant === undefined ? undefined : { version: meant, token, quirk: 'subprotocol_spelling' };
}

/** Some 2.0.1 stations name the errata release. */
const respell = (token: string): string => token.toLowerCase().replace(/^ocpp2\.0\.1\.\d+$/, 'ocpp2.0.1');

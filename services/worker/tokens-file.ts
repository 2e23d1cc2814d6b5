import { parseTimestamp } from '../../libs/ocpp/mod.js';

import { Fields, listUnder, Problems, readDocument, type Document } from '../../libs/ops/mod.js';

/** AuthorizationStatusEnumType of 2.x, as far as a file can know it. */
const TOKEN_STATUSES = [
  'Accepted',
  'Blocked',
  'Expired',
  'Invalid',
  'NoCredit',
  'NotAtThisLocation',
  'NotAtThisTime',
] as const;
export type TokenStatus = (typeof TOKEN_STATUSES)[number];

/** An id token that the operator knows. */
export interface Token {
  readonly id: string;
  readonly status: TokenStatus;
  /** Epoch milliseconds from which on it is Expired. */
  readonly expiresAt: number | undefined;
  /** The group it belongs to: parentIdTag in 1.6, groupIdToken in 2.x. */
  readonly group: string | undefined;
  /** IdTokenType of 2.x that it must be presented as; undefined: any. */
  readonly type: string | undefined;
  /** Language of messages to its owner, RFC 5646; 2.x only. */
  readonly language: string | undefined;
}

/** The known id tokens; letters of either case are the same (CiString). */
export type Tokens = ReadonlyMap<string, Token>;

const MAX_ID = 255;

/** The key of an id token in `Tokens`. */
export function tokenKey(id: string): string {
  return id.toLowerCase();
}

/**
 * Reads a tokens file (docs: README, "Closing the doors").
 * @throws ConfigError with a line for each problem.
 */
export async function readTokens(file: string): Promise<Tokens> {
  return tokensOf(await readDocument(file));
}

/** @throws ConfigError as `readTokens` does. */
export function tokensOf(document: Document): Tokens {
  const problems = new Problems(document);
  const tokens = new Map<string, Token>();
  const firstAt = new Map<string, number>();
  listUnder(document, 'tokens', problems).forEach((value, index) => {
    const fields = Fields.of(value, ['tokens', index], problems);
    const token = fields === undefined ? undefined : tokenOf(fields);
    if (fields === undefined || token === undefined) return;
    const key = tokenKey(token.id);
    const first = firstAt.get(key);
    if (first !== undefined) fields.problem(`'${token.id}' is the id of tokens[${first}] too`, 'id');
    firstAt.set(key, index);
    tokens.set(key, token);
  });
  problems.throwIfAny();
  return tokens;
}

function tokenOf(fields: Fields): Token | undefined {
  const id = fields.requiredText('id', wrongId);
  const expiry = fields.text('expiry', wrongTimestamp);
  const token = {
    status: fields.choice('status', TOKEN_STATUSES) ?? 'Accepted',
    expiresAt: expiry === undefined ? undefined : parseTimestamp(expiry)?.at,
    group: fields.text('group', wrongId),
    type: fields.text('type', (text) =>
      /^[A-Za-z0-9]{1,20}$/.test(text) ? undefined : 'must be an IdTokenType, e.g. ISO14443',
    ),
    language: fields.text('language', wrongLanguage),
  };
  fields.end();
  return id === undefined ? undefined : { id, ...token };
}

function wrongId(id: string): string | undefined {
  const ok = id.length >= 1 && id.length <= MAX_ID;
  return ok
    ? undefined
    : `must be 1 to ${MAX_ID} characters (20 for OCPP 1.6, 36 for 2.0.1), has ${id.length}`;
}

function wrongTimestamp(text: string): string | undefined {
  const parsed = parseTimestamp(text);
  if (parsed !== undefined && parsed.quirk === undefined) return undefined;
  return 'must be a time with its offset, such as 2027-01-31T23:59:59Z';
}

function wrongLanguage(text: string): string | undefined {
  const ok = /^[A-Za-z0-9-]{2,8}$/.test(text);
  return ok ? undefined : 'must be a language tag of 2 to 8 characters, such as de or pt-BR';
}

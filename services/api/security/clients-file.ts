import { createHash } from 'node:crypto';
import { Fields, listUnder, Problems, readDocument, type Document } from '../../../libs/ops/mod.js';
import { ROLES, type Role } from './roles.js';

/** A business service that may call. */
export interface Client {
  readonly name: string;
  readonly roles: ReadonlySet<Role>;
}

/** The clients, by what they prove who they are with. */
export interface Clients {
  readonly count: number;
  /** By the SHA-256 of their tokens, lower-case hex. */
  readonly byTokenHash: ReadonlyMap<string, Client>;
  /** By the common name of their certificate's subject. */
  readonly byCommonName: ReadonlyMap<string, Client>;
}

const MAX_NAME = 64;
const MAX_COMMON_NAME = 255;
/** Two while one takes the place of the other. */
const MAX_TOKENS = 4;

/** What the clients file holds of a token: its SHA-256 in hex. Tokens are long and random: they need no salt. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/**
 * Reads an API clients file (docs/guides/security.md).
 * @param mutualTls whether clients show certificates
 * @throws ConfigError with a line for each problem.
 */
export async function readClients(file: string, mutualTls: boolean): Promise<Clients> {
  return clientsOf(await readDocument(file), mutualTls);
}

/** @throws ConfigError as `readClients` does. */
export function clientsOf(document: Document, mutualTls: boolean): Clients {
  const problems = new Problems(document);
  const entries = listUnder(document, 'clients', problems).flatMap((value, index) => {
    const fields = Fields.of(value, ['clients', index], problems);
    const entry = fields === undefined ? undefined : entryOf(fields, mutualTls);
    return entry === undefined ? [] : [{ ...entry, index }];
  });
  const names = new Unique('name');
  const hashes = new Unique('tokenSha256');
  const commonNames = new Unique('certificateCommonName');
  for (const { fields, client, tokens, commonName, index } of entries) {
    names.put(client.name, client, index, fields);
    for (const hash of tokens) hashes.put(hash, client, index, fields);
    if (commonName !== undefined) commonNames.put(commonName, client, index, fields);
  }
  problems.throwIfAny();
  return { count: entries.length, byTokenHash: hashes.clients, byCommonName: commonNames.clients };
}

/** Clients by a value that no two of them may share. */
class Unique {
  readonly clients = new Map<string, Client>();
  readonly #firstAt = new Map<string, number>();

  constructor(private readonly field: string) {}

  put(value: string, client: Client, index: number, fields: Fields): void {
    const first = this.#firstAt.get(value);
    if (first !== undefined) {
      const whose = first === index ? 'is there twice' : `is the one of clients[${first}] too`;
      fields.problem(whose, this.field);
    }
    this.#firstAt.set(value, index);
    this.clients.set(value, client);
  }
}

interface Entry {
  readonly fields: Fields;
  readonly client: Client;
  readonly tokens: readonly string[];
  readonly commonName: string | undefined;
}

function entryOf(fields: Fields, mutualTls: boolean): Entry | undefined {
  const name = fields.requiredText('name', wrongName);
  const tokens = fields.texts('tokenSha256', MAX_TOKENS, wrongHash).map((hash) => hash.toLowerCase());
  const commonName = fields.text('certificateCommonName', wrongCommonName);
  if (!fields.has('tokenSha256') && !fields.has('certificateCommonName')) {
    fields.problem('needs tokenSha256 (the SHA-256 of a long random token, in hex) or certificateCommonName');
  }
  if (fields.has('certificateCommonName') && !mutualTls) {
    fields.problem(
      'needs --grpc-client-ca: without it no client shows a certificate',
      'certificateCommonName',
    );
  }
  const roles = fields.choices('roles', ROLES);
  if (roles?.length === 0 || !fields.has('roles')) {
    fields.problem(`needs roles: a list of ${ROLES.join(', ')}`, 'roles');
  }
  fields.end();
  return name === undefined
    ? undefined
    : { fields, client: { name, roles: new Set(roles) }, tokens, commonName };
}

function wrongName(name: string): string | undefined {
  const ok = /^[A-Za-z0-9._-]+$/.test(name) && name.length <= MAX_NAME;
  return ok ? undefined : `must be 1 to ${MAX_NAME} letters, digits, '.', '-' and '_'`;
}

/** Not the text itself, which may be a token that was put there by mistake. */
function wrongHash(hash: string): string | undefined {
  const ok = /^[0-9a-fA-F]{64}$/.test(hash);
  return ok ? undefined : "must be the token's SHA-256, 64 hex digits; the token itself does not belong here";
}

function wrongCommonName(name: string): string | undefined {
  const ok = name.length >= 1 && name.length <= MAX_COMMON_NAME;
  return ok ? undefined : `must be 1 to ${MAX_COMMON_NAME} characters`;
}

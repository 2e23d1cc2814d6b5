import { ServerError, Status, type CallContext } from 'nice-grpc-common';
import { commonNameOf } from './credentials.js';
import { tokenHash, type Client, type Clients } from './clients-file.js';
import { accessOf } from './roles.js';

/** Who calls: `anybody` when no file says who may. */
export type Caller = Client | 'anybody' | undefined;

const HOW = "send 'authorization: Bearer <token>' with a token of the gateway's API clients file";

/**
 * Who the call comes from, by its token, or, without one, by the certificate of its connection.
 * @throws ServerError UNAUTHENTICATED for a token or certificate that is not known.
 */
export function callerOf(
  context: Pick<CallContext, 'metadata'>,
  clients: Clients | undefined,
  mutualTls: boolean,
): Caller {
  if (clients === undefined) return 'anybody';
  const authorization = context.metadata.get('authorization');
  if (authorization !== undefined) return ofToken(authorization, clients);
  const name = mutualTls ? commonNameOf(context) : undefined;
  if (name === undefined) return undefined;
  const client = clients.byCommonName.get(name);
  if (client !== undefined) return client;
  throw new ServerError(
    Status.UNAUTHENTICATED,
    `no client of the gateway's API clients file has a certificate with the common name '${cut(name)}'`,
  );
}

function ofToken(authorization: string, clients: Clients): Client {
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  if (token === undefined) {
    throw new ServerError(Status.UNAUTHENTICATED, `the authorization is not a bearer token: ${HOW}`);
  }
  const client = clients.byTokenHash.get(tokenHash(token));
  if (client === undefined) throw new ServerError(Status.UNAUTHENTICATED, `the token is not known: ${HOW}`);
  return client;
}

/**
 * Lets the caller through to the method at `path`.
 * @throws ServerError UNAUTHENTICATED, PERMISSION_DENIED.
 */
export function mayCall(caller: Caller, path: string): void {
  const access = accessOf(path);
  if (access === 'everybody') return;
  if (access === undefined) throw new ServerError(Status.PERMISSION_DENIED, `nobody may call ${path}`);
  if (caller === 'anybody') return;
  if (caller === undefined) throw new ServerError(Status.UNAUTHENTICATED, `who are you? ${HOW}`);
  if (access === 'any' || caller.roles.has(access)) return;
  throw new ServerError(
    Status.PERMISSION_DENIED,
    `the client '${caller.name}' has no role '${access}', which ${path} needs (it has: ${[...caller.roles].join(', ')})`,
  );
}

/** Name of the caller for the log. */
export const nameOf = (caller: Caller): string | undefined =>
  typeof caller === 'object' ? caller.name : caller;

const LONGEST = 256;
const cut = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`);

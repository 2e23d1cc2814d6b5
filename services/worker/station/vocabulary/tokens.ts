import type { IdTokenInfo } from '../../../../libs/api/mod.js';
import type { Response } from '../../../../libs/ocpp/mod.js';
import type { Sparse } from '../events.js';

export type IdTagInfo = Response<'1.6', 'Authorize'>['idTagInfo'];

/** The statuses that 1.6 shares with 2.x; every other 2.x status means that the token may not charge. */
const STATUSES_16: Readonly<Record<string, IdTagInfo['status']>> = {
  Accepted: 'Accepted',
  Blocked: 'Blocked',
  Expired: 'Expired',
  ConcurrentTx: 'ConcurrentTx',
};

/** A decided `idTokenInfo` (2.1's form) in 1.6's terms; what is not an object is given back, to fail its check. */
export function toIdTagInfo(info: unknown): unknown {
  if (!isObject(info)) return info;
  const { status, cacheExpiryDateTime, groupIdToken } = info;
  return {
    status: (typeof status === 'string' && STATUSES_16[status]) || 'Invalid',
    ...(cacheExpiryDateTime !== undefined && { expiryDate: cacheExpiryDateTime }),
    ...(isObject(groupIdToken) && { parentIdTag: groupIdToken.idToken }),
  };
}

export function fromIdTagInfo(info: IdTagInfo): Sparse<IdTokenInfo> {
  const { status, expiryDate, parentIdTag } = info;
  return {
    status,
    cacheExpiryDateTime: expiryDate,
    groupIdToken: parentIdTag === undefined ? undefined : { idToken: parentIdTag },
  };
}

/** A decider's answer for 1.6, with `idTokenInfo` put into 1.6's terms when there is no `idTagInfo`. */
export function withIdTagInfo(answer: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { idTokenInfo, ...rest } = answer;
  return rest.idTagInfo !== undefined || idTokenInfo === undefined
    ? rest
    : { ...rest, idTagInfo: toIdTagInfo(idTokenInfo) };
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

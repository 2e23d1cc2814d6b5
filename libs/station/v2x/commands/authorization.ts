import type { Handler2x } from './handler.js';

/** 2.0.1 C11. The station keeps no cache, so it is always clear. */
export const clearCache: Handler2x<'ClearCache'> = () => ({ status: 'Accepted' });

export const getLocalListVersion: Handler2x<'GetLocalListVersion'> = ({ station }) => ({
  versionNumber: station.localList.version,
});

/** 2.0.1 D01. */
export const sendLocalList: Handler2x<'SendLocalList'> = ({ station }, request) => {
  const updates = (request.localAuthorizationList ?? []).map(({ idToken, idTokenInfo }) => ({
    idToken: idToken.idToken,
    status: idTokenInfo?.status,
  }));
  const outcome = station.localList.update(request.updateType, request.versionNumber, updates);
  return { status: STATUSES[outcome] };
};

const STATUSES = { accepted: 'Accepted', version_mismatch: 'VersionMismatch', failed: 'Failed' } as const;

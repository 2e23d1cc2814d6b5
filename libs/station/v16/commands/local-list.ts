import type { Handler16 } from './handler.js';

export const getLocalListVersion: Handler16<'GetLocalListVersion'> = ({ station }) => ({
  listVersion: station.localList.version,
});

/** 1.6 5.15. */
export const sendLocalList: Handler16<'SendLocalList'> = ({ station }, request) => {
  const updates = (request.localAuthorizationList ?? []).map(({ idTag, idTagInfo }) => ({
    idToken: idTag,
    status: idTagInfo?.status,
  }));
  const outcome = station.localList.update(request.updateType, request.listVersion, updates);
  return { status: STATUSES[outcome] };
};

const STATUSES = { accepted: 'Accepted', version_mismatch: 'VersionMismatch', failed: 'Failed' } as const;

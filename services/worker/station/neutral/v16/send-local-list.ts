import { defined } from '../defined.js';
import type { Objections } from '../objections.js';
import { notSupported } from '../outcomes.js';
import { ID_TOKEN, idTagOf } from './id-tag.js';
import { oneCall, type Request16, type Request21, type Response21 } from './row.js';

type Entry21 = NonNullable<Request21<'SendLocalList'>['localAuthorizationList']>[number];
type Entry16 = NonNullable<Request16<'SendLocalList'>['localAuthorizationList']>[number];
type Info21 = NonNullable<Entry21['idTokenInfo']>;
type Info16 = NonNullable<Entry16['idTagInfo']>;

/** Every reason of 2.1 why a token may not charge that 1.6 has not, is Invalid. */
const STATUSES: Readonly<Record<Info21['status'], Info16['status']>> = {
  Accepted: 'Accepted',
  Blocked: 'Blocked',
  ConcurrentTx: 'ConcurrentTx',
  Expired: 'Expired',
  Invalid: 'Invalid',
  NoCredit: 'Invalid',
  NotAllowedTypeEVSE: 'Invalid',
  NotAtThisLocation: 'Invalid',
  NotAtThisTime: 'Invalid',
  Unknown: 'Invalid',
};

const NO_DISPLAY = '1.6 has no messages for the display; leave it out';

/** 1.6 5.15. */
export const sendLocalList = oneCall('SendLocalList', 'SendLocalList', {
  notes: [
    'versionNumber becomes the listVersion, a token its idTag, its group the parentIdTag (20 characters each); the types of the tokens stay behind, so no idTag may come twice.',
    'NoCredit, NotAllowedTypeEVSE, NotAtThisLocation, NotAtThisTime and Unknown become Invalid.',
    'NotSupported is told as Failed.',
  ],
  takes: {
    versionNumber: true,
    updateType: true,
    localAuthorizationList: {
      idToken: ID_TOKEN,
      idTokenInfo: {
        status: true,
        cacheExpiryDateTime: true,
        groupIdToken: ID_TOKEN,
        chargingPriority: '1.6 has no priorities of tokens; leave it out',
        evseId: '1.6 cannot keep a token to some EVSEs; leave the token out, or evseId',
        language1: NO_DISPLAY,
        language2: NO_DISPLAY,
        personalMessage: NO_DISPLAY,
      },
    },
  },
  request({ versionNumber, updateType, localAuthorizationList: list }, no) {
    const entries = list?.map((entry, index) => entryTo16(`/localAuthorizationList/${index}`, entry, no));
    if (entries !== undefined) refuseRepeats(entries, no);
    return defined<Request16<'SendLocalList'>>({
      listVersion: versionNumber,
      localAuthorizationList: entries,
      updateType,
    });
  },
  response: ({ status }): Response21<'SendLocalList'> =>
    status === 'NotSupported'
      ? { status: 'Failed', statusInfo: notSupported('NotSupported: the station has no local list') }
      : { status },
});

function entryTo16(path: string, { idToken, idTokenInfo: info }: Entry21, no: Objections): Entry16 {
  const idTag = idTagOf(`${path}/idToken`, idToken, no);
  if (info === undefined) return { idTag };
  const { status, cacheExpiryDateTime, groupIdToken: group } = info;
  const parentIdTag =
    group === undefined ? undefined : idTagOf(`${path}/idTokenInfo/groupIdToken`, group, no);
  const idTagInfo = defined<Info16>({
    expiryDate: cacheExpiryDateTime,
    parentIdTag,
    status: STATUSES[status],
  });
  return { idTag, idTagInfo };
}

/** idTags are case-insensitive. */
function refuseRepeats(entries: readonly Entry16[], no: Objections): void {
  const seen = new Set<string>();
  entries.forEach(({ idTag }, index) => {
    const folded = idTag.toLowerCase();
    if (seen.has(folded))
      no.raise(`/localAuthorizationList/${index}/idToken/idToken`, 'is in the list twice');
    seen.add(folded);
  });
}
